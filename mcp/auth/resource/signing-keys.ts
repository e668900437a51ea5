import { type CryptoKey, createLocalJWKSet, errors, type FlattenedJWSInput, type JWSHeaderParameters } from "jose";
import { isObject, type JsonObject } from "#src/core/json.ts";
import type { McpWorld } from "#src/core/mcp/kind.ts";
import { fetchJson } from "../json-fetch.ts";
import { OAuthFailure } from "../oauth-failure.ts";
import { SingleFlight } from "../single-flight.ts";

/** Keys are asked for anew when they are this old, in milliseconds … */
const FRESH = 600_000;
/** … and no longer used when they could not be had for this long. */
const USABLE = 86_400_000;
/** An unknown key id makes them be asked for at most this often: anybody can make one up. */
const COOL_DOWN = 30_000;
/** After a failure nobody waits for the server for this long. */
const REST = 5000;

type KeySet = ReturnType<typeof createLocalJWKSet>;

/** An issuer's public keys (RFC 7517), kept and renewed when they change. */
export class SigningKeys {
  readonly #find: () => Promise<string>;
  readonly #world: Pick<McpWorld, "fetch" | "clock">;
  readonly #flights = new SingleFlight<void>();
  #set: KeySet | undefined;
  #loadedAt = -Infinity;
  #failed: { readonly failure: OAuthFailure; readonly at: number } | undefined;

  /** `find` tells where they are. */
  constructor(find: () => Promise<string>, world: Pick<McpWorld, "fetch" | "clock">) {
    this.#find = find;
    this.#world = world;
  }

  /** The key that a token's header names. Rejects with jose's errors, or with an OAuthFailure when no keys can be had. */
  async get(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> {
    const set = await this.#current();
    try {
      return await set(header, token);
    } catch (thrown) {
      if (!(thrown instanceof errors.JWKSNoMatchingKey) || this.#age() < COOL_DOWN || this.#rests()) throw thrown;
      await this.#load();
      return (await this.#current())(header, token);
    }
  }

  async #current(): Promise<KeySet> {
    if (this.#age() >= FRESH && !this.#rests()) await this.#load();
    if (this.#set !== undefined && this.#age() < USABLE) return this.#set;
    throw this.#failed?.failure ?? new OAuthFailure("unreachable", "No signing keys");
  }

  #age(): number {
    return this.#world.clock.now() - this.#loadedAt;
  }

  #rests(): boolean {
    return this.#failed !== undefined && this.#world.clock.now() - this.#failed.at < REST;
  }

  #load(): Promise<void> {
    return this.#flights.run("", async () => {
      try {
        this.#set = await loadKeys(await this.#find(), this.#world);
        this.#loadedAt = this.#world.clock.now();
        this.#failed = undefined;
      } catch (thrown) {
        const failure = thrown instanceof OAuthFailure ? thrown : badKeys(thrown);
        this.#failed = { failure, at: this.#world.clock.now() };
      }
    });
  }
}

async function loadKeys(url: string, world: Pick<McpWorld, "fetch" | "clock">): Promise<KeySet> {
  const { status, body } = await fetchJson("The issuer's keys", url, {}, world);
  if (status !== 200 || body === undefined)
    throw new OAuthFailure("unreachable", `The issuer's keys: status ${status}`);
  return createLocalJWKSet({ keys: keysIn(body) });
}

function keysIn(body: JsonObject): (JsonObject & { kty: string })[] {
  const keys = body["keys"];
  if (!Array.isArray(keys)) throw badKeys(undefined);
  return keys.filter((key): key is JsonObject & { kty: string } => isObject(key) && typeof key["kty"] === "string");
}

function badKeys(cause: unknown): OAuthFailure {
  return new OAuthFailure("unreachable", "The issuer's keys are no JSON Web Key Set", { cause });
}
