import type { McpWorld } from "#src/core/mcp/kind.ts";
import { type CredentialPlace, clientCredentials } from "./client-credentials.ts";
import type { UpstreamCredentials } from "./credentials.ts";
import { headerCredentials } from "./headers.ts";
import type { UpstreamAuth } from "./settings.ts";

/** Makes the credentials that the settings describe. Throws an Error that says what in them cannot be used. */
export function createUpstreamCredentials(
  settings: UpstreamAuth,
  place: CredentialPlace,
  world: McpWorld,
): UpstreamCredentials {
  if ("headers" in settings) return headerCredentials(settings.headers);
  return clientCredentials(settings.clientCredentials, place, world);
}
