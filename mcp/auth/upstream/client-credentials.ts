import type { McpWorld } from "#src/core/mcp/kind.ts";
import type { GrantSettings } from "../oauth-settings.ts";
import { bearerIn } from "../challenge.ts";
import { createGrant } from "./grant.ts";
import type { UpstreamCredentials } from "./credentials.ts";
import { noCredentials } from "./no-credentials.ts";
import { SharedToken } from "./shared-token.ts";

/** Where credentials are used. */
export interface CredentialPlace {
  /** The server's name. */
  readonly name: string;
  /** The upstream's URL where it has one: the default of `resource`. */
  readonly resource?: string;
}

/** The gateway's own token (RFC 6749, section 4.4), the same for every caller. Throws an Error when the settings cannot be used. */
export function clientCredentials(
  settings: GrantSettings,
  place: CredentialPlace,
  world: McpWorld,
): UpstreamCredentials {
  const grant = createGrant(settings, place.resource, world);
  const what = `client credentials of the MCP server '${place.name}'`;
  const token = new SharedToken(what, () => grant({ grant_type: "client_credentials" }), world);
  return {
    contextOf: () => "",
    async authorize(headers) {
      try {
        headers.set("authorization", `Bearer ${await token.get()}`);
      } catch (thrown) {
        throw noCredentials(thrown);
      }
    },
    async rejected({ status, sent }) {
      const shown = bearerIn(sent.get("authorization"));
      return status === 401 && shown !== undefined && token.drop(shown);
    },
    close() {},
  };
}
