import type { Clock } from "#src/core/clock.ts";

/** Milliseconds of the first rest; each further one is twice as long. */
const REST = 1000;
const LONGEST_REST = 30_000;

/** Whether an endpoint accepts connections, and how much it has to do. */
export class EndpointHealth {
  readonly #clock: Clock;
  #failures = 0;
  /** Requests under way. */
  active = 0;
  /** The clock's monotonic time until which it is left alone. */
  restsUntil = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get usable(): boolean {
    return this.#clock.monotonic() >= this.restsUntil;
  }

  reached(): void {
    this.#failures = 0;
    this.restsUntil = 0;
  }

  unreachable(): void {
    this.restsUntil = this.#clock.monotonic() + Math.min(LONGEST_REST, REST * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 10);
  }
}
