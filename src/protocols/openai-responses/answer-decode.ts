/** An answer's items as canonical events, whether they come whole or piece by piece. */
import type { ChatEvent, Rest } from "../../core/chat.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { restOf } from "../rest.ts";
import { decodeCitation } from "./citations.ts";
import { decodeFinish } from "./finish-reason.ts";
import { decodeImageItem } from "./images.ts";
import { reasoningText, sealFields } from "./reasoning.ts";
import { decodeUsage } from "./usage.ts";
import { objects, PROTOCOL, textOf } from "./wire.ts";

/** A block under way. */
export interface Block {
  readonly number: number;
  /** How much of its text went out, in UTF-16 code units. */
  sent: number;
  /** How many of its citations did. */
  cited: number;
  ended: boolean;
}

/** What is remembered of an answer. */
export interface Answer {
  started: boolean;
  failed: boolean;
  finished: boolean;
  /** It has called a tool of the client's. */
  called: boolean;
  next: number;
  /** By the item's index, and the part's within it where an item has several. */
  readonly blocks: Map<string, Block>;
  /** The indexes of items that are complete. */
  readonly done: Set<number>;
}

export function newAnswer(): Answer {
  return { started: false, failed: false, finished: false, called: false, next: 0, blocks: new Map(), done: new Set() };
}

/** The block of this key, which is opened when it is new. */
export function blockOf(answer: Answer, key: string): Block {
  let block = answer.blocks.get(key);
  if (block === undefined) {
    block = { number: answer.next++, sent: 0, cited: 0, ended: false };
    answer.blocks.set(key, block);
  }
  return block;
}

/** What an answer repeats of its request, and what is told elsewhere; the rest of it is the vendor's own. */
const KNOWN: ReadonlySet<string> = new Set(
  (
    "id object created_at completed_at status error incomplete_details instructions max_output_tokens max_tool_calls model output " +
    "output_text parallel_tool_calls previous_response_id reasoning store temperature text tool_choice tools top_p top_logprobs " +
    "truncation usage user metadata background prompt prompt_cache_key prompt_cache_retention prompt_cache_options safety_identifier " +
    "presence_penalty frequency_penalty include"
  ).split(" "),
);

/** The answer begins. */
export function takeStart(answer: Answer, response: JsonObject, out: ChatEvent[]): void {
  if (answer.started) return;
  answer.started = true;
  const id = textOf(response.id);
  const model = textOf(response.model);
  const created = response.created_at;
  const rest = withoutNulls(restOf(PROTOCOL, response, KNOWN));
  out.push({
    type: "start",
    ...(id === undefined ? {} : { id }),
    ...(model === undefined ? {} : { model }),
    ...(typeof created === "number" ? { created } : {}),
    ...(rest === undefined ? {} : { rest }),
  });
}

function withoutNulls(rest: Rest | undefined): Rest | undefined {
  const fields = Object.fromEntries(Object.entries(rest?.fields ?? {}).filter(([, value]) => value !== null));
  return Object.keys(fields).length === 0 ? undefined : { protocol: PROTOCOL, fields };
}

/** An item that is complete: whatever of it has not gone out yet. */
export function takeItem(answer: Answer, index: number, item: JsonObject, out: ChatEvent[]): void {
  if (answer.done.has(index)) return;
  answer.done.add(index);
  const type = textOf(item.type) ?? "";
  const take = Object.hasOwn(ITEMS, type) ? ITEMS[type] : undefined;
  if (take !== undefined) take(answer, index, item, out);
  else takeOther(answer, index, item, out);
}

type ItemTaker = (answer: Answer, index: number, item: JsonObject, out: ChatEvent[]) => void;

const ITEMS: Readonly<Record<string, ItemTaker>> = {
  message(answer, index, item, out) {
    for (const [place, part] of objects(item.content).entries()) takePart(answer, `${index}.${place}`, part, out);
  },
  reasoning: takeReasoning,
  function_call: (answer, index, item, out) => takeCall(answer, index, item, item.arguments, out),
  custom_tool_call: (answer, index, item, out) => takeCall(answer, index, item, item.input, out),
};

/** A part of a message that is complete. */
export function takePart(answer: Answer, key: string, part: JsonObject, out: ChatEvent[]): void {
  if (part.type === "refusal") return takeText(answer, key, "refusal", part.refusal, undefined, out);
  if (part.type !== "output_text" && part.type !== "text") return;
  takeText(answer, key, "text", part.text, part.logprobs, out);
  const block = answer.blocks.get(key);
  const citations = objects(part.annotations);
  if (block === undefined || block.ended) return;
  for (const value of citations.slice(block.cited)) {
    out.push({ type: "citation", block: block.number, citation: decodeCitation(value) });
  }
  block.cited = Math.max(block.cited, citations.length);
}

/** A text that is complete; what of it has not come in pieces goes out. */
export function takeText(
  answer: Answer,
  key: string,
  type: "text" | "refusal",
  text: Json | undefined,
  logprobs: Json | undefined,
  out: ChatEvent[],
): void {
  const whole = textOf(text);
  if (whole === undefined) return;
  const block = blockOf(answer, key);
  if (block.ended || whole.length <= block.sent) return;
  // Scores of a text that came in pieces came with them.
  const scores = block.sent === 0 && Array.isArray(logprobs) && logprobs.length > 0 ? { logprobs } : {};
  out.push({ type, block: block.number, text: whole.slice(block.sent), ...scores });
  block.sent = whole.length;
}

/** Says that a block is complete. */
export function endBlock(answer: Answer, key: string, out: ChatEvent[]): void {
  const block = answer.blocks.get(key);
  if (block === undefined || block.ended) return;
  block.ended = true;
  out.push({ type: "block-end", block: block.number });
}

/** Reasoning begins. Its id is told first: the seal that comes last is valid together with it alone. */
export function openReasoning(answer: Answer, index: number, { id }: JsonObject, out: ChatEvent[]): void {
  if (answer.blocks.has(String(index)) || textOf(id) === undefined) return;
  const { number } = blockOf(answer, String(index));
  const rest: Rest = { protocol: PROTOCOL, fields: { id: id ?? null } };
  out.push({ type: "reasoning", block: number, text: "", rest });
}

function takeReasoning(answer: Answer, index: number, item: JsonObject, out: ChatEvent[]): void {
  const { text, rest } = reasoningText(item);
  const block = blockOf(answer, String(index));
  const said = block.sent > 0 || text !== "" ? "said" : "";
  const encrypted = textOf(item.encrypted_content);
  out.push({
    type: "reasoning",
    block: block.number,
    text: text.slice(block.sent),
    ...(encrypted === undefined ? {} : sealFields(said, encrypted, PROTOCOL)),
    ...(rest === undefined ? {} : { rest }),
  });
  endBlock(answer, String(index), out);
}

const CALL = new Set(["type", "id", "call_id", "name", "arguments", "input", "status"]);

/** A call begins; undefined when the item does not say which. */
export function openCall(answer: Answer, index: number, item: JsonObject, out: ChatEvent[]): Block | undefined {
  const known = answer.blocks.get(String(index));
  const name = textOf(item.name);
  if (known !== undefined || name === undefined) return known;
  const block = blockOf(answer, String(index));
  const rest = withoutNulls(restOf(PROTOCOL, item, CALL));
  answer.called = true;
  out.push({
    type: "tool-call",
    block: block.number,
    id: textOf(item.call_id) ?? textOf(item.id) ?? `call_${index}`,
    name,
    kind: item.type === "custom_tool_call" ? "custom" : "function",
    ...(rest === undefined ? {} : { rest }),
  });
  return block;
}

function takeCall(answer: Answer, index: number, item: JsonObject, input: Json | undefined, out: ChatEvent[]): void {
  if (openCall(answer, index, item, out) === undefined) return;
  takeInput(answer, index, input, out);
  endBlock(answer, String(index), out);
}

/** A call's whole input. */
export function takeInput(answer: Answer, index: number, input: Json | undefined, out: ChatEvent[]): void {
  const block = answer.blocks.get(String(index));
  const whole = textOf(isObject(input) ? JSON.stringify(input) : input);
  if (block === undefined || block.ended || whole === undefined || whole.length <= block.sent) return;
  out.push({ type: "tool-input", block: block.number, text: whole.slice(block.sent) });
  block.sent = whole.length;
}

/** An image, or an item that only this protocol knows. */
function takeOther(answer: Answer, index: number, item: JsonObject, out: ChatEvent[]): void {
  if (textOf(item.type) === undefined) return;
  const { number } = blockOf(answer, String(index));
  const part = decodeImageItem(item);
  if (part === undefined) out.push({ type: "native", block: number, protocol: PROTOCOL, value: item });
  else out.push({ type: "media", block: number, part });
  endBlock(answer, String(index), out);
}

/** The end of the answer: what has not been told of its items, why it stopped, and its tokens. */
export function takeEnd(answer: Answer, response: JsonObject, status: Json | undefined, out: ChatEvent[]): void {
  takeStart(answer, response, out);
  for (const [index, item] of objects(response.output).entries()) takeItem(answer, index, item, out);
  answer.finished = true;
  out.push({ type: "finish", reason: decodeFinish(status, response.incomplete_details, answer.called) });
  if (isObject(response.usage)) out.push({ type: "usage", usage: decodeUsage(response.usage) });
}
