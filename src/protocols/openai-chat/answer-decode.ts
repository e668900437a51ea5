/** Reads a choice of an answer: a stream's delta, or a whole message, which has the same fields. */
import type { ChatEvent, Citation } from "../../core/chat.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { errorEvent, readError } from "./error-body.ts";
import {
  blockFor,
  choiceOf,
  endOpen,
  send,
  type AnswerState,
  type ChoiceState,
  type ReasoningBlock,
} from "./answer-state.ts";
import { decodeImage } from "./content.ts";
import { decodeFinish } from "./finish-reason.ts";
import { decodeDetail, plainReasoning, type DetailPiece } from "./reasoning-details.ts";
import { flushToolCalls, takeToolCall } from "./tool-call-decode.ts";
import { decodeUsage } from "./usage.ts";
import {
  PROTOCOL,
  type AnswerField,
  type WireAnswer,
  type WireChoice,
  type WireDelta,
  type WireUsage,
} from "./wire.ts";
import { spanOf } from "../text-spans.ts";

/** What a reader of a field works on. */
interface Reading {
  readonly state: AnswerState;
  readonly choice: ChoiceState;
  readonly wire: WireChoice;
  readonly delta: WireDelta;
  /** The delta is a whole message. */
  readonly whole: boolean;
  readonly out: ChatEvent[];
}

type FieldReader = (reading: Reading) => void;

/** In the order in which an answer that says several at once is read. */
const READERS: readonly (readonly [field: keyof WireDelta, read: FieldReader])[] = [
  ["reasoning_content", readReasoning],
  ["reasoning", readReasoning],
  ["reasoning_details", readReasoning],
  ["content", readContent],
  ["refusal", readRefusal],
  ["annotations", readAnnotations],
  ["images", readImages],
  ["tool_calls", readToolCalls],
  ["function_call", readFunctionCall],
];

const KNOWN: ReadonlySet<string> = new Set<AnswerField | "name">([
  "role",
  "name",
  ...(READERS.map(([field]) => field) as AnswerField[]),
]);

/** Reads a choice; what comes after its finish is ignored. */
export function takeChoice(
  state: AnswerState,
  wire: WireChoice,
  position: number,
  whole: boolean,
  out: ChatEvent[],
): void {
  const choice = choiceOf(state, typeof wire.index === "number" ? wire.index : position);
  if (choice.finished) return;
  const delta = (whole ? wire.message : (wire.delta ?? wire.message)) ?? undefined;
  if (isObject(delta)) takeDelta({ state, choice, wire, delta, whole, out });
  takeRest(choice, wire as JsonObject);
  takeFinish(state, choice, wire, whole, out);
}

function takeDelta(reading: Reading): void {
  const { delta } = reading;
  let last: FieldReader | undefined;
  for (const [field, read] of READERS) {
    const value = delta[field];
    if (value === undefined || value === null || read === last) continue;
    read(reading);
    last = read;
  }
  takeUnknown(reading);
}

/** What of a message nobody else knows, as a part of its own without a `type`. */
function takeUnknown({ state, choice, delta, out }: Reading): void {
  let value: JsonObject | undefined;
  for (const key in delta) {
    if (KNOWN.has(key) || key === "__proto__") continue;
    const field = (delta as JsonObject)[key];
    if (field !== null && field !== undefined) (value ??= {})[key] = field;
  }
  if (value !== undefined) send(out, choice, { type: "native", block: state.nextBlock++, protocol: PROTOCOL, value });
}

/** Vendors that send both a text field and details send the same text twice. */
function readReasoning(reading: Reading): void {
  const details = Array.isArray(reading.delta.reasoning_details) ? reading.delta.reasoning_details : [];
  const said = details.some((detail) => isObject(detail) && decodeDetail(detail).text !== "");
  const plain = said ? "" : plainReasoning(reading.delta);
  if (plain !== "") reasoningText(reading, plain);
  for (const detail of details)
    if (isObject(detail)) takeDetail(reading, decodeDetail(detail), detail.index ?? undefined);
}

function reasoningText({ state, choice, out }: Reading, text: string): void {
  const block = blockFor(state, choice, "reasoning", out);
  if (choice.reasoning?.block !== block) choice.reasoning = { block, sealed: false };
  send(out, choice, { type: "reasoning", block, text });
}

function takeDetail(reading: Reading, piece: DetailPiece, index: Json | undefined): void {
  const { choice, out } = reading;
  const at = typeof index === "number" ? index : undefined;
  const target = reasoningBlock(reading, piece, at);
  choice.reasoning = target;
  if (at !== undefined) choice.details.set(at, target);
  if (piece.signature !== undefined || piece.redacted !== undefined) target.sealed = true;
  send(out, choice, { type: "reasoning", block: target.block, ...piece });
}

/** The block a detail is a piece of: its index's, or the latest, unless that has its seal or the piece is whole. */
function reasoningBlock(
  { state, choice, out }: Reading,
  piece: DetailPiece,
  index: number | undefined,
): ReasoningBlock {
  const known = (index === undefined ? undefined : choice.details.get(index)) ?? untracked(choice, index);
  const open = known !== undefined && choice.open?.block === known.block;
  // Text for a block that was ended opens another; a late signature still belongs to its own.
  if (known !== undefined && !known.sealed && piece.redacted === undefined && (open || piece.text === "")) return known;
  endOpen(choice, out);
  return { block: blockFor(state, choice, "reasoning", out), sealed: false };
}

/** The latest block, when no index claims it or no index is given. */
function untracked(choice: ChoiceState, index: number | undefined): ReasoningBlock | undefined {
  if (choice.reasoning === undefined || index === undefined) return choice.reasoning;
  for (const block of choice.details.values()) if (block.block === choice.reasoning.block) return undefined;
  return choice.reasoning;
}

function readContent(reading: Reading): void {
  const { content } = reading.delta;
  if (typeof content === "string") text(reading, content);
  else if (Array.isArray(content)) for (const part of content) contentPart(reading, part);
}

/** Mistral answers in parts when its models think. */
function contentPart(reading: Reading, part: Json): void {
  if (!isObject(part)) return;
  if (typeof part.text === "string") text(reading, part.text);
  else if (part.type === "thinking" && Array.isArray(part.thinking)) {
    for (const piece of part.thinking) {
      if (isObject(piece) && typeof piece.text === "string" && piece.text !== "") reasoningText(reading, piece.text);
    }
  }
}

function text({ state, choice, wire, out }: Reading, piece: string): void {
  const logprobs = wire.logprobs?.content;
  const scored = Array.isArray(logprobs) && logprobs.length > 0;
  if (piece === "" && !scored) return;
  const block = blockFor(state, choice, "text", out);
  send(out, choice, scored ? { type: "text", block, text: piece, logprobs } : { type: "text", block, text: piece });
}

function readRefusal({ state, choice, wire, delta, out }: Reading): void {
  const { refusal } = delta;
  if (typeof refusal !== "string" || refusal === "") return;
  const block = blockFor(state, choice, "refusal", out);
  const logprobs = wire.logprobs?.refusal;
  const scored = Array.isArray(logprobs) && logprobs.length > 0;
  send(
    out,
    choice,
    scored ? { type: "refusal", block, text: refusal, logprobs } : { type: "refusal", block, text: refusal },
  );
}

function readAnnotations({ state, choice, delta, out }: Reading): void {
  if (!Array.isArray(delta.annotations)) return;
  for (const value of delta.annotations as Json[]) {
    if (!isObject(value)) continue;
    const block = choice.text ?? blockFor(state, choice, "text", out);
    send(out, choice, { type: "citation", block, citation: citationOf(value) });
  }
}

function citationOf(value: JsonObject): Citation {
  const cited = isObject(value.url_citation) ? value.url_citation : {};
  const span = spanOf(cited.start_index, cited.end_index);
  return {
    protocol: PROTOCOL,
    value,
    ...(typeof cited.url === "string" ? { url: cited.url } : {}),
    ...(typeof cited.title === "string" ? { title: cited.title } : {}),
    ...(span === undefined ? {} : { span }),
  };
}

function readImages({ state, choice, delta, out }: Reading): void {
  if (!Array.isArray(delta.images)) return;
  for (const value of delta.images as Json[]) {
    const part = decodeImage(value);
    if (part === undefined) continue;
    endOpen(choice, out);
    const block = state.nextBlock++;
    send(out, choice, { type: "media", block, part });
    send(out, choice, { type: "block-end", block });
  }
}

function readToolCalls({ state, choice, delta, whole, out }: Reading): void {
  if (!Array.isArray(delta.tool_calls)) return;
  for (const [position, call] of delta.tool_calls.entries()) {
    if (!isObject(call)) continue;
    const index = whole ? position : typeof call.index === "number" ? call.index : undefined;
    takeToolCall(state, choice, call, index, out);
  }
}

/** The older protocol's one call, without an id. */
function readFunctionCall({ state, choice, delta, out }: Reading): void {
  if (isObject(delta.function_call)) takeToolCall(state, choice, { function: delta.function_call }, -1, out);
}

const CHOICE_KNOWN = new Set(["index", "delta", "message", "finish_reason", "logprobs", "usage", "error"]);

function takeRest(choice: ChoiceState, wire: JsonObject): void {
  for (const key in wire) {
    if (CHOICE_KNOWN.has(key) || key === "__proto__") continue;
    const value = wire[key];
    if (value === null || value === undefined) continue;
    if (isObject(value) && Object.keys(value).length === 0) continue;
    (choice.rest ??= {})[key] = value;
  }
}

function takeFinish(state: AnswerState, choice: ChoiceState, wire: WireChoice, whole: boolean, out: ChatEvent[]): void {
  const failure = wire.error ?? undefined;
  if (failure !== undefined) {
    fail(state, errorEvent(readError({ error: failure })), out);
    return;
  }
  const raw = typeof wire.finish_reason === "string" && wire.finish_reason !== "null" ? wire.finish_reason : "";
  // A whole answer is over in any case.
  if (raw === "" && !whole) return;
  flushToolCalls(state, choice, out);
  choice.finished = true;
  const sequence = typeof wire.stop_reason === "string" ? wire.stop_reason : undefined;
  const reason = decodeFinish(raw === "" ? "stop" : raw, { called: choice.tools.length > 0, sequence });
  const { rest } = choice;
  if (reason.stopSequence !== undefined && rest !== undefined) delete rest.stop_reason;
  const empty = rest === undefined || Object.keys(rest).length === 0;
  send(out, choice, { type: "finish", reason, ...(empty ? {} : { rest: { protocol: PROTOCOL, fields: rest } }) });
}

/** Ends an answer with its failure. */
export function fail(state: AnswerState, event: ChatEvent, out: ChatEvent[]): void {
  if (!state.failed) out.push(event);
  state.failed = true;
}

const ANSWER_KNOWN = new Set(["id", "object", "created", "model", "choices", "usage", "error", "obfuscation"]);

/** Says that the answer begins, once something tells so: Azure's first chunk is about the prompt and has neither id nor choices. */
export function takeStart(state: AnswerState, wire: WireAnswer, out: ChatEvent[]): void {
  if (state.started) return;
  takeAnswerRest(state, wire as JsonObject);
  const id = typeof wire.id === "string" ? wire.id : "";
  if (id === "" && (wire.choices?.length ?? 0) === 0) return;
  state.started = true;
  state.id = id;
  const { rest } = state;
  out.push({
    type: "start",
    ...(id === "" ? {} : { id }),
    ...(typeof wire.model === "string" && wire.model !== "" ? { model: wire.model } : {}),
    ...(typeof wire.created === "number" && wire.created > 0 ? { created: wire.created } : {}),
    ...(rest === undefined ? {} : { rest: { protocol: PROTOCOL, fields: rest } }),
  });
}

function takeAnswerRest(state: AnswerState, wire: JsonObject): void {
  for (const key of Object.keys(wire)) {
    const value = wire[key];
    if (ANSWER_KNOWN.has(key) || key === "__proto__" || value === null || value === undefined) continue;
    (state.rest ??= {})[key] = value;
  }
}

/** Sends the tokens counted so far, when a vendor says anything of them. */
export function takeUsage(usage: WireUsage | null | undefined, out: ChatEvent[]): void {
  if (!isObject(usage)) return;
  if (typeof usage.prompt_tokens !== "number" && typeof usage.completion_tokens !== "number") return;
  out.push({ type: "usage", usage: decodeUsage(usage) });
}
