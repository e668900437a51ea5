/**
 * Access tokens of Google Cloud for a long-lived key. Formats: https://developers.google.com/identity/protocols/oauth2/service-account
 * (RFC 7523) and RFC 6749, section 6, for the keys of users.
 */
import { importPKCS8, SignJWT } from "jose";
import { Fault } from "#src/core/fault.ts";
import { isObject } from "#src/core/json.ts";
import type { ProviderWorld } from "#src/core/provider.ts";
import type { GoogleKey, ServiceAccount } from "./google-key.ts";

const SCOPE = "https://www.googleapis.com/auth/cloud-platform";
/** The longest life Google grants an assertion, in seconds. */
const ASSERTION_LIFE = 3600;
/** How long an exchange may take, in milliseconds. */
const PATIENCE = 10_000;
/** A token is not used in its last moments, in milliseconds: it has to be valid when the request arrives. */
const LAST_MOMENTS = 5000;

/** What tokens are made with. */
export interface GoogleTokenOptions {
  readonly world: ProviderWorld;
  /** Milliseconds before its end at which a token is replaced. */
  readonly refreshAhead: number;
}

/** A token with its times in Unix milliseconds. */
interface Held {
  readonly token: string;
  readonly refreshAt: number;
  readonly endsAt: number;
}

/**
 * The key's current access token. It is kept until `refreshAhead` before its end; from then on one exchange at a time fetches the next
 * one, and whoever asks meanwhile gets the old one as long as that is good. A failed exchange is not kept. The returned function throws
 * a Fault: `no_credential` when the key is refused, `upstream_unreachable` when the token server fails.
 */
export function googleTokens(key: GoogleKey, { world, refreshAhead }: GoogleTokenOptions): () => Promise<string> {
  let held: Held | undefined;
  let pending: Promise<string> | undefined;
  async function renew(): Promise<string> {
    try {
      const { token, life } = await exchange(key, world);
      const endsAt = world.now() + life;
      held = { token, refreshAt: endsAt - refreshAhead, endsAt };
      return token;
    } finally {
      pending = undefined;
    }
  }
  return async () => {
    const now = world.now();
    if (held !== undefined && now < held.refreshAt) return held.token;
    pending ??= renew();
    if (held === undefined || now >= held.endsAt - LAST_MOMENTS) return pending;
    // Nobody waits for this one; when it fails, the next request tries again.
    pending.catch(() => {});
    return held.token;
  };
}

/** `life` in milliseconds. */
async function exchange(key: GoogleKey, world: ProviderWorld): Promise<{ token: string; life: number }> {
  const grant = await grantOf(key, world.now());
  const response = await ask(key, grant, world);
  const body: unknown = await response.json().catch(() => undefined);
  const { access_token: token, expires_in: seconds } = isObject(body) ? body : {};
  if (!response.ok) throw refused(response.status, body);
  if (typeof token !== "string" || !/^[\x21-\x7e]+$/.test(token)) throw failed(`status ${response.status}, no token`);
  return { token, life: (typeof seconds === "number" && seconds > 0 ? seconds : ASSERTION_LIFE) * 1000 };
}

async function ask(key: GoogleKey, grant: Record<string, string>, { fetch }: ProviderWorld): Promise<Response> {
  try {
    return await fetch(key.token_uri, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
      body: new URLSearchParams(grant).toString(),
      redirect: "manual",
      signal: AbortSignal.timeout(PATIENCE),
    });
  } catch (cause) {
    throw failed("no answer", cause);
  }
}

async function grantOf(key: GoogleKey, now: number): Promise<Record<string, string>> {
  if (key.type === "authorized_user") {
    const { client_id, client_secret, refresh_token } = key;
    return { grant_type: "refresh_token", client_id, client_secret, refresh_token };
  }
  return { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion: await assertionOf(key, now) };
}

async function assertionOf(key: ServiceAccount, now: number): Promise<string> {
  const issuedAt = Math.floor(now / 1000);
  const header = { alg: "RS256", typ: "JWT", ...(key.private_key_id === undefined ? {} : { kid: key.private_key_id }) };
  try {
    return await new SignJWT({ scope: SCOPE })
      .setProtectedHeader(header)
      .setIssuer(key.client_email)
      .setAudience(key.token_uri)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + ASSERTION_LIFE)
      .sign(await importPKCS8(key.private_key, "RS256"));
  } catch {
    // What the crypto library says may hold a piece of the key.
    throw new Fault("no_credential", "The private key of this provider's service account cannot be used.");
  }
}

/** The server's own word is an OAuth error code (RFC 6749, section 5.2); its description may name accounts, so it is left out. */
function refused(status: number, body: unknown): Fault {
  const word = isObject(body) && typeof body["error"] === "string" ? body["error"] : "";
  const said = /^[a-z_]{1,40}$/.test(word) ? `status ${status}, ${word}` : `status ${status}`;
  if (status >= 500 || status === 429 || status < 400) return failed(said);
  return new Fault("no_credential", "The token server refused the key of this provider.", { cause: new Error(said) });
}

function failed(what: string, cause?: unknown): Fault {
  return new Fault("upstream_unreachable", "The token server of this provider could not be asked.", {
    cause: new Error(`Token exchange: ${what}.`, cause === undefined ? {} : { cause }),
  });
}
