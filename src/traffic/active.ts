/** Counts the requests under way, so that a drain knows when the last one is over. */
export class ActiveRequests {
  #count = 0;
  #streams = 0;
  readonly #waiting = new Set<() => void>();

  get count(): number {
    return this.#count;
  }

  /** Of the requests under way, those whose answer is being streamed. */
  get streams(): number {
    return this.#streams;
  }

  beginStream(): void {
    this.#streams++;
  }

  endStream(): void {
    this.#streams--;
  }

  begin(): void {
    this.#count++;
  }

  end(): void {
    this.#count--;
    if (this.#count > 0) return;
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  /** Resolves when no request is under way. */
  idle(): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.add(resolve));
  }
}
