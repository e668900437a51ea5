import type { Clock } from "#src/core/clock.ts";
import type { Store } from "#src/core/store.ts";

/** So many in so long (milliseconds). */
export interface Rate {
  readonly requests: number;
  readonly per: number;
}

/** What came of asking for one more. */
export interface Taken {
  readonly allowed: boolean;
  /** Seconds until one more would be allowed; 0 when this one is. */
  readonly retryAfter: number;
}

/**
 * Counts in a window that slides: what is left of the last window, in proportion, counts with this one's, so that nobody gets twice as
 * much around a window's end. Counters are the store's, so replicas share them; their clocks must agree, by far better than a window.
 * What was refused does not count. Replicas that ask in the same instant may refuse each other one too many, never allow it.
 */
export class RateWindow {
  readonly #store: Store;
  readonly #clock: Clock;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Counts one for `key` if that is allowed. Rejects when the store is away. */
  async take(key: string, { requests, per }: Rate): Promise<Taken> {
    const now = this.#clock.now();
    const index = Math.floor(now / per);
    const [before, counted] = await Promise.all([
      this.#store.get(`${key}:${index - 1}`),
      this.#store.increment(`${key}:${index}`, 1, per * 2),
    ]);
    const passed = now / per - index;
    const last = Math.min(Number(before ?? 0), requests);
    // What is a whole number on paper may not be one in binary.
    if (last * (1 - passed) + counted <= requests + 1e-6) return { allowed: true, retryAfter: 0 };
    await this.giveBack(key, { requests, per }, index);
    return {
      allowed: false,
      retryAfter: Math.max(1, Math.ceil(wait(last, counted - 1, requests, passed) * (per / 1000))),
    };
  }

  /** Uncounts one that was allowed and then was not used. */
  async giveBack(key: string, { per }: Rate, index: number = Math.floor(this.#clock.now() / per)): Promise<void> {
    await this.#store.increment(`${key}:${index}`, -1, per * 2);
  }
}

/** In windows: how long until `last`, fading, and what this window counted leave room for one more. */
function wait(last: number, counted: number, requests: number, passed: number): number {
  const room = requests - 1 - counted;
  if (room >= 0 && last > 0) return Math.max(0, 1 - room / last - passed);
  // In the next window, this one's count fades.
  const faded = counted === 0 ? 0 : Math.max(0, 1 - (requests - 1) / counted);
  return 1 - passed + faded;
}
