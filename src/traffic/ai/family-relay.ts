import { Fault } from "../../core/fault.ts";
import type { Framing } from "../../core/codec.ts";
import { createEventDecoder } from "../../core/event-decoder.ts";
import { formatSse } from "../../core/sse.ts";
import { encodeAwsException } from "../../protocols/bedrock-converse/error-encode.ts";
import { encodeCohereFailure } from "../../protocols/cohere-chat/error-encode.ts";
import { codecFor } from "../../protocols/index.ts";
import { eventUsage } from "../../protocols/families/usage.ts";
import type { CallDeps } from "./call.ts";
import type { FamilyRequest } from "./family-request.ts";
import type { FamilyAnswer } from "./family-send.ts";
import { framingOf, networkFault } from "./upstream-body.ts";

/** The most one event may hold for its usage to be read, in bytes: an image's event is large. */
const MAX_EVENT = 16 * 1024 * 1024;

/**
 * The answer's body as it comes, no faster than the client takes it. Usage is read from an event stream on the way. A failure ends an event
 * stream with an error event, and anything else by breaking off.
 */
export function relayFamily(
  deps: CallDeps,
  answer: FamilyAnswer,
  body: ReadableStream<Uint8Array>,
): ReadableStream<Uint8Array> {
  const { exchange, target, attempt, request, response } = answer;
  const { record } = exchange;
  const { id } = target.provider;
  const { idle: limit } = target.timeouts;
  const reader = body.getReader();
  const framing = framingOf(response.headers);
  const tap = framing === undefined ? undefined : usageTap(answer, framing);
  const over = exchange.hold();
  let ended = false;
  const end = (fault?: Fault): void => {
    if (ended) return;
    ended = true;
    if (fault !== undefined) record.fault = fault.code;
    attempt.release();
    attempt.signal.removeEventListener("abort", aborted);
    over();
  };
  /** The client may be gone without anybody asking for the next chunk. */
  const aborted = (): void => {
    reader.cancel().catch(() => {});
    if (attempt.fault?.code === "client_closed") end(attempt.fault);
  };
  attempt.signal.addEventListener("abort", aborted);
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        let failed: Fault | undefined;
        try {
          attempt.begin("idle_timeout", limit);
          const { done, value } = await reader.read();
          attempt.done();
          if (!done) {
            record.firstTokenAt ??= deps.clock.monotonic();
            record.responseBytes += value.byteLength;
            tap?.(value);
            controller.enqueue(value);
            return;
          }
          failed = attempt.fault;
        } catch (thrown) {
          failed = attempt.fault ?? networkFault(thrown, id);
        }
        end(failed);
        if (failed !== undefined && framing === undefined) return controller.error(failed);
        if (failed !== undefined && framing !== undefined)
          controller.enqueue(errorBytes(failed, framing, request, exchange.id));
        controller.close();
      },
      async cancel() {
        end(new Fault("client_closed", "The client left."));
        await reader.cancel().catch(() => {});
      },
    },
    { highWaterMark: 0 },
  );
}

/** The event that ends a stream which failed. */
function errorBytes(fault: Fault, framing: Framing, request: FamilyRequest, requestId: string): Uint8Array {
  const { call, protocol } = request;
  if (framing === "aws-event-stream") return encodeAwsException(fault);
  if (call.api === "cohere-chat")
    return new TextEncoder().encode(formatSse(encodeCohereFailure(fault, requestId, call.action)));
  const data = JSON.stringify(codecFor(protocol).error.encode(fault, requestId));
  return new TextEncoder().encode(formatSse({ event: "error", data }));
}

/** Notes the last usage the events tell. What cannot be read is no reason to stop the stream. */
function usageTap({ exchange: { record } }: FamilyAnswer, framing: Framing): (bytes: Uint8Array) => void {
  const decoder = createEventDecoder(framing, { maxEventBytes: MAX_EVENT });
  let spent = false;
  return (bytes) => {
    if (spent) return;
    try {
      for (const event of decoder.push(bytes)) {
        const usage = eventUsage(event);
        if (usage !== undefined) record.usage = usage;
      }
    } catch {
      spent = true;
    }
  };
}
