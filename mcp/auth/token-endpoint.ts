/** Asking a token endpoint (RFC 6749, section 5). */
import type { JsonObject } from "#src/core/json.ts";
import type { McpWorld } from "#src/core/mcp/kind.ts";
import type { ClientAuthentication } from "./client-authentication.ts";
import { fetchJson } from "./json-fetch.ts";
import { OAuthFailure } from "./oauth-failure.ts";

/** A token that was granted. */
export interface GrantedToken {
  readonly accessToken: string;
  /** Unix milliseconds. */
  readonly expiresAt: number;
  readonly refreshToken?: string;
  readonly scope?: string;
  readonly idToken?: string;
}

/** For a server that does not say how long its tokens live, in seconds: RFC 6749 leaves it open. */
const UNSAID_LIFE = 300;
/** What can stand in a header. */
const TOKEN = /^[\x21-\x7e]{1,16384}$/;

/**
 * Asks for a token. Rejects with an OAuthFailure: `refused` keeps the server's error code, its words are left out since they may name
 * accounts.
 */
export async function requestToken(
  endpoint: string,
  client: ClientAuthentication,
  params: Readonly<Record<string, string | undefined>>,
  world: Pick<McpWorld, "fetch" | "clock">,
): Promise<GrantedToken> {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) if (value !== undefined) form.set(name, value);
  const headers: Record<string, string> = { "content-type": "application/x-www-form-urlencoded" };
  await client.apply(form, headers, endpoint);
  const request = { method: "POST", headers, body: form.toString() } as const;
  const { status, body } = await fetchJson("The token endpoint", endpoint, request, world);
  if (status !== 200) throw failureOf(status, body);
  return tokenIn(body ?? {}, world.clock.now());
}

function failureOf(status: number, body: JsonObject | undefined): OAuthFailure {
  const word = body?.["error"];
  const code = typeof word === "string" && /^[a-z_]{1,40}$/.test(word) ? word : undefined;
  const said = `The token endpoint answered ${status}${code === undefined ? "" : ` (${code})`}`;
  const kind = status >= 500 || status === 429 || status < 400 ? "unreachable" : "refused";
  return new OAuthFailure(kind, said, code === undefined ? {} : { code });
}

function tokenIn(body: JsonObject, now: number): GrantedToken {
  const { access_token: accessToken, token_type: type, expires_in: life } = body;
  if (typeof accessToken !== "string" || !TOKEN.test(accessToken)) {
    throw new OAuthFailure("refused", "The token endpoint's answer holds no token");
  }
  // `N_A` is what an exchange (RFC 8693) says of a token that is none for a header.
  if (typeof type === "string" && type.toLowerCase() !== "bearer") {
    throw new OAuthFailure("refused", "The token endpoint granted a token that is no bearer token");
  }
  const seconds = typeof life === "number" && life > 0 ? life : Number(life) > 0 ? Number(life) : UNSAID_LIFE;
  const { refresh_token: refreshToken, scope, id_token: idToken } = body;
  return {
    accessToken,
    expiresAt: now + seconds * 1000,
    ...(typeof refreshToken === "string" && refreshToken !== "" ? { refreshToken } : {}),
    ...(typeof scope === "string" ? { scope } : {}),
    ...(typeof idToken === "string" ? { idToken } : {}),
  };
}
