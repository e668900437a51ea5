import type { ZodType } from "zod";
import type { Clock } from "#src/core/clock.ts";
import type { JsonObject } from "#src/core/json.ts";
import type { Store } from "#src/core/store.ts";
import type { KeyRing } from "#src/sessions/key-ring.ts";
import { hashOf } from "../../token-hash.ts";

/** One sort of what is kept, sealed, in the store. */
export interface RecordKind<T extends object> {
  /** Part of its keys, and what it is sealed for. */
  readonly name: string;
  readonly schema: ZodType<T>;
}

/** Sealed records under names that the store cannot read. */
export class SealedRecords {
  readonly #ring: KeyRing;
  readonly #store: Store;
  readonly #clock: Clock;

  constructor(ring: KeyRing, store: Store, clock: Clock) {
    this.#ring = ring;
    this.#store = store;
    this.#clock = clock;
  }

  /** `life` in milliseconds. */
  async put<T extends object>(kind: RecordKind<T>, id: string, value: T, life: number): Promise<void> {
    const key = await keyOf(kind.name, id);
    await this.#store.set(key, await this.#seal(kind.name, key, value, life), life);
  }

  /** The value that is kept: this one, or the one that was there before. */
  async putFirst<T extends object>(kind: RecordKind<T>, id: string, value: T, life: number): Promise<T> {
    const key = await keyOf(kind.name, id);
    const first = await this.#store.setIfAbsent(key, await this.#seal(kind.name, key, value, life), life);
    return first ? value : ((await this.get(kind, id)) ?? value);
  }

  async get<T extends object>(kind: RecordKind<T>, id: string): Promise<T | undefined> {
    const key = await keyOf(kind.name, id);
    const token = await this.#store.get(key);
    if (token === undefined) return undefined;
    const value = await this.#ring.open(token, { purpose: `mcp sign-in ${kind.name}`, subject: key });
    const read = kind.schema.safeParse(value);
    return read.success ? read.data : undefined;
  }

  /** Gets it and takes it out: of several who try, one gets it. */
  async take<T extends object>(kind: RecordKind<T>, id: string): Promise<T | undefined> {
    const value = await this.get(kind, id);
    if (value === undefined) return undefined;
    const key = await keyOf(kind.name, id);
    const first = await this.#store.setIfAbsent(`${key}:taken`, "1", TAKEN_KNOWN);
    await this.#store.delete(key);
    return first ? value : undefined;
  }

  async delete(kind: { readonly name: string }, id: string): Promise<void> {
    await this.#store.delete(await keyOf(kind.name, id));
  }

  #seal(name: string, key: string, value: object, life: number): Promise<string> {
    const json: JsonObject = JSON.parse(JSON.stringify(value));
    return this.#ring.seal(json, { purpose: `mcp sign-in ${name}`, subject: key }, this.#clock.now() + life);
  }
}

/** Longer than any record that is taken lives, in milliseconds. */
const TAKEN_KNOWN = 3_600_000;

async function keyOf(name: string, id: string): Promise<string> {
  return `mcp:sign-in:${name}:${await hashOf(id)}`;
}
