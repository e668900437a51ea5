import {
  createLocalJWKSet,
  decodeProtectedHeader,
  importJWK,
  type JSONWebKeySet,
  type JWK,
  type JWTPayload,
  jwtVerify,
  type JWTVerifyOptions,
} from "jose";
import type { Clock } from "#src/core/clock.ts";
import type { PluginHost } from "#src/core/plugin-host.ts";

/** The keys that one issuer signs with. */
export interface KeySource {
  /** The keys; asked again when a token names one that is not among them. */
  keys(unknown: boolean): JSONWebKeySet | Promise<JSONWebKeySet>;
}

/** Keys that stand in the configuration. Throws an Error when the text is no set of keys. */
export function inlineKeys(text: string): KeySource {
  const set = keySetOf(text);
  return { keys: () => set };
}

/** Milliseconds that a set is used without being looked up, and between two look-ups for a key that is not in it. */
const FRESH = 10 * 60_000;
const COOL_DOWN = 30_000;
const TIMEOUT = 5000;

/** Keys from an address, as they are rotated: kept when the server is away, and looked up by one request at a time. */
export function remoteKeys(uri: string, host: PluginHost): KeySource {
  const { origin, pathname, search } = new URL(uri);
  return new RemoteKeys(origin, pathname + search, host);
}

class RemoteKeys implements KeySource {
  readonly #origin: string;
  readonly #path: string;
  readonly #host: PluginHost;
  readonly #clock: Clock;
  #set: JSONWebKeySet | undefined;
  #at = Number.NEGATIVE_INFINITY;
  #looking: Promise<JSONWebKeySet> | undefined;

  constructor(origin: string, path: string, host: PluginHost) {
    this.#origin = origin;
    this.#path = path;
    this.#host = host;
    this.#clock = host.clock;
  }

  keys(unknown: boolean): JSONWebKeySet | Promise<JSONWebKeySet> {
    const age = this.#clock.monotonic() - this.#at;
    if (this.#set !== undefined && age < (unknown ? COOL_DOWN : FRESH)) return this.#set;
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  async #look(): Promise<JSONWebKeySet> {
    this.#at = this.#clock.monotonic();
    const request = { upstream: this.#origin, method: "GET", path: this.#path, headers: [], timeout: TIMEOUT };
    try {
      const { status, body } = await this.#host.callout(request);
      if (status !== 200) throw new Error(`it answers ${status}`);
      this.#set = keySetOf(new TextDecoder().decode(body));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#host.log("warn", `The keys of ${this.#origin} cannot be had.`, { reason });
      if (this.#set === undefined) throw error;
    }
    return this.#set;
  }
}

function keySetOf(text: string): JSONWebKeySet {
  const set: unknown = JSON.parse(text);
  if (typeof set === "object" && set !== null && "keys" in set && Array.isArray(set.keys)) return { keys: set.keys };
  throw new Error('a set of keys (JWKS) is { "keys": [...] }');
}

/** What a token says when one of the keys has signed it. Rejects with jose's error when none has, or it does not hold. */
export async function verified(token: string, source: KeySource, options: JWTVerifyOptions): Promise<JWTPayload> {
  try {
    return await verifiedBy(token, await source.keys(false), options);
  } catch (error) {
    const set = await source.keys(isUnknownKey(error));
    if (!isUnknownKey(error)) throw error;
    return verifiedBy(token, set, options);
  }
}

function isUnknownKey(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_JWKS_NO_MATCHING_KEY";
}

async function verifiedBy(token: string, set: JSONWebKeySet, options: JWTVerifyOptions): Promise<JWTPayload> {
  const { alg = "", kid } = decodeProtectedHeader(token);
  if (!alg.startsWith("HS")) return (await jwtVerify(token, createLocalJWKSet(set), options)).payload;
  return bySecret(
    token,
    set.keys.filter((key) => key.kty === "oct" && (kid === undefined || key.kid === undefined || key.kid === kid)),
    alg,
    options,
  );
}

/** Keys that both sides have are in no set that jose would look through. */
async function bySecret(
  token: string,
  keys: readonly JWK[],
  alg: string,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  let last: unknown = Object.assign(new Error("there is no such key"), { code: "ERR_JWKS_NO_MATCHING_KEY" });
  for (const key of keys) {
    if (key.alg !== undefined && key.alg !== alg) continue;
    try {
      return (await jwtVerify(token, await importJWK(key, alg), options)).payload;
    } catch (error) {
      last = error;
    }
  }
  throw last;
}
