import type { Clock } from "#src/core/clock.ts";

interface Timer {
  readonly due: number;
  readonly run: () => void;
}

/** A clock that moves only when told to. Timers fire inside `advance`, in the order in which they are due. */
export class FakeClock implements Clock {
  #elapsed = 0;
  #timers: Timer[] = [];
  readonly #start: number;

  /** `start` is Unix time in milliseconds. */
  constructor(start = 1_790_000_000_000) {
    this.#start = start;
  }

  now(): number {
    return this.#start + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  after(delay: number, run: () => void): () => void {
    const timer = { due: this.#elapsed + Math.max(0, delay), run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** How many timers wait. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Moves on by `milliseconds`; timers set by timers fire too when they are due by then. */
  advance(milliseconds: number): void {
    const end = this.#elapsed + milliseconds;
    for (;;) {
      const next = this.#timers.filter(({ due }) => due <= end).sort((a, b) => a.due - b.due)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#elapsed = next.due;
      next.run();
    }
    this.#elapsed = end;
  }
}
