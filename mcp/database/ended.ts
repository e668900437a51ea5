import type { Clock } from "#src/core/clock.ts";
import { DatabaseError } from "./database.ts";

/** How much longer than the database itself the gateway waits for a statement's end, in milliseconds. */
const GRACE = 1000;

/** The end of a statement from outside: the client left, or the database did not end it in time. */
export class Ended {
  readonly promise: Promise<never>;
  readonly #signal: AbortSignal;
  readonly #reject: (error: DatabaseError) => void;
  readonly #cancelTimer: () => void;
  readonly #onAbort = (): void => this.#reject(new DatabaseError("The client cancelled the statement."));

  /** `grace` is left out where the database itself keeps the limit. */
  constructor(signal: AbortSignal, timeout: number, clock: Clock, grace: number = GRACE) {
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => {});
    this.promise = promise;
    this.#reject = reject;
    this.#signal = signal;
    this.#cancelTimer = clock.after(timeout + grace, () => reject(tooSlow(timeout)));
    if (signal.aborted) this.#onAbort();
    else signal.addEventListener("abort", this.#onAbort);
  }

  /** `work`, or the end. */
  race<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.promise]);
  }

  /** Nobody waits any more. */
  stop(): void {
    this.#cancelTimer();
    this.#signal.removeEventListener("abort", this.#onAbort);
  }
}

/** A statement that took longer than it may. */
export function tooSlow(timeout: number): DatabaseError {
  return new DatabaseError(`The statement took longer than ${timeout / 1000} s and was cancelled.`);
}
