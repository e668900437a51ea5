import type { Clock } from "#src/core/clock.ts";

/** When something that ended is started again, in milliseconds. */
export interface BackOffSettings {
  readonly initialDelay: number;
  readonly maxDelay: number;
  readonly resetAfter: number;
}

/** When something that keeps ending may be started again: at once, then after waits that double. */
export class BackOff {
  readonly #settings: BackOffSettings;
  readonly #clock: Clock;
  #failures = 0;
  #notBefore = Number.NEGATIVE_INFINITY;

  constructor(settings: BackOffSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  /** Milliseconds until the next attempt may be made; 0 for now. */
  get wait(): number {
    return Math.max(0, this.#notBefore - this.#clock.monotonic());
  }

  /** It ended by itself after `ran` milliseconds, or did not come up. */
  failed(ran: number): void {
    const { initialDelay, maxDelay, resetAfter } = this.#settings;
    this.#failures = ran >= resetAfter ? 1 : this.#failures + 1;
    if (this.#failures === 1) return;
    const wait = Math.min(maxDelay, initialDelay * 2 ** Math.min(this.#failures - 2, 30));
    this.#notBefore = this.#clock.monotonic() + wait;
  }
}
