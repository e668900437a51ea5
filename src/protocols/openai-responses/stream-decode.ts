import type { ChatEvent } from "../../core/chat.ts";
import type { Reducer } from "../../core/codec.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import type { SseEvent } from "../../core/sse.ts";
import { parseObject } from "../../core/json-splice.ts";
import {
  type Answer,
  blockOf,
  endBlock,
  newAnswer,
  openCall,
  openReasoning,
  takeEnd,
  takeInput,
  takeItem,
  takePart,
  takeStart,
  takeText,
} from "./answer-decode.ts";
import { decodeCitation } from "./citations.ts";
import { errorIn } from "./error.ts";
import { BETWEEN } from "./reasoning.ts";
import { PROTOCOL, textOf } from "./wire.ts";

type Handler = (answer: Answer, event: JsonObject, out: ChatEvent[]) => void;

function begin(answer: Answer, { response }: JsonObject, out: ChatEvent[]): void {
  takeStart(answer, isObject(response) ? response : {}, out);
}

function end(status: string): Handler {
  return (answer, { response }, out) => {
    const whole = isObject(response) ? response : {};
    takeEnd(answer, whole, textOf(whole.status) ?? status, out);
  };
}

function fail(answer: Answer, event: ChatEvent, out: ChatEvent[]): void {
  answer.failed = true;
  out.push(event);
}

const WORKING: Handler = (_answer, _event, out) => out.push({ type: "ping" });

/** Events by their type. Those of built-in tools tell only progress, their items come whole; others are new ones. */
const HANDLERS: Readonly<Record<string, Handler>> = {
  "response.created": begin,
  "response.queued": begin,
  "response.in_progress": begin,
  "response.output_item.added"(answer, event, out) {
    const { item } = event;
    if (!isObject(item)) return;
    if (item.type === "reasoning") openReasoning(answer, indexOf(event), item, out);
    else if (item.type === "function_call" || item.type === "custom_tool_call") {
      openCall(answer, indexOf(event), item, out);
    }
  },
  "response.output_item.done"(answer, event, out) {
    const { item } = event;
    if (!isObject(item)) return;
    takeItem(answer, indexOf(event), item, out);
  },
  "response.content_part.done"(answer, event, out) {
    if (isObject(event.part)) takePart(answer, keyOf(event), event.part, out);
    endBlock(answer, keyOf(event), out);
  },
  "response.output_text.delta": (answer, event, out) => takeDelta(answer, event, "text", out),
  "response.output_text.done": (answer, event, out) =>
    takeText(answer, keyOf(event), "text", event.text, event.logprobs, out),
  "response.output_text.annotation.added"(answer, event, out) {
    if (!isObject(event.annotation)) return;
    const block = blockOf(answer, keyOf(event));
    if (block.ended) return;
    block.cited++;
    out.push({ type: "citation", block: block.number, citation: decodeCitation(event.annotation) });
  },
  "response.refusal.delta": (answer, event, out) => takeDelta(answer, event, "refusal", out),
  "response.refusal.done": (answer, event, out) =>
    takeText(answer, keyOf(event), "refusal", event.refusal, undefined, out),
  "response.function_call_arguments.delta": takeInputDelta,
  "response.function_call_arguments.done"(answer, event, out) {
    takeInput(answer, indexOf(event), event.arguments, out);
  },
  "response.custom_tool_call_input.delta": takeInputDelta,
  "response.custom_tool_call_input.done": (answer, event, out) => takeInput(answer, indexOf(event), event.input, out),
  "response.reasoning_summary_part.added"(answer, event, out) {
    // Where one part of a summary ends and the next begins.
    const block = answer.blocks.get(String(indexOf(event)));
    if (block === undefined || block.ended || block.sent === 0) return;
    block.sent += BETWEEN.length;
    out.push({ type: "reasoning", block: block.number, text: BETWEEN });
  },
  "response.reasoning_summary_text.delta": (answer, event, out) => takeThought(answer, event, false, out),
  "response.reasoning_text.delta": (answer, event, out) => takeThought(answer, event, true, out),
  "response.completed": end("completed"),
  "response.incomplete": end("incomplete"),
  "response.cancelled": end("cancelled"),
  "response.failed"(answer, { response }, out) {
    fail(answer, errorIn(isObject(response) ? response : {}), out);
  },
  error: (answer, event, out) => fail(answer, errorIn(event), out),
  keepalive: WORKING,
};

function indexOf({ output_index: index }: JsonObject): number {
  return typeof index === "number" ? index : 0;
}

function keyOf(event: JsonObject): string {
  const { content_index: place } = event;
  return `${indexOf(event)}.${typeof place === "number" ? place : 0}`;
}

function takeDelta(answer: Answer, event: JsonObject, type: "text" | "refusal", out: ChatEvent[]): void {
  const text = textOf(event.delta);
  if (text === undefined) return;
  const block = blockOf(answer, keyOf(event));
  if (block.ended) return;
  const scores = event.logprobs;
  block.sent += text.length;
  out.push({
    type,
    block: block.number,
    text,
    ...(Array.isArray(scores) && scores.length > 0 ? { logprobs: scores } : {}),
  });
}

function takeInputDelta(answer: Answer, event: JsonObject, out: ChatEvent[]): void {
  const text = textOf(event.delta);
  const block = answer.blocks.get(String(indexOf(event)));
  if (text === undefined || block === undefined || block.ended) return;
  block.sent += text.length;
  out.push({ type: "tool-input", block: block.number, text });
}

/** A piece of a summary, or of the reasoning itself: the first piece says which. */
function takeThought(answer: Answer, event: JsonObject, content: boolean, out: ChatEvent[]): void {
  const text = textOf(event.delta);
  if (text === undefined) return;
  const block = blockOf(answer, String(indexOf(event)));
  if (block.ended) return;
  const first = content && block.sent === 0;
  block.sent += text.length;
  const id = textOf(event.item_id);
  const fields: JsonObject = { ...(id === undefined ? {} : { id }), summary: null };
  out.push({
    type: "reasoning",
    block: block.number,
    text,
    ...(first ? { rest: { protocol: PROTOCOL, fields } } : {}),
  });
}

const GARBAGE: ChatEvent = {
  type: "error",
  code: "upstream_garbage",
  message: "The provider sent a malformed stream event.",
};
const CUT: ChatEvent = {
  type: "error",
  code: "upstream_cut",
  message: "The provider's answer ended before its finish reason.",
};

/** Events of the Responses API to canonical ones. The type is in the data; the event's name repeats it, or is left out. */
export const streamDecoder: Reducer<Answer, SseEvent, ChatEvent> = {
  init: newAnswer,
  step(answer, event) {
    const out: ChatEvent[] = [];
    if (answer.failed || answer.finished || event.data === "" || event.data === "[DONE]") return out;
    const body = parseObject(event.data);
    if (body === undefined) {
      fail(answer, GARBAGE, out);
      return out;
    }
    const type = textOf(body.type) ?? event.event;
    const handle = Object.hasOwn(HANDLERS, type) ? HANDLERS[type] : undefined;
    if (handle !== undefined) handle(answer, body, out);
    // What OpenAI's proxies send when they fail: an error's body as an event.
    else if (event.event === "error" || isObject(body.error)) fail(answer, errorIn(body), out);
    return out;
  },
  end(answer) {
    return answer.failed || answer.finished ? [] : [CUT];
  },
};
