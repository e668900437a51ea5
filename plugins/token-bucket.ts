/** How many tokens a bucket holds, and how fast they come back. */
export interface TokenRate {
  /** The most there are: what may be taken at once after a quiet time. */
  readonly size: number;
  /** For each millisecond; fractions add up. */
  readonly perMillisecond: number;
}

/** Tokens that come back evenly with the time. Times are milliseconds that never go back. */
export class TokenBucket {
  readonly #rate: TokenRate;
  #tokens: number;
  #at: number;

  /** Full at first. */
  constructor(rate: TokenRate, now: number) {
    this.#rate = rate;
    this.#tokens = rate.size;
    this.#at = now;
  }

  /** Takes one token. Answers 0, or where there is none, milliseconds until there is. */
  take(now: number): number {
    this.#fill(now);
    // What is missing may be no more than a rounding.
    if (this.#tokens >= 1 - 1e-9) {
      this.#tokens = Math.max(0, this.#tokens - 1);
      return 0;
    }
    return (1 - this.#tokens) / this.#rate.perMillisecond;
  }

  /** As good as a new one. */
  isFull(now: number): boolean {
    this.#fill(now);
    return this.#tokens >= this.#rate.size;
  }

  #fill(now: number): void {
    const { size, perMillisecond } = this.#rate;
    this.#tokens = Math.min(size, this.#tokens + Math.max(0, now - this.#at) * perMillisecond);
    this.#at = now;
  }
}
