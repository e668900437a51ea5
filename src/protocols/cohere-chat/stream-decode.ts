import type { ChatEvent } from "../../core/chat.ts";
import type { Reducer } from "../../core/codec.ts";
import { Fault } from "../../core/fault.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import type { SseEvent } from "../../core/sse.ts";
import { parseObject } from "../../core/json-splice.ts";
import {
  addCitation,
  addContent,
  addInput,
  addPlan,
  type Answer,
  endBlock,
  finishAnswer,
  newAnswer,
  openCall,
  startAnswer,
} from "./answer-decode.ts";
import { error } from "./error.ts";
import { cutShort, failWith, noObject } from "../stream-faults.ts";

/** What is in an event: its index, and the message's piece. */
interface Piece {
  readonly index: number;
  readonly message: JsonObject;
  readonly event: JsonObject;
}

type Handler = (answer: Answer, piece: Piece, out: ChatEvent[]) => void;

/** Events by their type; others (`debug`) say nothing of the answer. */
const HANDLERS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ["message-start", (answer, { event }, out) => startAnswer(answer, event["id"], out)],
  ["content-start", (answer, { index, message }, out) => addContent(answer, index, message["content"], out)],
  ["content-delta", (answer, { index, message }, out) => addContent(answer, index, message["content"], out)],
  ["content-end", (answer, { index }, out) => endBlock(answer, `content ${index}`, out)],
  ["tool-plan-delta", (answer, { message }, out) => addPlan(answer, message["tool_plan"], out)],
  ["tool-call-start", (answer, { index, message }, out) => openCall(answer, index, message["tool_calls"], out)],
  ["tool-call-delta", (answer, { index, message }, out) => addInput(answer, index, argumentsOf(message), out)],
  ["tool-call-end", (answer, { index }, out) => endBlock(answer, `call ${index}`, out)],
  ["citation-start", (answer, { message }, out) => addCitation(answer, message["citations"], out)],
  ["message-end", (answer, { event }, out) => finishAnswer(answer, objectOf(event["delta"]), out)],
]);

function argumentsOf({ tool_calls: call }: JsonObject): Json | undefined {
  return objectOf(objectOf(call)["function"])["arguments"];
}

function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

/** Cohere's stream of events to canonical ones. */
export const streamDecoder: Reducer<Answer, SseEvent, ChatEvent> = {
  init: newAnswer,
  step(answer, { data }) {
    const out: ChatEvent[] = [];
    if (answer.failed || answer.finished || data === "" || data === "[DONE]") return out;
    try {
      take(answer, parseObject(data), out);
    } catch (thrown) {
      failWith(answer, Fault.from(thrown), out);
    }
    return out;
  },
  end(answer) {
    const out: ChatEvent[] = [];
    if (!answer.failed && !answer.finished) {
      failWith(answer, cutShort(), out);
    }
    return out;
  },
};

function take(answer: Answer, event: JsonObject | undefined, out: ChatEvent[]): void {
  if (event === undefined) throw noObject();
  const { type, index, message } = event;
  // An error in place of an event has a message and no type.
  if (typeof type !== "string" && typeof message === "string") throw error.decode(502, new Headers(), event);
  const handle = typeof type === "string" ? HANDLERS.get(type) : undefined;
  if (handle === undefined) return;
  startAnswer(answer, event["id"], out);
  const piece = objectOf(objectOf(event["delta"])["message"]);
  handle(answer, { index: typeof index === "number" ? index : 0, message: piece, event }, out);
}
