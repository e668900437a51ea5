import type { Clock } from "#src/core/clock.ts";
import type { PluginHost, RedisClient } from "#src/core/plugin-host.ts";
import type { Store } from "#src/core/store.ts";

/** Counters that begin anew a while after their first hit. */
export interface RateWindows {
  /** Counts a hit. Rejects when it cannot be counted. */
  hit(key: string, limit: number, seconds: number): Promise<RateHit>;
}

/** What a hit came to. */
export interface RateHit {
  /** Hits of the window, this one included. */
  readonly count: number;
  /** Seconds until the next window; to be relied on only where the limit is passed. */
  readonly reset: number;
}

/** Counters in the gateway's store. Where a window ends is kept beside its counter, and asked for only when the limit is passed. */
export function storeWindows(store: Store, clock: Clock): RateWindows {
  return {
    async hit(key, limit, seconds) {
      const window = seconds * 1000;
      const count = await store.increment(key, 1, window);
      const end = `${key}:end`;
      if (count === 1) await store.set(end, String(clock.now() + window), window);
      const left = count > limit ? Number((await store.get(end)) ?? Number.NaN) - clock.now() : Number.NaN;
      return { count, reset: wholeSeconds(left, seconds) };
    },
  };
}

const COUNT = `
local count = redis.call('INCR', KEYS[1])
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return { count, redis.call('PTTL', KEYS[1]) }`;

/** Counters in a Redis of the plugin's own. */
export function redisWindows(redis: RedisClient): RateWindows {
  return {
    async hit(key, _, seconds) {
      const reply = await redis.command(["EVAL", COUNT, "1", key, String(seconds * 1000)]);
      const [count, left] = Array.isArray(reply) ? reply.map(Number) : [];
      if (count === undefined || left === undefined || !Number.isSafeInteger(count)) {
        throw new Error("The Redis answers what is no count.");
      }
      return { count, reset: wholeSeconds(left, seconds) };
    },
  };
}

/** From 1 to the window's length, also when replicas' clocks differ. */
function wholeSeconds(milliseconds: number, most: number): number {
  const seconds = Math.ceil(milliseconds / 1000);
  return Number.isNaN(seconds) ? most : Math.min(Math.max(seconds, 1), most);
}

/** Where may be counted; `otherwise` is what holds, in words for the log, when it cannot. */
export interface CountingPlace {
  readonly windows: RateWindows;
  readonly name: string;
  readonly otherwise: string;
}

/**
 * Counts in the first of several that can; undefined when none can. What fails is told once, and again after it has worked in between: each
 * request would say the same.
 */
export class SteadyWindows {
  readonly #places: readonly CountingPlace[];
  readonly #away = new Set<string>();
  readonly #host: Pick<PluginHost, "log">;

  constructor(places: readonly CountingPlace[], host: Pick<PluginHost, "log">) {
    this.#places = places;
    this.#host = host;
  }

  async hit(key: string, limit: number, seconds: number): Promise<RateHit | undefined> {
    for (const { windows, name, otherwise } of this.#places) {
      try {
        const hit = await windows.hit(key, limit, seconds);
        this.#away.delete(name);
        return hit;
      } catch (error) {
        if (!this.#away.has(name)) {
          const reason = error instanceof Error ? error.message : "unknown";
          this.#host.log("warn", `Requests cannot be counted in ${name}, so ${otherwise} until they can.`, { reason });
        }
        this.#away.add(name);
      }
    }
    return undefined;
  }
}
