import type { ChatEvent, ContentPart, ReasoningPart } from "../../core/chat.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { restOf } from "../rest.ts";
import { madeUpId } from "./call-ids.ts";
import { decodeBlock, decodeFinish } from "./finish-reason.ts";
import { decodePart } from "./part-decode.ts";
import { decodeUsage } from "./usage.ts";
import { objects, PROTOCOL, textOf } from "./wire.ts";

interface Choice {
  readonly index: number;
  /** The block that text or thoughts are being added to. */
  open: { readonly block: number; readonly type: "text" | "reasoning" } | undefined;
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
const CANDIDATE: ReadonlySet<string> = new Set(["content", "finishReason", "index"]);

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
    choice = { index, open: undefined, called: false, finished: false, fields: {} };
    answer.choices.set(index, choice);
  }
  return choice;
}

function addCandidate(answer: Answer, candidate: JsonObject, out: ChatEvent[]): void {
  const choice = choiceOf(answer, typeof candidate.index === "number" ? candidate.index : 0);
  if (choice.finished) return;
  Object.assign(choice.fields, restOf(PROTOCOL, candidate, CANDIDATE)?.fields);
  const { content } = candidate;
  for (const part of isObject(content) ? objects(content.parts) : []) {
    for (const decoded of decodePart(part, () => madeUpId(answer.id ?? "", answer.calls))) {
      addPart(answer, choice, decoded, out);
    }
  }
  const raw = textOf(candidate.finishReason);
  if (raw === undefined) return;
  close(choice, out);
  choice.finished = true;
  const rest = Object.keys(choice.fields).length === 0 ? {} : { rest: { protocol: PROTOCOL, fields: choice.fields } };
  out.push({ type: "finish", ...place(choice), reason: decodeFinish(raw, choice.called), ...rest } as ChatEvent);
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
    out.push({ type: "text", block: continued(answer, choice, "text", out), text: part.text, ...place(choice) });
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

function addThought(answer: Answer, choice: Choice, part: ReasoningPart, out: ChatEvent[]): void {
  const { text, redacted, signature, sealedBy, rest } = part;
  // A foreign seal without text ends the thought before it, when there is one: it came last in its own stream.
  const ends = redacted !== undefined && sealedBy !== PROTOCOL && choice.open?.type === "reasoning";
  if (redacted !== undefined && !ends) close(choice, out);
  const block = continued(answer, choice, "reasoning", out);
  const seal = ends
    ? { signature: redacted }
    : { ...(signature === undefined ? {} : { signature }), ...(redacted === undefined ? {} : { redacted }) };
  const more = { ...seal, ...(sealedBy === undefined ? {} : { sealedBy }), ...(rest === undefined ? {} : { rest }) };
  out.push({ type: "reasoning", block, text, ...more, ...place(choice) });
  if (signature !== undefined || redacted !== undefined) close(choice, out);
}
