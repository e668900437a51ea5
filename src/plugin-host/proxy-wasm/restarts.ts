import type { Clock } from "../../core/clock.ts";

const FIRST_REST = 100;
const LONGEST_REST = 30_000;
/** After so long without a failure the earlier ones do not count. */
const FORGOTTEN = 60_000;

/** When a guest that has ended may be started again: at once the first time, then after a rest that doubles. */
export class Restarts {
  readonly #clock: Clock;
  #failures = 0;
  #lastFailure = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  failed(): void {
    const now = this.#clock.monotonic();
    if (now - this.#lastFailure > FORGOTTEN) this.#failures = 0;
    this.#failures += 1;
    this.#lastFailure = now;
  }

  /** Milliseconds until the next start. */
  get rest(): number {
    if (this.#failures < 2) return 0;
    const rest = Math.min(LONGEST_REST, FIRST_REST * 2 ** (this.#failures - 2));
    return Math.max(0, this.#lastFailure + rest - this.#clock.monotonic());
  }
}
