import {
  createLocalJWKSet,
  type CryptoKey,
  decodeProtectedHeader,
  errors,
  importJWK,
  type JSONWebKeySet,
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

/** Where keys are, and for how many milliseconds they are used, and waited for. */
export interface RemoteSet {
  readonly upstream: string;
  readonly authority?: string;
  readonly path: string;
  readonly fresh: number;
  readonly timeout: number;
}

/** Milliseconds between two look-ups for a key that is not in the set, and after one that failed. */
const COOL_DOWN = 30_000;

/** Keys from an address, as they are rotated: kept when the server is away, and looked up by one request at a time. */
export function remoteKeys(set: RemoteSet, host: PluginHost): KeySource {
  return new RemoteKeys(set, host);
}

class RemoteKeys implements KeySource {
  readonly #remote: RemoteSet;
  readonly #host: PluginHost;
  readonly #clock: Clock;
  #set: JSONWebKeySet | undefined;
  #at = Number.NEGATIVE_INFINITY;
  /** Why the last look-up gave nothing. */
  #failure: Error | undefined;
  #looking: Promise<JSONWebKeySet> | undefined;

  constructor(remote: RemoteSet, host: PluginHost) {
    this.#remote = remote;
    this.#host = host;
    this.#clock = host.clock;
  }

  keys(unknown: boolean): JSONWebKeySet | Promise<JSONWebKeySet> {
    if (this.#looking !== undefined && (unknown || this.#set === undefined)) return this.#looking;
    const { fresh } = this.#remote;
    const rest = unknown || this.#failure !== undefined ? Math.min(COOL_DOWN, fresh) : fresh;
    if (this.#clock.monotonic() - this.#at < rest) return this.#had();
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  #had(): JSONWebKeySet {
    if (this.#set !== undefined) return this.#set;
    throw this.#failure ?? new Error("there are no keys yet");
  }

  async #look(): Promise<JSONWebKeySet> {
    const { upstream, authority, path, timeout } = this.#remote;
    const told = authority === undefined ? {} : { authority };
    this.#at = this.#clock.monotonic();
    try {
      const request = { upstream, ...told, method: "GET", path, headers: [], timeout };
      const { status, body } = await this.#host.callout(request);
      if (status !== 200) throw new Error(`it answers ${status}`);
      this.#set = keySetOf(new TextDecoder().decode(body));
      this.#failure = undefined;
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error));
      this.#host.log("warn", `The keys of ${upstream} cannot be had.`, { reason: this.#failure.message });
    }
    return this.#had();
  }
}

function keySetOf(text: string): JSONWebKeySet {
  const set: unknown = JSON.parse(text);
  if (typeof set === "object" && set !== null && "keys" in set && Array.isArray(set.keys)) return { keys: set.keys };
  throw new Error('a set of keys (JWKS) is { "keys": [...] }');
}

/** What a token says when one of the keys has signed it. Rejects with jose's error when none has, or it does not hold. */
export async function verified(token: string, source: KeySource, options: JWTVerifyOptions): Promise<JWTPayload> {
  const set = await source.keys(false);
  try {
    return await verifiedBy(token, set, options);
  } catch (error) {
    if (!isOtherKeys(error)) throw error;
    // A token without a key's id tells only by its signature that the keys are other ones by now.
    const newer = await source.keys(true);
    if (newer === set) throw error;
    return verifiedBy(token, newer, options);
  }
}

function isOtherKeys(error: unknown): boolean {
  return error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed;
}

async function verifiedBy(token: string, set: JSONWebKeySet, options: JWTVerifyOptions): Promise<JWTPayload> {
  const { alg = "", kid } = decodeProtectedHeader(token);
  if (alg.startsWith("HS")) return byOneOf(token, secretsIn(set, alg, kid), options);
  try {
    return (await jwtVerify(token, createLocalJWKSet(set), options)).payload;
  } catch (error) {
    if (error instanceof errors.JWKSMultipleMatchingKeys) return byOneOf(token, error, options);
    throw error;
  }
}

/** Keys that both sides have are in no set that jose would look through. */
async function* secretsIn(
  { keys }: JSONWebKeySet,
  alg: string,
  kid: string | undefined,
): AsyncGenerator<CryptoKey | Uint8Array> {
  for (const key of keys) {
    const fits = kid === undefined || key.kid === undefined || key.kid === kid;
    if (key.kty === "oct" && fits && (key.alg ?? alg) === alg) yield importJWK(key, alg);
  }
}

async function byOneOf(
  token: string,
  keys: AsyncIterable<CryptoKey | Uint8Array>,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  let last: Error = new errors.JWKSNoMatchingKey();
  for await (const key of keys) {
    try {
      return (await jwtVerify(token, key, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
      last = error;
    }
  }
  throw last;
}
