import type { Clock } from "#src/core/clock.ts";

/** How long somebody waits, in milliseconds; 0 is no limit. */
export interface PatienceLimits {
  /** The longest silence. */
  readonly idle: number;
  /** The whole. */
  readonly total: number;
}

/**
 * Ends a wait that lasts too long. A sign of life costs a look at the clock and no timer: the one timer finds out when it fires how long the
 * silence really is.
 */
export class Patience {
  readonly #clock: Clock;
  readonly #idle: number;
  readonly #end: number;
  readonly #late: (milliseconds: number) => void;
  readonly #total: number;
  #last: number;
  #held = 0;
  #cancel: (() => void) | undefined;
  #stopped = false;

  /** `late` is called once, with the limit that was passed. */
  constructor(clock: Clock, limits: PatienceLimits, late: (milliseconds: number) => void) {
    this.#clock = clock;
    this.#idle = limits.idle > 0 ? limits.idle : Number.POSITIVE_INFINITY;
    this.#total = limits.total;
    this.#last = clock.monotonic();
    this.#end = limits.total > 0 ? this.#last + limits.total : Number.POSITIVE_INFINITY;
    this.#late = late;
    this.#arm();
  }

  /** There was a sign of life. */
  touch(): void {
    this.#last = this.#clock.monotonic();
  }

  /** Somebody else is waited for, such as a person: until `release` silence is no fault. */
  hold(): void {
    this.#held++;
  }

  release(): void {
    this.#held--;
    this.touch();
    this.#cancel?.();
    this.#arm();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  #arm(): void {
    const due = Math.min(this.#end, this.#held > 0 ? Number.POSITIVE_INFINITY : this.#last + this.#idle);
    this.#cancel =
      this.#stopped || due === Number.POSITIVE_INFINITY
        ? undefined
        : this.#clock.after(due - this.#clock.monotonic(), () => this.#look());
  }

  #look(): void {
    const now = this.#clock.monotonic();
    if (now >= this.#end) this.#over(this.#total);
    else if (this.#held === 0 && now - this.#last >= this.#idle) this.#over(this.#idle);
    else this.#arm();
  }

  #over(limit: number): void {
    this.#stopped = true;
    this.#late(limit);
  }
}
