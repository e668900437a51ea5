import type { McpWorld } from "#src/core/mcp/kind.ts";
import { AuthorizationServers } from "../authorization-server.ts";
import { clientAuthentication } from "../client-authentication.ts";
import type { GrantSettings } from "../oauth-settings.ts";
import { OAuthFailure } from "../oauth-failure.ts";
import { type GrantedToken, requestToken } from "../token-endpoint.ts";

/** Asks for tokens with parameters beside those of the settings. */
export type Grant = (params: Readonly<Record<string, string>>) => Promise<GrantedToken>;

/** Throws an Error when the settings do not say where tokens come from, or how the client shows who it is. `resource` is the default. */
export function createGrant(settings: GrantSettings, resource: string | undefined, world: McpWorld): Grant {
  const { issuer, tokenEndpoint, scopes = [], audience } = settings;
  const client = clientAuthentication(settings.client, world.clock);
  const common = {
    scope: scopes.length === 0 ? undefined : scopes.join(" "),
    resource: settings.resource ?? (audience === undefined ? resource : undefined),
    audience,
  };
  const endpoint = endpointOf(issuer, tokenEndpoint, world);
  return async (params) => requestToken(await endpoint(), client, { ...params, ...common }, world);
}

function endpointOf(issuer: string | undefined, given: string | undefined, world: McpWorld): () => Promise<string> {
  if (given !== undefined) return async () => given;
  if (issuer === undefined) throw new Error("Either 'issuer' or 'tokenEndpoint' is needed.");
  const servers = new AuthorizationServers(world);
  return async () => {
    const { tokenEndpoint } = await servers.find(issuer);
    if (tokenEndpoint !== undefined) return tokenEndpoint;
    throw new OAuthFailure("refused", `The issuer ${issuer} names no token endpoint`);
  };
}
