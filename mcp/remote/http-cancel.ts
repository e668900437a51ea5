import type { AnswerBody } from "#src/core/answer-body.ts";
import type { Clock } from "#src/core/clock.ts";
import type { Cancellation } from "#src/core/upstream.ts";
import { LinkLost } from "./message-link.ts";

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

/** How long a server may take to accept a message that asks for nothing, in milliseconds. */
const ACCEPTING = 10_000;

/** Ends an exchange that takes too long, although nobody waits for its answer; the returned function stops the time. */
export function limited(clock: Clock, cancel: HttpCancel): () => void {
  const late = (): void =>
    cancel.abort(new LinkLost("The upstream server did not accept a message in time.", { received: true }));
  return clock.after(ACCEPTING, late);
}
