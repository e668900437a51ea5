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
  readonly #entries = new Set<Timed>();
  #ticking = false;
  /** The clock's monotonic time at the last tick. */
  now = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `late` is called once, when a wait was longer than `limit` milliseconds. 0 means no limit. */
  watch(limit: number, late: () => void): Watched {
    if (limit <= 0) return UNWATCHED;
    const entry = new Entry(this, limit, late);
    this.add(entry);
    return entry;
  }

  /** From now on `entry` looks at each tick whether it is late, until it is forgotten. */
  add(entry: Timed): void {
    if (!this.#ticking) this.#start();
    this.#entries.add(entry);
  }

  forget(entry: Timed): void {
    this.#entries.delete(entry);
  }

  /** The tick at which something that begins now is late: the last one is up to a grain old, and nobody is to be ended early. */
  lateAfter(limit: number): number {
    return this.now + GRAIN + limit;
  }

  #start(): void {
    this.#ticking = true;
    this.now = this.#clock.monotonic();
    this.#clock.after(GRAIN, () => this.#tick());
  }

  #tick(): void {
    this.now = this.#clock.monotonic();
    for (const entry of this.#entries) entry.look(this.now);
    this.#ticking = this.#entries.size > 0;
    if (this.#ticking) this.#clock.after(GRAIN, () => this.#tick());
  }
}

/** What may be late. */
export interface Timed {
  look(now: number): void;
}

class Entry implements Watched, Timed {
  readonly #watch: DeadlineWatch;
  readonly #limit: number;
  readonly #end: () => void;
  /** The tick at which the wait has lasted too long; Infinity between waits. */
  #late = Number.POSITIVE_INFINITY;

  constructor(watch: DeadlineWatch, limit: number, late: () => void) {
    this.#watch = watch;
    this.#limit = limit;
    this.#end = late;
  }

  wait(): void {
    this.#late = this.#watch.lateAfter(this.#limit);
  }

  done(): void {
    this.#late = Number.POSITIVE_INFINITY;
  }

  close(): void {
    this.#watch.forget(this);
  }

  look(now: number): void {
    if (now < this.#late) return;
    this.close();
    this.#end();
  }
}

/** A wait nobody limits. */
export const UNWATCHED: Watched = { wait() {}, done() {}, close() {} };
