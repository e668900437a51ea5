import { isObject, type JsonObject } from "#src/core/json.ts";
import type { Store } from "#src/core/store.ts";
import { importSealKey, openWith, parseToken, sealWith } from "#src/sessions/seal-key.ts";

/** What is kept for a user: names and texts. */
export type UserConfig = Readonly<Record<string, string>>;

/** A user's id: what can be a segment of a path and of a store's key without being taken for more. */
const USER_ID = /^[\w.@+~-]{1,128}$/;

/** Whether text can be a user's id; `sse` is the name of a transport's path. */
export function isUserId(text: string): boolean {
  return USER_ID.test(text) && text !== "." && text !== ".." && text !== "sse";
}

/** The settings of a server's users in the store, sealed: whoever reads the store reads no credential. */
export class UserConfigs {
  readonly #server: string;
  readonly #store: Store;
  readonly #keys: ReturnType<typeof importSealKey>[];
  readonly #ttl: number;

  /** The first secret seals, all open. `ttl` in milliseconds, anew with each use. */
  constructor(server: string, secrets: readonly string[], store: Store, ttl: number) {
    this.#server = server;
    this.#store = store;
    this.#keys = secrets.map(importSealKey);
    this.#ttl = ttl;
  }

  /** Undefined for a user of whom nothing is known, and for what no secret opens. Rejects when the store is away. */
  async get(user: string): Promise<UserConfig | undefined> {
    const key = this.#keyOf(user);
    const sealed = await this.#store.get(key);
    const token = sealed === undefined ? undefined : parseToken(sealed);
    if (token === undefined) return undefined;
    const found = (await Promise.all(this.#keys)).find(({ id }) => id === token.keyId);
    const text = found === undefined ? undefined : await openWith(found, token, key);
    if (text === undefined) return undefined;
    // A life that was not renewed ends earlier, which the next one puts right.
    await this.#store.touch(key, this.#ttl).catch(() => {});
    return configIn(JSON.parse(text));
  }

  /** Rejects when the store is away. */
  async set(user: string, config: UserConfig): Promise<void> {
    const key = this.#keyOf(user);
    const [newest] = await Promise.all(this.#keys);
    if (newest === undefined) throw new Error("There is no secret to seal settings with.");
    // Sealed for its place, so that one user's settings cannot be put in another's.
    await this.#store.set(key, await sealWith(newest, JSON.stringify(config), key), this.#ttl);
  }

  #keyOf(user: string): string {
    return `mcp-server-config:${this.#server}:${user}`;
  }
}

/** Names and texts; undefined for everything else. */
export function configIn(value: unknown): UserConfig | undefined {
  if (!isObject(value)) return undefined;
  return isConfig(value) ? value : undefined;
}

function isConfig(value: JsonObject): value is Record<string, string> {
  return Object.values(value).every((one) => typeof one === "string");
}
