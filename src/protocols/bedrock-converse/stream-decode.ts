import type { ChatEvent } from "../../core/chat.ts";
import { type Reducer, start, type UpstreamCodec } from "../../core/codec.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import type { SseEvent } from "../../core/sse.ts";
import { parseObject } from "../../core/json-splice.ts";
import {
  addDelta,
  addUsage,
  type Answer,
  closeBlock,
  finishAnswer,
  newAnswer,
  openBlock,
  startAnswer,
} from "./answer-decode.ts";
import { decodeException } from "./error.ts";
import { cutShort, failWith, noObject } from "../stream-faults.ts";

type Handler = (answer: Answer, event: JsonObject, out: ChatEvent[]) => void;

/** Events by their type; others are new ones and say nothing we know. */
const HANDLERS: Readonly<Record<string, Handler>> = {
  messageStart(answer, _event, out) {
    startAnswer(answer, out);
  },
  contentBlockStart(answer, event, out) {
    if (answer.finished || !isObject(event["start"])) return;
    startAnswer(answer, out);
    openBlock(answer, indexOf(event), event["start"], out);
  },
  contentBlockDelta(answer, event, out) {
    if (answer.finished || !isObject(event["delta"])) return;
    startAnswer(answer, out);
    addDelta(answer, indexOf(event), event["delta"], out);
  },
  contentBlockStop(answer, event, out) {
    closeBlock(answer, indexOf(event), out);
  },
  messageStop(answer, event, out) {
    startAnswer(answer, out);
    finishAnswer(answer, event["stopReason"], event["additionalModelResponseFields"], out);
  },
  metadata(_answer, event, out) {
    addUsage(event, out);
  },
  error(answer, event, out) {
    const code: Json | undefined = event["code"];
    failWith(answer, decodeException(typeof code === "string" && code !== "" ? code : "error", event), out);
  },
};

function indexOf(event: JsonObject): number {
  const index = event["contentBlockIndex"];
  return typeof index === "number" ? index : 0;
}

/** ConverseStream's events, named by their `:event-type`; an exception is named by its `:exception-type`. */
const decoder: Reducer<Answer, SseEvent, ChatEvent> = {
  init: newAnswer,
  step(answer, { event: type, data }) {
    const out: ChatEvent[] = [];
    if (answer.failed) return out;
    const event = parseObject(data);
    if (/exception$/i.test(type)) failWith(answer, decodeException(type, event ?? {}), out);
    else if (event === undefined) {
      failWith(answer, noObject(), out);
    } else if (Object.hasOwn(HANDLERS, type)) HANDLERS[type]?.(answer, event, out);
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

/** Answers of ConverseStream. */
export const stream: UpstreamCodec["stream"] = {
  framing: "aws-event-stream",
  decoder: () => start(decoder),
};
