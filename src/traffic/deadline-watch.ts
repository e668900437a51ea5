import type { Clock } from "../core/clock.ts";

/** A wait that must not last, again and again: begun with `wait`, ended with `done`; `close` when there will be no other. */
export interface Watched {
  wait(): void;
  done(): void;
  close(): void;
}

/** How exact a limit is kept, in milliseconds: one tick serves every request and every stream. */
const GRAIN = 50;

/**
 * Ends waits that last too long. A timer, or only a look at the clock, for each chunk of each stream would cost more than the chunk; so
 * one timer ticks while anything is watched, and a wait notes the last tick it saw. A limit is kept to within two grains, never early.
 */
export class DeadlineWatch {
  readonly #clock: Clock;
  readonly #entries = new Set<Entry>();
  #ticking = false;
  /** The clock's monotonic time at the last tick. */
  now = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `late` is called once, when a wait was longer than `limit` milliseconds. 0 means no limit. */
  watch(limit: number, late: () => void): Watched {
    if (limit <= 0) return UNWATCHED;
    if (!this.#ticking) this.#start();
    const entry = new Entry(this, limit, late);
    this.#entries.add(entry);
    return entry;
  }

  forget(entry: Entry): void {
    this.#entries.delete(entry);
  }

  #start(): void {
    this.#ticking = true;
    this.now = this.#clock.monotonic();
    this.#clock.after(GRAIN, () => this.#tick());
  }

  #tick(): void {
    this.now = this.#clock.monotonic();
    for (const entry of this.#entries) entry.look();
    this.#ticking = this.#entries.size > 0;
    if (this.#ticking) this.#clock.after(GRAIN, () => this.#tick());
  }
}

class Entry implements Watched {
  readonly #watch: DeadlineWatch;
  readonly #limit: number;
  readonly #late: () => void;
  /** The tick the wait began at, or later; Infinity between waits. */
  #since = Number.POSITIVE_INFINITY;

  constructor(watch: DeadlineWatch, limit: number, late: () => void) {
    this.#watch = watch;
    this.#limit = limit;
    this.#late = late;
  }

  wait(): void {
    // The tick is up to a grain old, and nobody is to be ended early.
    this.#since = this.#watch.now + GRAIN;
  }

  done(): void {
    this.#since = Number.POSITIVE_INFINITY;
  }

  close(): void {
    this.#watch.forget(this);
  }

  look(): void {
    if (this.#watch.now - this.#since < this.#limit) return;
    this.close();
    this.#late();
  }
}

/** A wait nobody limits. */
export const UNWATCHED: Watched = { wait() {}, done() {}, close() {} };
