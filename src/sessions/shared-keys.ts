import type { Clock } from "../core/clock.ts";
import type { Store } from "../core/store.ts";
import { importSealKey, type SealKey } from "./seal-key.ts";

const NAME = "sessions:key";

/** An unknown key makes the store be asked, but not more often than this, in milliseconds. */
const REST = 1000;

/** So many earlier keys still open. */
const MAX_KEYS = 4;

/**
 * One key in the store for all its replicas. When the store has lost it a replica puts its own back; should another one have been faster,
 * that one seals from then on and the earlier ones still open.
 */
export class SharedKeys {
  readonly #store: Store;
  readonly #clock: Clock;
  /** The newest first. */
  #keys: readonly SealKey[] = [];
  /** Of the newest key. */
  #secret: string | undefined;
  #asking: Promise<void> | undefined;
  #asked = -Infinity;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  async newest(): Promise<SealKey> {
    if (this.#keys[0] === undefined) await this.#ask();
    return this.#keys[0] as SealKey;
  }

  async byId(id: number): Promise<SealKey | undefined> {
    const known = this.#find(id);
    if (known !== undefined) return known;
    if (this.#clock.monotonic() - this.#asked >= REST || this.#asking !== undefined) await this.#ask();
    return this.#find(id);
  }

  #find(id: number): SealKey | undefined {
    return this.#keys.find((key) => key.id === id);
  }

  /** One question at a time, whoever waits for its answer. */
  #ask(): Promise<void> {
    this.#asking ??= this.#read().finally(() => {
      this.#asking = undefined;
      this.#asked = this.#clock.monotonic();
    });
    return this.#asking;
  }

  async #read(): Promise<void> {
    const secret = (await this.#store.get(NAME)) ?? (await this.#put(this.#secret ?? randomSecret()));
    if (secret === this.#secret) return;
    const key = await importSealKey(secret);
    this.#secret = secret;
    this.#keys = [key, ...this.#keys].slice(0, MAX_KEYS);
  }

  async #put(secret: string): Promise<string> {
    return (await this.#store.setIfAbsent(NAME, secret)) ? secret : ((await this.#store.get(NAME)) ?? secret);
  }
}

function randomSecret(): string {
  return crypto.getRandomValues(new Uint8Array(32)).toBase64();
}
