import { AnswerBody } from "#src/core/answer-body.ts";
import { bodyOfStream } from "#src/core/answer-stream.ts";
import type { Cancellation, Transport, UpstreamAnswer, UpstreamRequest } from "#src/core/upstream.ts";
import type { FetchHandler } from "./sdk-server.ts";

/** The way to a handler within this process, as if it were an upstream. */
export class InProcessTransport implements Transport {
  readonly #handler: FetchHandler;

  constructor(handler: FetchHandler) {
    this.#handler = handler;
  }

  async send({ method, url, headers, body }: UpstreamRequest, cancellation: Cancellation): Promise<UpstreamAnswer> {
    const { signal } = cancellation;
    const request = new Request(url, { method, headers: headers.toHeaders(), body: body ?? null, signal });
    const response = await this.#handler.fetch(request);
    // A handler may answer the end of its request; no network would bring that.
    if (cancellation.fault !== undefined) throw cancellation.fault;
    return answerOf(response, signal);
  }
}

function answerOf({ status, headers, body }: Response, signal: AbortSignal): UpstreamAnswer {
  if (body === null) {
    const empty = new AnswerBody({ pause() {}, resume() {}, cancel() {} });
    empty.end();
    return { status, headers, body: empty };
  }
  // A network breaks with the request; a stream within the process would go on.
  const breakable = body.pipeThrough(new TransformStream<Uint8Array, Uint8Array>(), { signal });
  return { status, headers, body: bodyOfStream(breakable) };
}
