import type { AnswerBody } from "#src/core/answer-body.ts";
import type { Cancellation } from "#src/core/upstream.ts";

/** Ends one exchange over HTTP. */
export class HttpCancel implements Cancellation {
  #controller: AbortController | undefined;
  fault: unknown;
  onAbort: (() => void) | undefined;
  /** The answer's, once its head is there: whoever reads it hears of the end, whatever the transport does. */
  body: AnswerBody | undefined;

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.fault !== undefined) this.#controller.abort(this.fault);
    return this.#controller.signal;
  }

  abort(fault: Error): void {
    if (this.fault !== undefined) return;
    this.fault = fault;
    this.#controller?.abort(fault);
    this.onAbort?.();
    this.body?.fail(fault);
  }
}
