import type { ChatEvent } from "../../core/chat.ts";
import { type Reducer, start, type UpstreamCodec } from "../../core/codec.ts";
import { errorEvent } from "../../core/error-event.ts";
import { Fault } from "../../core/fault.ts";
import type { SseEvent } from "../../core/sse.ts";
import { parseObject } from "../../core/json-splice.ts";
import { type AnswerState, initialState } from "../openai-chat/answer-state.ts";
import { streamDecoder, takeChunk } from "../openai-chat/stream-decode.ts";
import { annotate, annotationsOf, toOpenAI } from "./answer.ts";
import { decodeErrorBody, isError } from "./error.ts";

/** OpenAI's state, and whether the sources of the answer were told: every event repeats them. */
interface State {
  readonly answer: AnswerState;
  cited: boolean;
}

/** The events of a stream with `incremental_output`: each holds what is new. */
const decoder: Reducer<State, SseEvent, ChatEvent> = {
  init: () => ({ answer: initialState(), cited: false }),
  step(state, { event, data }) {
    const { answer } = state;
    const out: ChatEvent[] = [];
    if (answer.failed || data === "") return out;
    const body = parseObject(data);
    const fault = faultIn(event, body);
    if (fault !== undefined || body === undefined) {
      answer.failed = true;
      out.push(errorEvent(fault ?? new Fault("upstream_garbage", "The provider sent a malformed stream event.")));
      return out;
    }
    const chunk = toOpenAI(body, "delta");
    const annotations = state.cited ? [] : annotationsOf(body);
    if (annotations.length > 0) {
      state.cited = true;
      annotate(chunk, "delta", annotations);
    }
    takeChunk(answer, chunk, out);
    return out;
  },
  end: ({ answer }) => streamDecoder.end(answer),
};

function faultIn(event: string, body: ReturnType<typeof parseObject>): Fault | undefined {
  return body !== undefined && (event === "error" || isError(body)) ? decodeErrorBody(body) : undefined;
}

/** Streams of DashScope: server-sent events called `result`, or `error`. */
export const stream: UpstreamCodec["stream"] = { decoder: () => start(decoder) };
