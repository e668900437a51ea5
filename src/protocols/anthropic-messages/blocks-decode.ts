import type { ChatEvent, FinishReason } from "../../core/chat.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { restOf } from "../rest.ts";
import { decodeCitation, dropDirectCaller } from "./content-decode.ts";
import { decodeStopReason } from "./finish-reason.ts";
import { fromClaudeId } from "./tool-ids.ts";
import { decodeUsage, mergeUsage } from "./usage.ts";
import { PROTOCOL, type ResponseField } from "./wire.ts";

/** A content block under way. */
interface Block {
  /** Its number among the canonical blocks. */
  readonly block: number;
  readonly type: string;
  /** A call's input as it stood in the block's begin, for the servers that send it whole there. */
  readonly input?: Json | undefined;
  /** A block no other protocol knows, gathered until it is complete. */
  readonly native?: JsonObject;
  /** Pieces of a native block's input. */
  json?: string;
  /** Whether pieces of a call's input came. */
  pieces?: boolean;
}

/** What a decoder of answers remembers. */
export interface Answer {
  started: boolean;
  finished: boolean;
  failed: boolean;
  /** Number of the next canonical block. */
  next: number;
  /** Open blocks by their index on the wire. */
  readonly open: Map<number, Block>;
  /** All usage told so far: `message_start` has the input, `message_delta` the output. */
  readonly usage: JsonObject;
}

export function newAnswer(): Answer {
  return { started: false, finished: false, failed: false, next: 0, open: new Map(), usage: {} };
}

const START: ReadonlySet<string> = new Set<ResponseField>([
  "id",
  "type",
  "role",
  "content",
  "model",
  "stop_reason",
  "stop_sequence",
  "stop_details",
  "usage",
]);
const CALL: ReadonlySet<string> = new Set(["type", "id", "name", "input"]);

/** Tells the answer's begin, once. */
export function startAnswer(answer: Answer, message: JsonObject, out: ChatEvent[]): void {
  if (answer.started) return;
  answer.started = true;
  const fields = told(restOf(PROTOCOL, message, START)?.fields);
  out.push({
    type: "start",
    ...(typeof message.id === "string" ? { id: message.id } : {}),
    ...(typeof message.model === "string" ? { model: message.model } : {}),
    ...(fields === undefined ? {} : { rest: { protocol: PROTOCOL, fields } }),
  });
  addUsage(answer, message.usage, out);
}

/** Fields without the nulls an answer spells out for what it does not have. */
function told(fields: JsonObject | undefined): JsonObject | undefined {
  let kept: JsonObject | undefined;
  for (const key of Object.keys(fields ?? {})) {
    const value = fields?.[key];
    if (value !== null && value !== undefined) (kept ??= {})[key] = value;
  }
  return kept;
}

/** Adds to the usage and tells the new total. */
export function addUsage(answer: Answer, usage: Json | undefined, out: ChatEvent[]): void {
  if (!isObject(usage)) return;
  mergeUsage(answer.usage, usage);
  out.push({ type: "usage", usage: decodeUsage(answer.usage) });
}

type Opener = (block: JsonObject, number: number, out: ChatEvent[]) => Block;

const OPENERS: Readonly<Record<string, Opener>> = {
  text: openText,
  thinking: openThinking,
  redacted_thinking(value, block, out) {
    if (typeof value.data === "string")
      out.push({ type: "reasoning", block, text: "", redacted: value.data, sealedBy: PROTOCOL });
    return { block, type: "redacted_thinking" };
  },
  tool_use: (value, block, out) => openCall(value, block, "function", out),
  server_tool_use: (value, block, out) => openCall(value, block, "server", out),
};

/** A block begins, with whatever it holds already. */
export function openBlock(answer: Answer, index: number, value: JsonObject, out: ChatEvent[]): void {
  closeBlock(answer, index, out);
  const type = typeof value.type === "string" ? value.type : "";
  const open = Object.hasOwn(OPENERS, type) ? OPENERS[type] : undefined;
  const block = answer.next++;
  answer.open.set(index, open === undefined ? { block, type, native: value } : open(value, block, out));
}

function openText(value: JsonObject, block: number, out: ChatEvent[]): Block {
  if (typeof value.text === "string" && value.text !== "") out.push({ type: "text", block, text: value.text });
  for (const citation of Array.isArray(value.citations) ? value.citations : []) {
    if (isObject(citation)) out.push({ type: "citation", block, citation: decodeCitation(citation) });
  }
  return { block, type: "text" };
}

function openThinking(value: JsonObject, block: number, out: ChatEvent[]): Block {
  const text = typeof value.thinking === "string" ? value.thinking : "";
  const signature = typeof value.signature === "string" && value.signature !== "" ? value.signature : undefined;
  if (text !== "" || signature !== undefined) {
    out.push({ type: "reasoning", block, text, ...(signature === undefined ? {} : { signature, sealedBy: PROTOCOL }) });
  }
  return { block, type: "thinking" };
}

function openCall(value: JsonObject, block: number, kind: "function" | "server", out: ChatEvent[]): Block {
  const fields = told(restOf(PROTOCOL, value, CALL)?.fields) ?? {};
  dropDirectCaller(fields);
  const rest = Object.keys(fields).length === 0 ? {} : { rest: { protocol: PROTOCOL, fields } as const };
  const id = typeof value.id === "string" ? fromClaudeId(value.id) : "";
  out.push({ type: "tool-call", block, id, name: typeof value.name === "string" ? value.name : "", kind, ...rest });
  return { block, type: "tool_use", input: value.input };
}

type Delta = (block: Block, delta: JsonObject, out: ChatEvent[]) => void;

const DELTAS: Readonly<Record<string, Delta>> = {
  text_delta({ block }, { text }, out) {
    if (typeof text === "string" && text !== "") out.push({ type: "text", block, text });
  },
  thinking_delta({ block }, { thinking: text }, out) {
    if (typeof text === "string" && text !== "") out.push({ type: "reasoning", block, text });
  },
  signature_delta({ block }, { signature }, out) {
    if (typeof signature !== "string" || signature === "") return;
    out.push({ type: "reasoning", block, text: "", signature, sealedBy: PROTOCOL });
  },
  citations_delta({ block }, { citation }, out) {
    if (isObject(citation)) out.push({ type: "citation", block, citation: decodeCitation(citation) });
  },
  input_json_delta(block, { partial_json: text }, out) {
    if (typeof text !== "string" || text === "") return;
    if (block.native !== undefined) block.json = (block.json ?? "") + text;
    else {
      block.pieces = true;
      out.push({ type: "tool-input", block: block.block, text });
    }
  },
  compaction_delta({ native }, delta) {
    if (native !== undefined) Object.assign(native, delta, { type: native.type });
  },
};

/** What a piece belongs to when its block never began. */
const IMPLIED: Readonly<Record<string, string>> = {
  text_delta: "text",
  citations_delta: "text",
  thinking_delta: "thinking",
  signature_delta: "thinking",
};

/** A piece of a block. One that comes before its block's begin opens it, where that can be. */
export function addDelta(answer: Answer, index: number, delta: JsonObject, out: ChatEvent[]): void {
  const { type } = delta;
  if (typeof type !== "string" || !Object.hasOwn(DELTAS, type)) return;
  let block = answer.open.get(index);
  if (block === undefined) {
    const implied = IMPLIED[type];
    if (implied === undefined) return;
    answer.open.set(index, (block = { block: answer.next++, type: implied }));
  }
  const expected = IMPLIED[type];
  if (expected === undefined || block.type === expected) DELTAS[type]?.(block, delta, out);
}

/** A block is complete. */
export function closeBlock(answer: Answer, index: number, out: ChatEvent[]): void {
  const open = answer.open.get(index);
  if (open === undefined) return;
  answer.open.delete(index);
  const { block, native, input } = open;
  if (native !== undefined) out.push({ type: "native", block, protocol: PROTOCOL, value: wholeNative(open, native) });
  // Pieces replace what stood in the begin, as in the vendor's own SDK.
  else if (open.pieces !== true && isObject(input) && Object.keys(input).length > 0) {
    out.push({ type: "tool-input", block, text: JSON.stringify(input) });
  }
  out.push({ type: "block-end", block });
}

function wholeNative({ json }: Block, native: JsonObject): JsonObject {
  if (json === undefined) return native;
  try {
    return { ...native, input: JSON.parse(json) as Json };
  } catch {
    return { ...native, input: json };
  }
}

/** The model stopped: whatever is open is complete. `details` are what was told besides the reason. */
export function finishAnswer(
  answer: Answer,
  stop: { readonly reason: string; readonly sequence: Json | undefined; readonly details: JsonObject },
  out: ChatEvent[],
): void {
  if (answer.finished) return;
  answer.finished = true;
  for (const index of answer.open.keys()) closeBlock(answer, index, out);
  const reason: FinishReason = decodeStopReason(stop.reason, stop.sequence);
  const fields = told(stop.details);
  out.push({ type: "finish", reason, ...(fields === undefined ? {} : { rest: { protocol: PROTOCOL, fields } }) });
}
