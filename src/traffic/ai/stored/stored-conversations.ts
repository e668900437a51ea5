import { isObject, type JsonObject } from "../../../core/json.ts";
import type { Store } from "../../../core/store.ts";
import { parseObject } from "../../../core/json-splice.ts";
import { storedKey, type StoredLimits } from "./stored-answers.ts";

/** A conversation and its items, the oldest first. */
export interface StoredConversation {
  readonly id: string;
  /** Unix time in seconds. */
  readonly createdAt: number;
  readonly metadata: JsonObject;
  readonly items: readonly JsonObject[];
}

/**
 * Conversations, each under its consumer. One is a list that only grows: a head (of which the last one counts) and items, so that two
 * replicas that add at once lose nothing, and all of it lives equally long.
 */
export class StoredConversations {
  readonly #store: Store;
  readonly #limits: StoredLimits;

  constructor(store: Store, limits: StoredLimits) {
    this.#store = store;
    this.#limits = limits;
  }

  async get(consumer: string | undefined, id: string): Promise<StoredConversation | undefined> {
    const texts = await this.#store.list(keyOf(consumer, id));
    const entries = texts.map(parseObject).filter((entry) => entry !== undefined);
    const head = entries.findLast(isHead);
    if (head === undefined) return undefined;
    const { created_at: createdAt, metadata } = head;
    return {
      id,
      createdAt: typeof createdAt === "number" ? createdAt : 0,
      metadata: isObject(metadata) ? metadata : {},
      items: entries.filter((entry) => !isHead(entry)),
    };
  }

  /** Begins a conversation, or says anew what is said of it. */
  async describe(consumer: string | undefined, id: string, createdAt: number, metadata: JsonObject): Promise<void> {
    const head = JSON.stringify({ created_at: createdAt, metadata });
    await this.#store.append(keyOf(consumer, id), [head], this.#limits.ttl);
  }

  /** Adds items; false when the conversation would become too large. */
  async add(consumer: string | undefined, id: string, items: readonly JsonObject[]): Promise<boolean> {
    const key = keyOf(consumer, id);
    const added = items.map((item) => JSON.stringify(item));
    const before = await this.#store.list(key);
    if (lengthOf(before) + lengthOf(added) > this.#limits.maxSize) return false;
    await this.#store.append(key, added, this.#limits.ttl);
    return true;
  }

  /** Takes an item out; false when there is none of that id. */
  async deleteItem(consumer: string | undefined, id: string, item: string): Promise<boolean> {
    const key = keyOf(consumer, id);
    const texts = await this.#store.list(key);
    const text = texts.find((one) => parseObject(one)?.["id"] === item);
    if (text === undefined) return false;
    await this.#store.remove(key, text);
    return true;
  }

  async delete(consumer: string | undefined, id: string): Promise<void> {
    await this.#store.delete(keyOf(consumer, id));
  }
}

/** Items have a type, all of them. */
function isHead(entry: JsonObject): boolean {
  return entry["type"] === undefined;
}

function lengthOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length, 0);
}

function keyOf(consumer: string | undefined, id: string): string {
  return storedKey("conversation", consumer, id);
}
