import type { Clock } from "#src/core/clock.ts";
import { DubboError } from "./call.ts";

/** How long a call may take, whatever it waits for, and whether its client still does. */
export class Limit implements Disposable {
  readonly #abort = new AbortController();
  readonly #client: AbortSignal;
  readonly #cancel: () => void;
  readonly #leave = (): void => this.#abort.abort(new DubboError("aborted", "the client has gone"));

  /** `timeout` is in milliseconds. */
  constructor(timeout: number, clock: Clock, client: AbortSignal) {
    this.#client = client;
    this.#cancel = clock.after(timeout, () =>
      this.#abort.abort(new DubboError("timeout", `there was no answer within ${timeout} ms`)),
    );
    client.addEventListener("abort", this.#leave, { once: true });
    if (client.aborted) this.#leave();
  }

  /** Its reason is a {@link DubboError}. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** What comes of the promise, or why it is not waited for any longer. */
  race<T>(promise: Promise<T>): Promise<T> {
    const { signal } = this;
    const { promise: over, reject } = Promise.withResolvers<never>();
    const end = (): void => reject(signal.reason);
    if (signal.aborted) end();
    signal.addEventListener("abort", end, { once: true });
    return Promise.race([promise, over]).finally(() => signal.removeEventListener("abort", end));
  }

  [Symbol.dispose](): void {
    this.#cancel();
    this.#client.removeEventListener("abort", this.#leave);
  }
}
