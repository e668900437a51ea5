import type { Clock } from "../core/clock.ts";

/** A wait that must not last: begun with `wait`, ended with `done`. */
export interface Watched {
  wait(): void;
  done(): void;
}

interface Entry extends Watched {
  readonly limit: number;
  readonly late: () => void;
  /** When the wait under way is over, on the clock's monotonic scale; Infinity between waits. */
  due: number;
}

/** How exact a limit is kept, in milliseconds: one timer serves every stream. */
const GRAIN = 50;

/** Ends waits that last too long. One timer for all, since a timer for each chunk of each stream would cost more than the chunk. */
export class DeadlineWatch {
  readonly #clock: Clock;
  readonly #waiting = new Set<Entry>();
  #cancel: (() => void) | undefined;
  #wakesAt = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A wait limited to `limit` milliseconds, again and again; `late` is called once when it was longer. 0 means no limit. */
  watch(limit: number, late: () => void): Watched {
    if (limit <= 0) return UNWATCHED;
    const clock = this.#clock;
    const waiting = this.#waiting;
    const wakeBy = (due: number): void => this.#wakeBy(due);
    const entry: Entry = {
      limit,
      late,
      due: Number.POSITIVE_INFINITY,
      wait() {
        entry.due = clock.monotonic() + limit;
        waiting.add(entry);
        wakeBy(entry.due);
      },
      done() {
        entry.due = Number.POSITIVE_INFINITY;
        waiting.delete(entry);
      },
    };
    return entry;
  }

  #wakeBy(due: number): void {
    if (this.#wakesAt <= due) return;
    this.#cancel?.();
    this.#wakesAt = due;
    this.#cancel = this.#clock.after(Math.max(GRAIN, due - this.#clock.monotonic()), () => this.#look());
  }

  #look(): void {
    this.#wakesAt = Number.POSITIVE_INFINITY;
    this.#cancel = undefined;
    const now = this.#clock.monotonic();
    let next = Number.POSITIVE_INFINITY;
    for (const entry of this.#waiting) {
      if (entry.due <= now) {
        this.#waiting.delete(entry);
        entry.late();
      } else if (entry.due < next) next = entry.due;
    }
    if (next < Number.POSITIVE_INFINITY) this.#wakeBy(next);
  }
}

const UNWATCHED: Watched = { wait() {}, done() {} };
