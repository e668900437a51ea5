import type { Clock } from "./clock.ts";

/** What is to be called, and when in the clock's monotonic time. */
interface Wait {
  readonly due: number;
  readonly run: () => void;
}

/**
 * A clock whose timers are one of the clock behind it. Limits are mostly called off long before they are due, and each timer of the runtime's
 * costs more than what it guards: here a wait that begins and is called off while others last touches none. Each end looks at all waits:
 * where many come to theirs, `grain` milliseconds make them end together, by so much later at most.
 */
export class SharedTimer implements Clock {
  readonly #clock: Clock;
  readonly #grain: number;
  readonly #waits = new Set<Wait>();
  /** When the one timer fires. */
  #next = Number.POSITIVE_INFINITY;
  #stop: (() => void) | undefined;

  constructor(clock: Clock, grain = 0) {
    this.#clock = clock;
    this.#grain = grain;
  }

  now(): number {
    return this.#clock.now();
  }

  monotonic(): number {
    return this.#clock.monotonic();
  }

  after(delay: number, run: () => void): () => void {
    const due = this.#clock.monotonic() + Math.max(0, delay);
    const wait: Wait = { due: this.#grain > 0 ? Math.ceil(due / this.#grain) * this.#grain : due, run };
    this.#waits.add(wait);
    if (wait.due < this.#next) this.#arm(wait.due);
    return () => this.#callOff(wait);
  }

  #callOff(wait: Wait): void {
    this.#waits.delete(wait);
    if (this.#waits.size > 0) return;
    this.#stop?.();
    this.#rest();
  }

  #rest(): void {
    this.#stop = undefined;
    this.#next = Number.POSITIVE_INFINITY;
  }

  #arm(due: number): void {
    this.#stop?.();
    this.#next = due;
    this.#stop = this.#clock.after(due - this.#clock.monotonic(), () => this.#fire());
  }

  #fire(): void {
    this.#rest();
    const now = this.#clock.monotonic();
    const late = [...this.#waits].filter(({ due }) => due <= now).sort((a, b) => a.due - b.due);
    try {
      // One of them may call another off.
      for (const wait of late) if (this.#waits.delete(wait)) wait.run();
    } finally {
      let next = this.#next;
      for (const { due } of this.#waits) next = Math.min(next, due);
      if (next < this.#next) this.#arm(next);
    }
  }
}
