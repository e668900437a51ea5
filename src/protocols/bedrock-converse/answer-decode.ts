import type { ChatEvent, Citation } from "../../core/chat.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { decodeStopReason } from "./finish-reason.ts";
import { mediaTypeOf } from "./media-formats.ts";
import { decodeUsage } from "./usage.ts";
import { PROTOCOL } from "./wire.ts";

/** A block under way: its number, and a block no other protocol knows with the pieces that came of it. */
interface Block {
  readonly block: number;
  readonly native?: { readonly kind: string; readonly start: JsonObject; readonly pieces: Json[] };
  /** An image's format, told in its begin. */
  readonly format?: string;
}

/** What is remembered of an answer. */
export interface Answer {
  started: boolean;
  finished: boolean;
  failed: boolean;
  blocks: number;
  /** Open blocks by their index on the wire. */
  readonly open: Map<number, Block>;
}

/** An answer of which nothing came yet. */
export function newAnswer(): Answer {
  return { started: false, finished: false, failed: false, blocks: 0, open: new Map() };
}

/** Tells the answer's begin, once: Bedrock gives neither an id nor the model. */
export function startAnswer(answer: Answer, out: ChatEvent[]): void {
  if (answer.started) return;
  answer.started = true;
  out.push({ type: "start" });
}

type Opener = (value: JsonObject, block: number, out: ChatEvent[]) => Block;

/** What a block's begin tells, by its kind; text and reasoning have none. */
const OPENERS: Readonly<Record<string, Opener>> = {
  toolUse({ toolUseId, name, type }, block, out) {
    out.push({
      type: "tool-call",
      block,
      id: typeof toolUseId === "string" ? toolUseId : "",
      name: typeof name === "string" ? name : "",
      kind: type === "server_tool_use" ? "server" : "function",
    });
    return { block };
  },
  image({ format }, block) {
    return { block, format: typeof format === "string" ? format : "png" };
  },
};

/** A block begins. One of a kind that only Bedrock knows is gathered until it is complete. */
export function openBlock(answer: Answer, index: number, start: JsonObject, out: ChatEvent[]): void {
  closeBlock(answer, index, out);
  const kind = Object.keys(start).find((key) => isObject(start[key]));
  if (kind === undefined) return;
  const value = start[kind] as JsonObject;
  const open = Object.hasOwn(OPENERS, kind) ? OPENERS[kind] : undefined;
  const block = answer.blocks++;
  answer.open.set(
    index,
    open === undefined ? { block, native: { kind, start: value, pieces: [] } } : open(value, block, out),
  );
}

type Delta = (block: Block, value: Json, out: ChatEvent[]) => void;

const DELTAS: Readonly<Record<string, Delta>> = {
  text({ block }, text, out) {
    if (typeof text === "string" && text !== "") out.push({ type: "text", block, text });
  },
  citation({ block }, value, out) {
    if (isObject(value)) out.push({ type: "citation", block, citation: citationOf(value) });
  },
  reasoningContent({ block }, value, out) {
    if (!isObject(value)) return;
    const { text, signature, redactedContent: redacted } = value;
    if (typeof text === "string" && text !== "") out.push({ type: "reasoning", block, text });
    if (typeof signature === "string" && signature !== "")
      out.push({ type: "reasoning", block, text: "", signature, sealedBy: PROTOCOL });
    if (typeof redacted === "string" && redacted !== "")
      out.push({ type: "reasoning", block, text: "", redacted, sealedBy: PROTOCOL });
  },
  toolUse({ block }, value, out) {
    const input = isObject(value) ? value["input"] : undefined;
    if (typeof input === "string" && input !== "") out.push({ type: "tool-input", block, text: input });
  },
  image({ block, format = "png" }, value, out) {
    const source = isObject(value) ? value["source"] : undefined;
    const bytes = isObject(source) ? source["bytes"] : undefined;
    if (typeof bytes === "string" && bytes !== "") out.push(imageEvent(block, format, bytes));
  },
};

/** A piece of a block; of text, reasoning and images the first one opens it. */
export function addDelta(answer: Answer, index: number, delta: JsonObject, out: ChatEvent[]): void {
  for (const [kind, value] of Object.entries(delta)) {
    let block = answer.open.get(index);
    if (block?.native !== undefined) {
      block.native.pieces.push(value);
      continue;
    }
    const add = Object.hasOwn(DELTAS, kind) ? DELTAS[kind] : undefined;
    if (add === undefined || (block === undefined && kind === "toolUse")) continue;
    if (block === undefined) answer.open.set(index, (block = { block: answer.blocks++ }));
    add(block, value, out);
  }
}

/** A block is complete. */
export function closeBlock(answer: Answer, index: number, out: ChatEvent[]): void {
  const open = answer.open.get(index);
  if (open === undefined) return;
  answer.open.delete(index);
  const { block, native } = open;
  if (native !== undefined) {
    const { kind, start, pieces } = native;
    const value = pieces.length === 0 ? start : { ...start, content: pieces.flat() };
    out.push({ type: "native", block, protocol: PROTOCOL, value: { [kind]: value } });
  }
  out.push({ type: "block-end", block });
}

/** A block of a whole answer. */
export function addWhole(answer: Answer, index: number, value: JsonObject, out: ChatEvent[]): void {
  const { text, reasoningContent, toolUse, citationsContent, image, ...others } = value;
  if (typeof text === "string") addDelta(answer, index, { text }, out);
  else if (isObject(reasoningContent)) addDelta(answer, index, { reasoningContent: flat(reasoningContent) }, out);
  else if (isObject(citationsContent)) addCitations(answer, index, citationsContent, out);
  else if (isObject(image)) {
    openBlock(answer, index, { image }, out);
    addDelta(answer, index, { image }, out);
  } else if (isObject(toolUse)) {
    openBlock(answer, index, { toolUse }, out);
    const { input } = toolUse;
    const empty = input === undefined || (isObject(input) && Object.keys(input).length === 0);
    if (!empty) addDelta(answer, index, { toolUse: { input: JSON.stringify(input) } }, out);
  } else openBlock(answer, index, others, out);
  closeBlock(answer, index, out);
}

/** Whole reasoning as the one piece it might have come in. */
function flat(reasoning: JsonObject): JsonObject {
  const { reasoningText, ...others } = reasoning;
  return { ...(isObject(reasoningText) ? reasoningText : {}), ...others };
}

function addCitations(answer: Answer, index: number, { content, citations }: JsonObject, out: ChatEvent[]): void {
  const pieces = Array.isArray(content) ? content.filter(isObject) : [];
  const text = pieces.map((piece) => (typeof piece["text"] === "string" ? piece["text"] : "")).join("");
  addDelta(answer, index, { text }, out);
  for (const citation of Array.isArray(citations) ? citations : []) addDelta(answer, index, { citation }, out);
}

function citationOf(value: JsonObject): Citation {
  const { title, location } = value;
  const web = isObject(location) ? location["web"] : undefined;
  const url = isObject(web) ? web["url"] : undefined;
  return {
    protocol: PROTOCOL,
    value,
    ...(typeof url === "string" ? { url } : {}),
    ...(typeof title === "string" ? { title } : {}),
  };
}

function imageEvent(block: number, format: string, data: string): ChatEvent {
  const source = { type: "base64", mediaType: mediaTypeOf("image", format), data } as const;
  return { type: "media", block, part: { type: "media", kind: "image", source } };
}

/** The model stopped: whatever is open is complete. `fields` are what was asked of the model's own answer. */
export function finishAnswer(
  answer: Answer,
  reason: Json | undefined,
  fields: Json | undefined,
  out: ChatEvent[],
): void {
  if (answer.finished || typeof reason !== "string") return;
  answer.finished = true;
  for (const index of answer.open.keys()) closeBlock(answer, index, out);
  const { stop_sequence: sequence, ...others } = isObject(fields) ? fields : {};
  const rest = Object.keys(others).length === 0 ? {} : { rest: restOf({ additionalModelResponseFields: others }) };
  out.push({ type: "finish", reason: decodeStopReason(reason, sequence), ...rest });
}

function restOf(fields: JsonObject): { readonly protocol: typeof PROTOCOL; readonly fields: JsonObject } {
  return { protocol: PROTOCOL, fields };
}

/** The tokens, and what a guardrail or a router traced. */
export function addUsage({ usage, trace }: JsonObject, out: ChatEvent[]): void {
  if (isObject(usage)) out.push({ type: "usage", usage: decodeUsage(usage, trace) });
}
