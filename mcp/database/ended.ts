import type { Clock } from "#src/core/clock.ts";
import { DatabaseError, type Statement, type StatementLimits } from "./database.ts";

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

  /** What `taking` gives, or the end; what comes after the end is given back. */
  async take<T>(taking: Promise<T>, giveBack: (late: T) => void): Promise<T> {
    try {
      return await this.race(taking);
    } catch (error) {
      // It may still come, for nobody.
      taking.then(giveBack).catch(() => {});
      throw error;
    }
  }

  /** Nobody waits any more. */
  stop(): void {
    this.#cancelTimer();
    this.#signal.removeEventListener("abort", this.#onAbort);
  }
}

/** Runs a statement that may end from outside; what goes wrong is told as `errorOf` has it. */
export async function untilEnded<T>(
  { signal }: Pick<Statement, "signal">,
  { limits, clock }: { readonly limits: StatementLimits; readonly clock: Clock },
  errorOf: (error: unknown, timeout: number) => DatabaseError,
  run: (ended: Ended) => Promise<T>,
): Promise<T> {
  const ended = new Ended(signal, limits.timeout, clock);
  try {
    return await run(ended);
  } catch (error) {
    throw errorOf(error, limits.timeout);
  } finally {
    ended.stop();
  }
}

/** A statement that took longer than it may. */
export function tooSlow(timeout: number): DatabaseError {
  return new DatabaseError(`The statement took longer than ${timeout / 1000} s and was cancelled.`);
}
