import { isObject, type JsonObject } from "../../../core/json.ts";
import type { Store } from "../../../core/store.ts";
import { parseObject } from "../../../core/json-splice.ts";

/** What bounds the objects that are kept. */
export interface StoredLimits {
  /** Milliseconds an object stays after its last change. */
  readonly ttl: number;
  /** The most characters one may have as JSON, with all that came before it. */
  readonly maxSize: number;
}

/** An answer as it is kept. */
export interface StoredAnswer {
  /** The `Response` object, as the client got it. */
  readonly response: JsonObject;
  /** What it answers: the conversation before it, and the request's own input. */
  readonly input: readonly JsonObject[];
}

/**
 * Answers of OpenAI's Responses, for providers that keep none. Each is kept under the consumer it belongs to, so that an id means nothing to
 * anybody else. What the store cannot do rejects, as the store does.
 */
export class StoredAnswers {
  readonly limits: StoredLimits;
  readonly #store: Store;

  constructor(store: Store, limits: StoredLimits) {
    this.#store = store;
    this.limits = limits;
  }

  async get(consumer: string | undefined, id: string): Promise<StoredAnswer | undefined> {
    const { response, input } = parseObject((await this.#store.get(storedKey("response", consumer, id))) ?? "") ?? {};
    return isObject(response) ? { response, input: Array.isArray(input) ? input.filter(isObject) : [] } : undefined;
  }

  /** False: it is too large to be kept. */
  async keep(consumer: string | undefined, id: string, answer: StoredAnswer): Promise<boolean> {
    const text = JSON.stringify(answer);
    if (text.length > this.limits.maxSize) return false;
    await this.#store.set(storedKey("response", consumer, id), text, this.limits.ttl);
    return true;
  }

  async delete(consumer: string | undefined, id: string): Promise<void> {
    await this.#store.delete(storedKey("response", consumer, id));
  }
}

/** A consumer's name may hold any character, and must not make another's key. */
export function storedKey(kind: string, consumer: string | undefined, id: string): string {
  return `stored:${kind}:${encodeURIComponent(consumer ?? "")}:${id}`;
}
