import type { Clock } from "#src/core/clock.ts";
import { Fault } from "#src/core/fault.ts";

/**
 * What can end a proxied request early: the client leaves, or its time is over. Each try gets an AbortSignal of its own, whose reason is
 * the Fault that ended it.
 */
export class RequestScope {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #stopTimer: () => void;
  #try: AbortController | undefined;
  #stopTry: () => void = () => {};
  #fault: Fault | undefined;
  #onEnd: () => void = () => {};

  /** `timeout` in milliseconds covers everything until `close`. */
  constructor(signal: AbortSignal, clock: Clock, timeout: number | undefined) {
    this.#clock = clock;
    this.#signal = signal;
    this.#stopTimer =
      timeout === undefined
        ? () => {}
        : clock.after(timeout, () =>
            this.#end(new Fault("total_timeout", "The request took longer than its route allows.")),
          );
    if (signal.aborted) this.#left();
    else signal.addEventListener("abort", this.#left);
  }

  /** What ended the request early, if something did. */
  get fault(): Fault | undefined {
    return this.#fault;
  }

  /** Begins a try whose headers must come within `timeout` milliseconds. */
  begin(timeout: number | undefined): AbortSignal {
    this.#stopTry();
    const controller = new AbortController();
    this.#try = controller;
    if (this.#fault !== undefined) controller.abort(this.#fault);
    else if (timeout !== undefined) {
      const late = new Fault("first_byte_timeout", "The upstream did not begin its answer in time.");
      this.#stopTry = this.#clock.after(timeout, () => controller.abort(late));
    }
    return controller.signal;
  }

  /** The try's headers are there: only the whole request's end can stop it now. */
  answered(): void {
    this.#stopTry();
  }

  /** Resolves after `delay` milliseconds, or at once when the request ends. */
  pause(delay: number): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.#clock.after(delay, resolve);
      this.onEnd(() => {
        stop();
        resolve();
      });
    });
  }

  /** Settles as `promise` does, or rejects with the Fault that ends the request before. */
  unlessEnded<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.onEnd(() => reject(this.#fault));
      promise.then(resolve, reject);
    });
  }

  /** Calls `run` when the request is ended early, at once if it was already. It takes the place of what was given before. */
  onEnd(run: () => void): void {
    this.#onEnd = run;
    if (this.#fault !== undefined) run();
  }

  /** Lets go of timers and listeners. */
  close(): void {
    this.#stopTry();
    this.#stopTimer();
    this.#signal.removeEventListener("abort", this.#left);
  }

  readonly #left = (): void => {
    const { reason } = this.#signal;
    this.#end(reason instanceof Fault ? reason : new Fault("client_closed", "The client left.", { cause: reason }));
  };

  #end(fault: Fault): void {
    if (this.#fault !== undefined) return;
    this.#fault = fault;
    this.#try?.abort(fault);
    this.#onEnd();
  }
}
