import { systemClock, type Clock } from "../core/clock.ts";
import type { Store } from "../core/store.ts";

/** What a memory store may be given. */
export interface MemoryStoreOptions {
  readonly clock?: Clock;
  /** When it holds this many keys, the one set first goes. */
  readonly maxKeys?: number;
}

interface Value {
  text: string;
  /** `Clock.monotonic` milliseconds. */
  readonly until: number;
}

/** State of one process, gone with it. Bounded: the oldest key makes room. */
export function createMemoryStore({ clock = systemClock, maxKeys = 100_000 }: MemoryStoreOptions = {}): Store {
  const values = new Map<string, Value>();
  const channels = new Map<string, Set<(message: string) => void>>();
  let writes = 0;

  function live(key: string): Value | undefined {
    const value = values.get(key);
    if (value === undefined || value.until > clock.monotonic()) return value;
    values.delete(key);
    return undefined;
  }

  function put(key: string, text: string, ttl: number | undefined): void {
    // Deleted first, so that the map's order is that of the writes.
    values.delete(key);
    // Keys nobody reads again would stay after their time; a sweep now and then costs each write next to nothing.
    if (++writes % 1024 === 0) sweep(values, clock.monotonic());
    if (values.size >= maxKeys) values.delete(values.keys().next().value!);
    values.set(key, { text, until: ttl === undefined ? Infinity : clock.monotonic() + ttl });
  }

  return {
    get: async (key) => live(key)?.text,
    set: async (key, value, ttl) => put(key, value, ttl),
    delete: async (key) => void values.delete(key),
    async increment(key, by, ttl) {
      const value = live(key);
      if (value === undefined) {
        put(key, String(by), ttl);
        return by;
      }
      const sum = Number(value.text) + by;
      if (!Number.isSafeInteger(sum)) throw new Error("The value of this key is not a counter.");
      value.text = String(sum);
      return sum;
    },
    async publish(channel, message) {
      for (const receive of channels.get(channel) ?? []) queueMicrotask(() => receive(message));
    },
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
      values.clear();
      channels.clear();
    },
  };
}

function sweep(values: Map<string, Value>, now: number): void {
  for (const [key, { until }] of values) if (until <= now) values.delete(key);
}
