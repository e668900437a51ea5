import type { Cancellation } from "#src/core/upstream.ts";

/** A cancellation that the test pulls. */
export class Cancelling implements Cancellation {
  fault: unknown;
  onAbort: (() => void) | undefined;
  readonly #controller = new AbortController();

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(fault: unknown): void {
    this.fault = fault;
    this.#controller.abort(fault);
    this.onAbort?.();
  }
}
