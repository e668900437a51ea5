import type { ChatEvent } from "../../core/chat.ts";
import { Fault } from "../../core/fault.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { mask } from "../mask.ts";
import { decodeFinish, FAILURES } from "./finish-reason.ts";
import { decodeUsage } from "./usage.ts";
import { PROTOCOL } from "./wire.ts";

/** What is remembered of an answer. */
export interface Answer {
  started: boolean;
  finished: boolean;
  failed: boolean;
  /** The numbers of the blocks, by what they are on the wire: `content 0`, `call 0`, `plan`. */
  readonly blocks: Map<string, number>;
  /** The block citations belong to that do not name one. */
  text: number | undefined;
  /** Calls whose input has begun. */
  readonly begun: Set<number>;
}

/** An answer of which nothing came yet. */
export function newAnswer(): Answer {
  return { started: false, finished: false, failed: false, blocks: new Map(), text: undefined, begun: new Set() };
}

/** Tells the answer's begin, once. Cohere does not say which model answers. */
export function startAnswer(answer: Answer, id: Json | undefined, out: ChatEvent[]): void {
  if (answer.started) return;
  answer.started = true;
  out.push(typeof id === "string" ? { type: "start", id } : { type: "start" });
}

function blockOf(answer: Answer, key: string): number {
  let block = answer.blocks.get(key);
  if (block === undefined) answer.blocks.set(key, (block = answer.blocks.size));
  return block;
}

/** A piece of the content at an index: of text or of what the model thought. */
export function addContent(answer: Answer, index: number, content: Json | undefined, out: ChatEvent[]): void {
  if (!isObject(content)) return;
  const { type, text, thinking } = content;
  if (typeof thinking === "string" && (type === "thinking" || thinking !== "")) {
    out.push({ type: "reasoning", block: blockOf(answer, `content ${index}`), text: thinking });
  } else if (typeof text === "string") {
    answer.text = blockOf(answer, `content ${index}`);
    out.push({ type: "text", block: answer.text, text });
  }
}

/** A piece of the plan the model makes before it calls tools. */
export function addPlan(answer: Answer, text: Json | undefined, out: ChatEvent[]): void {
  if (typeof text === "string" && text !== "") out.push({ type: "reasoning", block: blockOf(answer, "plan"), text });
}

/** A call begins, perhaps with its whole input. */
export function openCall(answer: Answer, index: number, call: Json | undefined, out: ChatEvent[]): void {
  if (!isObject(call)) return;
  const { id, function: made } = call;
  const { name, arguments: input } = isObject(made) ? made : {};
  const block = blockOf(answer, `call ${index}`);
  out.push({ type: "tool-call", block, id: stringOr(id), name: stringOr(name), kind: "function" });
  addInput(answer, index, input, out);
}

/** A piece of a call's input. A tool without arguments may be called with `null`. */
export function addInput(answer: Answer, index: number, input: Json | undefined, out: ChatEvent[]): void {
  const block = answer.blocks.get(`call ${index}`);
  if (block === undefined || typeof input !== "string" || input === "") return;
  if (input === "null" && !answer.begun.has(index)) return;
  answer.begun.add(index);
  out.push({ type: "tool-input", block, text: input });
}

/** A citation, told of the text it names, else of the last one. */
export function addCitation(answer: Answer, value: Json | undefined, out: ChatEvent[]): void {
  if (!isObject(value)) return;
  const { content_index: index } = value;
  const named = typeof index === "number" ? answer.blocks.get(`content ${index}`) : undefined;
  const block = named ?? answer.text;
  if (block === undefined) return;
  out.push({ type: "citation", block, citation: { protocol: PROTOCOL, value, ...sourceOf(value) } });
}

/** What every protocol can tell of a source: the first document's address and title. */
function sourceOf({ sources }: JsonObject): { readonly url?: string; readonly title?: string } {
  for (const source of Array.isArray(sources) ? sources : []) {
    const document = isObject(source) ? source["document"] : undefined;
    const { url, title } = isObject(document) ? document : {};
    if (typeof url !== "string" && typeof title !== "string") continue;
    return { ...(typeof url === "string" ? { url } : {}), ...(typeof title === "string" ? { title } : {}) };
  }
  return {};
}

export function endBlock(answer: Answer, key: string, out: ChatEvent[]): void {
  const block = answer.blocks.get(key);
  if (block !== undefined) out.push({ type: "block-end", block });
}

/** The answer's end. Throws a Fault when its reason says that it failed. */
export function finishAnswer(answer: Answer, end: JsonObject, out: ChatEvent[]): void {
  const { finish_reason: raw, error, usage } = end;
  if (answer.finished || typeof raw !== "string") return;
  const status = FAILURES.get(raw);
  if (status !== undefined) {
    const message = typeof error === "string" && error !== "" ? mask(error) : `The provider's answer failed (${raw}).`;
    throw new Fault("upstream_error", message, { status, upstream: { type: raw } });
  }
  answer.finished = true;
  out.push({ type: "finish", reason: decodeFinish(raw) });
  const counted = decodeUsage(usage);
  if (counted !== undefined) out.push({ type: "usage", usage: counted });
}

function stringOr(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
