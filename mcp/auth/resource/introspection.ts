/** Looking up opaque tokens (RFC 7662). */
import type { JsonObject } from "#src/core/json.ts";
import type { McpWorld } from "#src/core/mcp/kind.ts";
import { type ClientAuthentication, clientAuthentication } from "../client-authentication.ts";
import { fetchJson } from "../json-fetch.ts";
import { OAuthFailure } from "../oauth-failure.ts";
import { InvalidToken } from "./invalid-token.ts";
import type { JwtRules } from "./jwt-check.ts";
import type { IntrospectionSettings } from "./settings.ts";

/** The claims of a token that its issuer calls active. Rejects with an {@link InvalidToken} or an OAuthFailure. */
export type Introspect = (token: string, rules: JwtRules) => Promise<JsonObject>;

/** `find` tells where tokens are looked up. */
export function createIntrospection(
  settings: IntrospectionSettings,
  find: () => Promise<string>,
  world: McpWorld,
): Introspect {
  const client = clientAuthentication(settings.client, world.clock);
  return async (token, rules) => {
    const claims = await lookUp(token, await find(), client, world);
    check(claims, rules, settings.requireAudience, world.clock.now());
    return claims;
  };
}

async function lookUp(
  token: string,
  endpoint: string,
  client: ClientAuthentication,
  world: McpWorld,
): Promise<JsonObject> {
  const form = new URLSearchParams({ token, token_type_hint: "access_token" });
  const headers: Record<string, string> = { "content-type": "application/x-www-form-urlencoded" };
  await client.apply(form, headers, endpoint);
  const request = { method: "POST", headers, body: form.toString() } as const;
  const { status, body } = await fetchJson("The introspection endpoint", endpoint, request, world);
  // A refusal concerns the gateway's own client, not the token: that is for the operator to mend.
  if (status !== 200 || body === undefined) {
    throw new OAuthFailure("unreachable", `The introspection endpoint answered ${status}`);
  }
  return body;
}

function check(claims: JsonObject, rules: JwtRules, requireAudience: boolean, now: number): void {
  if (claims["active"] !== true) throw new InvalidToken("The token is not active.");
  const { iss, aud, exp, nbf, token_type: type } = claims;
  if (iss !== undefined && iss !== rules.issuer) throw new InvalidToken("The token is another issuer's.");
  const audiences = typeof aud === "string" ? [aud] : Array.isArray(aud) ? aud : [];
  const named = audiences.some((one) => typeof one === "string" && rules.audiences.includes(one));
  if (!named && (requireAudience || audiences.length > 0)) throw new InvalidToken("The token is for another resource.");
  if (typeof exp === "number" && exp * 1000 + rules.clockSkew <= now) throw new InvalidToken("The token has expired.");
  if (typeof nbf === "number" && nbf * 1000 - rules.clockSkew > now)
    throw new InvalidToken("The token is not valid yet.");
  // A refresh token may be active as well, and is none to be shown here.
  if (typeof type === "string" && !/^(bearer|access_token)$/i.test(type)) {
    throw new InvalidToken("This is not an access token.");
  }
}
