import { systemClock, type Clock } from "../core/clock.ts";
import type { Store } from "../core/store.ts";
import { MemoryLogs } from "./memory-logs.ts";

/** What a memory store may be given. */
export interface MemoryStoreOptions {
  readonly clock?: Clock;
  /** When it holds this many keys, the one set or touched longest ago goes. Those set by `setIfAbsent` for a time count apart. */
  readonly maxKeys?: number;
  /** The same for the characters of all keys and values together. */
  readonly maxLength?: number;
  /** The same for the characters of all logs together, which have a share of their own. */
  readonly maxLogLength?: number;
}

interface Value {
  /** One text, or those of a list. */
  texts: string[];
  /** Characters, the key's own among them. */
  length: number;
  /** `Clock.monotonic` milliseconds. */
  until: number;
}

/** State of one process, gone with it. Bounded: the oldest key makes room. */
export function createMemoryStore(options: MemoryStoreOptions = {}): Store {
  const { clock = systemClock } = options;
  const values = new Values(options, clock);
  // Kept apart: who only marks that something happened marks much, and must not push out what others keep.
  const marks = new Values(options, clock);
  const logs = new MemoryLogs(clock, options.maxLogLength);
  const channels = new Map<string, Set<(message: string) => void>>();
  const publish = (channel: string, message: string): void => {
    for (const receive of channels.get(channel) ?? []) queueMicrotask(() => receive(message));
  };
  return {
    get: async (key) => (values.live(key) ?? marks.live(key))?.texts[0],
    async set(key, value, ttl) {
      marks.delete(key);
      values.put(key, [value], ttl);
    },
    async setIfAbsent(key, value, ttl) {
      if ((values.live(key) ?? marks.live(key)) !== undefined) return false;
      (ttl === undefined ? values : marks).put(key, [value], ttl);
      return true;
    },
    async delete(key) {
      for (const kept of [values, marks, logs]) kept.delete(key);
    },
    touch: async (key, ttl) => [values, marks, logs].some((kept) => kept.touch(key, ttl)),
    async increment(key, by, ttl) {
      const value = values.live(key);
      if (value === undefined) {
        values.put(key, [String(by)], ttl);
        return by;
      }
      const sum = Number(value.texts[0]) + by;
      if (!Number.isSafeInteger(sum)) throw new Error("The value of this key is not a counter.");
      value.texts = [String(sum)];
      return sum;
    },
    async append(key, added, ttl) {
      if (added.length > 0) values.put(key, [...(values.live(key)?.texts ?? []), ...added], ttl);
    },
    list: async (key) => [...(values.live(key)?.texts ?? [])],
    remove: async (key, value) => values.take(key, value),
    async logAppend(key, added, options) {
      const { wake } = options;
      const ids = logs.append(key, added, options);
      if (wake !== undefined) publish(wake.channel, wake.message);
      return ids;
    },
    logRead: async (key, after, limit) => logs.read(key, after, limit),
    publish: async (channel, message) => publish(channel, message),
    async subscribe(channel, receive) {
      // Wrapped, so that the same function subscribed twice is two subscriptions.
      const receiver = (message: string): void => {
        if (channels.get(channel)?.has(receiver) === true) receive(message);
      };
      const receivers = channels.get(channel) ?? new Set();
      channels.set(channel, receivers.add(receiver));
      return async () => {
        receivers.delete(receiver);
        if (receivers.size === 0) channels.delete(channel);
      };
    },
    async close() {
      for (const kept of [values, marks, logs]) kept.clear();
      channels.clear();
    },
  };
}

/** Keys in the order of their writes, and how much they hold. */
class Values {
  readonly #values = new Map<string, Value>();
  readonly #clock: Clock;
  readonly #maxKeys: number;
  readonly #maxLength: number;
  #length = 0;
  #writes = 0;

  constructor({ maxKeys = 100_000, maxLength = 2 ** 27 }: MemoryStoreOptions, clock: Clock) {
    this.#maxKeys = maxKeys;
    this.#maxLength = maxLength;
    this.#clock = clock;
  }

  live(key: string): Value | undefined {
    const value = this.#values.get(key);
    if (value === undefined || value.until > this.#clock.monotonic()) return value;
    this.delete(key);
    return undefined;
  }

  put(key: string, texts: string[], ttl: number | undefined): void {
    // Deleted first, so that the map's order is that of the writes.
    this.delete(key);
    // Keys nobody reads again would stay after their time; a sweep now and then costs each write next to nothing.
    if (++this.#writes % 1024 === 0) this.#sweep();
    const length = texts.reduce((sum, text) => sum + text.length, key.length);
    for (const oldest of this.#values.keys()) {
      if (this.#values.size < this.#maxKeys && this.#length + length <= this.#maxLength) break;
      this.delete(oldest);
    }
    this.#length += length;
    this.#values.set(key, { texts, length, until: ttl === undefined ? Infinity : this.#clock.monotonic() + ttl });
  }

  touch(key: string, ttl: number): boolean {
    const value = this.live(key);
    if (value === undefined) return false;
    value.until = this.#clock.monotonic() + ttl;
    // What is in use is not the first to make room.
    this.#values.delete(key);
    this.#values.set(key, value);
    return true;
  }

  take(key: string, text: string): void {
    const value = this.live(key);
    if (value === undefined) return;
    const kept = value.texts.filter((one) => one !== text);
    const taken = (value.texts.length - kept.length) * text.length;
    value.texts = kept;
    value.length -= taken;
    this.#length -= taken;
    if (kept.length === 0) this.delete(key);
  }

  delete(key: string): void {
    const value = this.#values.get(key);
    if (value === undefined) return;
    this.#length -= value.length;
    this.#values.delete(key);
  }

  clear(): void {
    this.#values.clear();
    this.#length = 0;
  }

  #sweep(): void {
    const now = this.#clock.monotonic();
    for (const [key, { until }] of this.#values) if (until <= now) this.delete(key);
  }
}
