import type { McpWorld } from "#src/core/mcp/kind.ts";
import { type CredentialPlace, clientCredentials } from "./client-credentials.ts";
import type { UpstreamCredentials } from "./credentials.ts";
import { headerCredentials } from "./headers.ts";
import type { UpstreamAuth } from "./settings.ts";
import { tokenExchange } from "./token-exchange.ts";
import { userCredentials } from "./user/user-credentials.ts";

/** Makes the credentials that the settings describe. Throws an Error that says what in them cannot be used. */
export function createUpstreamCredentials(
  settings: UpstreamAuth,
  place: CredentialPlace,
  world: McpWorld,
): UpstreamCredentials {
  if ("headers" in settings) return headerCredentials(settings.headers);
  if ("clientCredentials" in settings) return clientCredentials(settings.clientCredentials, place, world);
  if ("tokenExchange" in settings) return tokenExchange(settings.tokenExchange, place, world);
  return userCredentials(settings.user, place, world);
}
