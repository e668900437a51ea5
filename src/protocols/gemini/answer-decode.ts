import type { ChatEvent, ContentPart, ReasoningPart } from "../../core/chat.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { restOf } from "../rest.ts";
import { madeUpId } from "./call-ids.ts";
import { type CallPieces, createCallPieces } from "./call-pieces.ts";
import { decodeBlock, decodeFinish } from "./finish-reason.ts";
import { decodeSources } from "./grounding.ts";
import { decodeLogprobs } from "./logprobs.ts";
import { alone, decodePart } from "./part-decode.ts";
import { decodeUsage } from "./usage.ts";
import { objects, PROTOCOL, textOf } from "./wire.ts";

interface Choice {
  readonly index: number;
  /** The block that text or thoughts are being added to. */
  open: { readonly block: number; readonly type: "text" | "reasoning" } | undefined;
  /** The last block of text, which citations belong to: they come with the end. */
  text: number | undefined;
  /** What was said in that block, whose passages citations count in bytes; undefined when there are several blocks. */
  said: string | undefined;
  readonly pieces: CallPieces;
  called: boolean;
  finished: boolean;
  /** Fields of the candidate that have no place, gathered for the finish. */
  readonly fields: JsonObject;
}

/** What is remembered of an answer. */
export interface Answer {
  id: string | undefined;
  started: boolean;
  failed: boolean;
  blocks: number;
  calls: number;
  readonly choices: Map<number, Choice>;
}

/** An answer of which nothing came yet. */
export function newAnswer(): Answer {
  return { id: undefined, started: false, failed: false, blocks: 0, calls: 0, choices: new Map() };
}

const BODY: ReadonlySet<string> = new Set(["candidates", "usageMetadata", "modelVersion", "responseId", "createTime"]);
const CANDIDATE: ReadonlySet<string> = new Set(["content", "finishReason", "index", "logprobsResult"]);

/** Reads a whole answer, or a stream's event, which has the same shape. */
export function addChunk(answer: Answer, body: JsonObject, out: ChatEvent[]): void {
  startAnswer(answer, body, out);
  for (const candidate of objects(body.candidates)) addCandidate(answer, candidate, out);
  const blocked = isObject(body.promptFeedback) ? textOf(body.promptFeedback.blockReason) : undefined;
  if (blocked !== undefined && answer.choices.size === 0) {
    choiceOf(answer, 0).finished = true;
    out.push({ type: "finish", reason: decodeBlock(blocked) });
  }
  if (isObject(body.usageMetadata)) out.push({ type: "usage", usage: decodeUsage(body.usageMetadata) });
}

function startAnswer(answer: Answer, body: JsonObject, out: ChatEvent[]): void {
  if (answer.started) return;
  answer.started = true;
  const { responseId, modelVersion, createTime } = body;
  const created = Date.parse(textOf(createTime) ?? "");
  const id = textOf(responseId);
  const model = textOf(modelVersion);
  answer.id = id;
  const rest = restOf(PROTOCOL, body, BODY);
  out.push({
    type: "start",
    ...(id === undefined ? {} : { id }),
    ...(model === undefined ? {} : { model }),
    ...(Number.isNaN(created) ? {} : { created: Math.floor(created / 1000) }),
    ...(rest === undefined ? {} : { rest }),
  });
}

function choiceOf(answer: Answer, index: number): Choice {
  let choice = answer.choices.get(index);
  if (choice === undefined) {
    const pieces = createCallPieces();
    choice = { index, open: undefined, text: undefined, said: "", pieces, called: false, finished: false, fields: {} };
    answer.choices.set(index, choice);
  }
  return choice;
}

function addCandidate(answer: Answer, candidate: JsonObject, out: ChatEvent[]): void {
  const choice = choiceOf(answer, typeof candidate.index === "number" ? candidate.index : 0);
  if (choice.finished) return;
  const begin = out.length;
  const { content, finishReason, logprobsResult } = candidate;
  for (const part of isObject(content) ? objects(content.parts) : []) {
    for (const whole of choice.pieces.take(part)) addWirePart(answer, choice, whole, out);
  }
  Object.assign(choice.fields, restOf(PROTOCOL, candidate, CANDIDATE)?.fields);
  if (!addLogprobs(logprobsResult, begin, out) && logprobsResult !== undefined) {
    choice.fields.logprobsResult = logprobsResult;
  }
  const raw = textOf(finishReason);
  if (raw !== undefined) finish(answer, choice, raw, out);
}

/** Puts the tokens of a chunk at its first text. Whether there was one. */
function addLogprobs(result: JsonObject[string] | undefined, begin: number, out: ChatEvent[]): boolean {
  const logprobs = decodeLogprobs(result);
  const at = out.findIndex((event, index) => index >= begin && event.type === "text");
  const event = out[at];
  if (logprobs === undefined || event?.type !== "text") return false;
  out[at] = { ...event, logprobs };
  return true;
}

function finish(answer: Answer, choice: Choice, raw: string, out: ChatEvent[]): void {
  for (const call of choice.pieces.rest()) addWirePart(answer, choice, call, out);
  const { text } = choice;
  const { citations, fields } =
    text === undefined ? { citations: [], fields: choice.fields } : decodeSources(choice.fields, choice.said);
  for (const citation of citations) {
    if (text !== undefined) out.push({ type: "citation", block: text, citation, ...place(choice) });
  }
  close(choice, out);
  choice.finished = true;
  const rest = Object.keys(fields).length === 0 ? {} : { rest: { protocol: PROTOCOL, fields } as const };
  out.push({ type: "finish", ...place(choice), reason: decodeFinish(raw, choice.called), ...rest });
}

function addWirePart(answer: Answer, choice: Choice, part: JsonObject, out: ChatEvent[]): void {
  for (const decoded of decodePart(part, () => madeUpId(answer.id ?? "", answer.calls))) {
    addPart(answer, choice, decoded, out);
  }
}

function place({ index }: Choice): { readonly choice?: number } {
  return index === 0 ? {} : { choice: index };
}

function close(choice: Choice, out: ChatEvent[]): void {
  if (choice.open === undefined) return;
  out.push({ type: "block-end", block: choice.open.block, ...place(choice) });
  choice.open = undefined;
}

function addPart(answer: Answer, choice: Choice, part: ContentPart, out: ChatEvent[]): void {
  if (part.type === "text" && part.text === "") return;
  if (part.type === "reasoning") {
    addThought(answer, choice, part, out);
    return;
  }
  if (part.type === "text") {
    const block = continued(answer, choice, "text", out);
    if (choice.text !== undefined && choice.text !== block) choice.said = undefined;
    else if (choice.said !== undefined) choice.said += part.text;
    choice.text = block;
    out.push({ type: "text", block: choice.text, text: part.text, ...place(choice) });
    return;
  }
  close(choice, out);
  const at = { block: answer.blocks++, ...place(choice) };
  if (part.type === "tool-call") {
    choice.called = true;
    answer.calls += 1;
    const { id, name, kind, rest } = part;
    out.push({ type: "tool-call", ...at, id, name, kind, ...(rest === undefined ? {} : { rest }) });
    out.push({ type: "tool-input", ...at, text: part.input });
  } else if (part.type === "media") out.push({ type: "media", ...at, part });
  else if (part.type === "native") out.push({ type: "native", ...at, protocol: part.protocol, value: part.value });
  out.push({ type: "block-end", ...at });
}

/** The block that pieces of one kind are added to. */
function continued(answer: Answer, choice: Choice, type: "text" | "reasoning", out: ChatEvent[]): number {
  if (choice.open?.type === type) return choice.open.block;
  close(choice, out);
  choice.open = { block: answer.blocks++, type };
  return choice.open.block;
}

function addThought(answer: Answer, choice: Choice, thought: ReasoningPart, out: ChatEvent[]): void {
  const part = choice.open?.type === "reasoning" ? thought : alone(thought);
  if (part.redacted !== undefined) close(choice, out);
  const block = continued(answer, choice, "reasoning", out);
  out.push({ ...part, block, ...place(choice) });
  if (part.signature !== undefined || part.redacted !== undefined) close(choice, out);
}
