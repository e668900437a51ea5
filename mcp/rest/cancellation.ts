import type { Clock } from "#src/core/clock.ts";
import type { Cancellation } from "#src/core/upstream.ts";

/** The call took longer than its server's `timeout`. */
export class CallTimeout extends Error {
  constructor(milliseconds: number) {
    super(`The API did not answer within ${milliseconds} ms.`);
    this.name = "CallTimeout";
  }
}

/** Ends a request when the client is gone or its time is up. */
export class CallCancellation implements Cancellation {
  readonly #parent: AbortSignal;
  readonly #stopTimer: () => void;
  readonly #onParent = (): void => this.#end(this.#parent.reason);
  #controller: AbortController | undefined;
  fault: unknown;
  onAbort: (() => void) | undefined;

  constructor(parent: AbortSignal, clock: Clock, timeout: number) {
    this.#parent = parent;
    this.#stopTimer = clock.after(timeout, () => this.#end(new CallTimeout(timeout)));
    if (parent.aborted) this.#onParent();
    else parent.addEventListener("abort", this.#onParent);
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.fault !== undefined) this.#controller.abort(this.fault);
    return this.#controller.signal;
  }

  #end(fault: unknown): void {
    if (this.fault !== undefined) return;
    this.fault = fault ?? new Error("The call was cancelled.");
    this.release();
    this.#controller?.abort(this.fault);
    this.onAbort?.();
  }

  /** The request is over. */
  release(): void {
    this.#stopTimer();
    this.#parent.removeEventListener("abort", this.#onParent);
  }
}
