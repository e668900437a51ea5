import type { ChatEvent } from "../../core/chat.ts";
import type { Reducer } from "../../core/codec.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import type { SseEvent } from "../../core/sse.ts";
import {
  addDelta,
  addUsage,
  type Answer,
  closeBlock,
  finishAnswer,
  newAnswer,
  openBlock,
  startAnswer,
} from "./blocks-decode.ts";
import { decodeErrorEvent } from "./error.ts";
import { cutShort, failWith, noObject } from "../stream-faults.ts";

type Handler = (answer: Answer, event: JsonObject, out: ChatEvent[]) => void;

/** Events by their type; others are new ones, which the vendor asks to be ignored. */
const HANDLERS: Readonly<Record<string, Handler>> = {
  message_start(answer, { message }, out) {
    startAnswer(answer, isObject(message) ? message : {}, out);
  },
  content_block_start(answer, event, out) {
    if (answer.finished || !isObject(event.content_block)) return;
    startAnswer(answer, {}, out);
    openBlock(answer, indexOf(event), event.content_block, out);
  },
  content_block_delta(answer, event, out) {
    if (answer.finished || !isObject(event.delta)) return;
    if (!answer.started) startAnswer(answer, {}, out);
    addDelta(answer, indexOf(event), event.delta, out);
  },
  content_block_stop(answer, event, out) {
    closeBlock(answer, indexOf(event), out);
  },
  message_delta: onMessageDelta,
  ping(_answer, _event, out) {
    out.push({ type: "ping" });
  },
  error(answer, event, out) {
    failWith(answer, decodeErrorEvent(event), out);
  },
};

function indexOf(event: JsonObject): number {
  return typeof event.index === "number" ? event.index : 0;
}

function onMessageDelta(answer: Answer, event: JsonObject, out: ChatEvent[]): void {
  startAnswer(answer, {}, out);
  const { type: _type, delta: wire, usage, ...besides } = event;
  const delta = isObject(wire) ? wire : {};
  const { stop_reason: reason, stop_sequence: sequence, ...details } = delta;
  if (typeof reason === "string" && reason !== "") {
    finishAnswer(answer, { reason, sequence, details: { ...details, ...besides } }, out);
  }
  addUsage(answer, usage, out);
}

function parsed(data: string): Json | undefined {
  try {
    return JSON.parse(data) as Json;
  } catch {
    return undefined;
  }
}

/** Claude's stream, with the slips of those who imitate it: events twice, out of place, without their begin or their end. */
export const streamDecoder: Reducer<Answer, SseEvent, ChatEvent> = {
  init: newAnswer,
  step(answer, sse) {
    const out: ChatEvent[] = [];
    if (answer.failed || sse.data === "" || sse.data === "[DONE]") return out;
    const event = parsed(sse.data);
    if (!isObject(event)) {
      failWith(answer, noObject(), out);
      return out;
    }
    const type = typeof event.type === "string" ? event.type : sse.event;
    if (Object.hasOwn(HANDLERS, type)) HANDLERS[type]?.(answer, event, out);
    return out;
  },
  end(answer) {
    const out: ChatEvent[] = [];
    if (!answer.failed && !answer.finished) {
      failWith(answer, cutShort("stop reason"), out);
    }
    return out;
  },
};
