import type { Exchange } from "#src/core/exchange.ts";
import { hashOf, randomSecret } from "../../token-hash.ts";
import type { SignInPaths } from "./paths.ts";

const NAME = "sluice-sign-in";
/** Seconds. */
const LIFE = 900;

/** A browser as its cookie tells it: what begins in one does not end in another. */
export interface Browser {
  readonly secret: string;
  /** What is kept of it. */
  readonly hash: string;
  /** For the answer that gives it its cookie. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The browser of a request; undefined for one without the cookie. */
export async function knownBrowser({ request }: Exchange): Promise<Browser | undefined> {
  const secret = new RegExp(`(?:^|;\\s*)${NAME}=([\\w-]{43})(?:;|$)`).exec(request.headers.get("cookie") ?? "")?.[1];
  return secret === undefined ? undefined : { secret, hash: await hashOf(secret), headers: {} };
}

/** The same, with a new cookie for one that has none. */
export async function anyBrowser(exchange: Exchange, { cookiePath, origin }: SignInPaths): Promise<Browser> {
  const known = await knownBrowser(exchange);
  if (known !== undefined) return known;
  const secret = randomSecret();
  const secure = origin.startsWith("https:") ? "; Secure" : "";
  // Lax: the cookie must come along when the authorization server sends the browser back.
  const cookie = `${NAME}=${secret}; Path=${cookiePath}; Max-Age=${LIFE}; HttpOnly; SameSite=Lax${secure}`;
  return { secret, hash: await hashOf(secret), headers: { "set-cookie": cookie } };
}
