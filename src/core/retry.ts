const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/** Pauses between attempts: each twice as long as the one before up to half a minute, cut by a random part of up to a half. */
export class Retry {
  readonly #random: () => number;
  #failures = 0;

  constructor({ random }: { readonly random: () => number }) {
    this.#random = random;
  }

  /** Milliseconds until the next attempt, after one that failed. */
  next(): number {
    const whole = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(this.#failures++, 20));
    return whole * (1 - this.#random() / 2);
  }

  /** An attempt did not fail. */
  reset(): void {
    this.#failures = 0;
  }
}
