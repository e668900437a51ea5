import type { OpenClientStream } from "../../core/client-stream.ts";
import type { ResponseTarget } from "../../core/codec.ts";
import type { Exchange } from "../../core/exchange.ts";
import { formatSse } from "../../core/sse.ts";
import { codecFor } from "../../protocols/index.ts";
import type { TapOptions } from "../../protocols/answer-tap.ts";
import type { Answer } from "./call.ts";
import type { Inbound } from "./inbound.ts";
import { JsonArrayWork, wantsArray } from "./json-array-work.ts";
import { noteFacts } from "./note-facts.ts";
import { relays } from "./outgoing.ts";
import { redact, redactText } from "./redact.ts";
import { relay } from "./relay.ts";
import { NotingWork } from "./stored/noting-work.ts";
import type { AnswerNote } from "./stored/note.ts";
import { responseHeaders } from "./response-headers.ts";
import { Converting, type StreamWork, Tapping } from "./stream-work.ts";
import { networkFault } from "./upstream-body.ts";

/** Answers with a stream: untouched when client and provider speak the same protocol, else converted event by event. */
export function streamed(
  open: OpenClientStream,
  exchange: Exchange,
  inbound: Inbound,
  answer: Extract<Answer, { kind: "stream" }>,
  target: ResponseTarget,
  note: AnswerNote | undefined,
): Response {
  const { outgoing, attempt, first, credential } = answer;
  const { provider } = answer.target;
  const { protocol } = inbound;
  const { record } = exchange;
  const array = wantsArray(exchange, inbound);
  const headers = responseHeaders(answer, array ? "application/json" : "text/event-stream", record.losses);
  const events: StreamWork = relays(outgoing, answer.target)
    ? new Tapping(tapOptions(inbound, answer, target))
    : new Converting(outgoing.protocol, protocol, target, {
        editor: answer.target.edits?.answer?.(),
        clean: (fault) => redact(fault, credential),
      });
  const noted = note === undefined ? events : new NotingWork(events, note);
  const work = array ? new JsonArrayWork(noted) : noted;
  const over = exchange.hold();
  // A stream may live for hours; what its request was is no longer needed.
  exchange.body.release();
  const body = relay(first, {
    open,
    body: answer.body,
    work,
    idle: attempt,
    cancellation: attempt,
    faultOf: (thrown) => redact(attempt.fault ?? networkFault(thrown, provider.id), credential),
    errorText(fault) {
      const frames = codecFor(protocol).error.frames(fault, exchange.id);
      return work instanceof JsonArrayWork ? work.last(frames) : frames.map(formatSse).join("");
    },
    done(bytes, fault) {
      record.responseBytes = bytes;
      record.losses.push(...work.losses);
      noteFacts(record, work.facts);
      if (fault !== undefined) record.fault = fault.code;
      if (fault?.code === "client_closed") attempt.abort(fault);
      else attempt.release();
      over();
    },
  });
  return new Response(body, { headers });
}

function tapOptions(inbound: Inbound, { outgoing, credential }: Answer, { model }: ResponseTarget): TapOptions {
  const { protocol, candidates } = inbound;
  const { hideUsage } = outgoing;
  const clean = (text: string): string => redactText(text, credential);
  return { protocol, hideUsage, candidates, clean, ...(model === undefined ? {} : { model }) };
}
