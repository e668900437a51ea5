import type {
  ChatEvent,
  Citation,
  ContentPart,
  FinishEvent,
  RefusalEvent,
  TextEvent,
  ToolCallPart,
  Usage,
} from "../../core/chat.ts";
import type { ResponseTarget, Stepper } from "../../core/codec.ts";
import { faultOf } from "../../core/error-event.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Loss } from "../../core/protocol.ts";
import type { SseFrame } from "../../core/sse.ts";
import { Losses } from "../losses.ts";
import { saysNothing } from "../vendor-metadata.ts";
import { errorFrames } from "./error.ts";
import { encodeSources } from "./grounding.ts";
import { encodeLogprobs } from "./logprobs.ts";
import { encodeParts } from "./part-encode.ts";
import { anySeal, encodeEnd, encodeHead } from "./response-encode.ts";
import { encodeUsage } from "./usage.ts";
import { PROTOCOL } from "./wire.ts";
import { cutShort } from "../stream-faults.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface OpenCall {
  readonly call: Mutable<ToolCallPart>;
  readonly before: ContentPart[];
  ended: boolean;
}

interface ChoiceOut {
  readonly index: number;
  /** Calls that wait, for their input, as Gemini's are whole, or for one before them: the first of parallel calls has their signature. */
  readonly calls: Map<number, OpenCall>;
  readonly citations: Citation[];
  /** The text of the one block, which the passages of citations are counted in; empty when there are several. */
  text: string;
  block: number | undefined;
  /** Gemini's own seal, which goes on the part behind it. */
  pending: ContentPart[];
  end: FinishEvent | undefined;
}

interface State {
  readonly target: ResponseTarget;
  readonly losses: Losses;
  readonly choices: Map<number, ChoiceOut>;
  head: JsonObject | undefined;
  usage: Usage | undefined;
  failed: boolean;
}

/** Writes canonical events as Gemini's chunks. The last one holds every finish reason and the usage, which come at the end of all. */
export function createEncoder(
  target: ResponseTarget,
): Stepper<ChatEvent, SseFrame> & { readonly losses: readonly Loss[] } {
  const losses = new Losses(PROTOCOL, saysNothing);
  const state: State = { target, losses, choices: new Map(), head: undefined, usage: undefined, failed: false };
  return { step: (event) => step(state, event), end: () => end(state), losses: losses.list };
}

function step(state: State, event: ChatEvent): SseFrame[] {
  if (state.failed) return [];
  switch (event.type) {
    case "start":
      state.head ??= encodeHead(event, state.target, state.losses);
      return [];
    case "usage":
      state.usage = event.usage;
      return [];
    case "ping":
      return [{ comment: "ping" }];
    case "error":
      state.failed = true;
      return errorFrames(faultOf(event));
    default:
      return content(state, choiceOf(state, event.choice ?? 0), event);
  }
}

type ContentEvent = Exclude<ChatEvent, { type: "start" | "usage" | "ping" | "error" }>;

function content(state: State, choice: ChoiceOut, event: ContentEvent): SseFrame[] {
  if (choice.end !== undefined) return [];
  switch (event.type) {
    case "text":
    case "refusal":
      return said(state, choice, event);
    case "reasoning":
      return thought(state, choice, event);
    case "tool-call": {
      const { id, name, kind, rest } = event;
      const call: Mutable<ToolCallPart> = { type: "tool-call", id, name, kind, input: "" };
      if (rest !== undefined) call.rest = rest;
      choice.calls.set(event.block, { call, before: choice.pending, ended: false });
      choice.pending = [];
      return [];
    }
    case "tool-input": {
      const open = choice.calls.get(event.block);
      if (open !== undefined) open.call.input += event.text;
      return [];
    }
    case "media":
      return write(state, choice, event.part);
    case "native":
      return write(state, choice, { type: "native", protocol: event.protocol, value: event.value });
    case "citation":
      choice.citations.push(event.citation);
      return [];
    case "block-end":
      return endCall(state, choice, choice.calls.get(event.block));
    case "finish": {
      const out = [...choice.calls.values()].flatMap((call) => endCall(state, choice, call));
      if (choice.pending.length > 0) out.push(...write(state, choice));
      choice.end = event;
      return out;
    }
  }
}

function said(state: State, choice: ChoiceOut, event: TextEvent | RefusalEvent): SseFrame[] {
  const { type, text, logprobs, block } = event;
  if (type === "text" && text !== "") {
    choice.text = choice.block === undefined || choice.block === block ? choice.text + text : "";
    choice.block ??= block;
  }
  if (logprobs !== undefined) {
    const { pending } = choice;
    choice.pending = [];
    return frames(state, choice, [...pending, { type, text }], { logprobsResult: encodeLogprobs(logprobs) });
  }
  return text === "" ? [] : write(state, choice, { type, text });
}

function thought(state: State, choice: ChoiceOut, event: Extract<ChatEvent, { type: "reasoning" }>): SseFrame[] {
  const { text, signature, redacted, sealedBy, rest } = event;
  const out = choice.pending.length > 0 ? write(state, choice) : [];
  if (redacted !== undefined && sealedBy === PROTOCOL) {
    choice.pending = [{ type: "reasoning", text: "", redacted, sealedBy }];
    return out;
  }
  if (text === "" && signature === undefined && redacted === undefined) return out;
  const part: ContentPart = {
    type: "reasoning",
    text,
    ...(signature === undefined ? {} : { signature }),
    ...(redacted === undefined ? {} : { redacted }),
    ...(sealedBy === undefined ? {} : { sealedBy }),
    ...(rest === undefined ? {} : { rest }),
  };
  return [...out, ...frames(state, choice, [part])];
}

/** Writes the calls that are complete, in their order. */
function endCall(state: State, choice: ChoiceOut, ended: OpenCall | undefined): SseFrame[] {
  const out: SseFrame[] = [];
  if (ended === undefined) return out;
  ended.ended = true;
  for (const [block, { call, before, ended: whole }] of choice.calls) {
    if (!whole) break;
    choice.calls.delete(block);
    out.push(...frames(state, choice, [...before, call]));
  }
  return out;
}

function choiceOf(state: State, index: number): ChoiceOut {
  let choice = state.choices.get(index);
  if (choice === undefined) {
    choice = { index, calls: new Map(), citations: [], text: "", block: undefined, pending: [], end: undefined };
    state.choices.set(index, choice);
  }
  return choice;
}

/** A part with the seal that belongs to it. */
function write(state: State, choice: ChoiceOut, ...parts: ContentPart[]): SseFrame[] {
  const { pending } = choice;
  choice.pending = [];
  return frames(state, choice, [...pending, ...parts]);
}

function frames(
  state: State,
  { index }: ChoiceOut,
  parts: readonly ContentPart[],
  fields: JsonObject = {},
): SseFrame[] {
  const wire = encodeParts(parts, `choices[${index}].content`, state.losses, anySeal);
  if (wire.length === 0) return [];
  return [frame(state, { candidates: [{ content: { role: "model", parts: wire }, ...fields, index }] })];
}

function frame(state: State, body: JsonObject): SseFrame {
  state.head ??= encodeHead({}, state.target, state.losses);
  return { data: JSON.stringify({ ...body, ...state.head }) };
}

function end(state: State): SseFrame[] {
  if (state.failed) return [];
  const choices = [...state.choices.values()];
  if (choices.length === 0 || choices.some((choice) => choice.end === undefined)) {
    state.failed = true;
    return errorFrames(cutShort());
  }
  const candidates = choices.flatMap((choice) => lastOf(state, choice));
  const usage: JsonObject = state.usage === undefined ? {} : { usageMetadata: encodeUsage(state.usage, state.losses) };
  return [frame(state, { candidates, ...usage })];
}

/** What a choice's last chunk says. */
function lastOf({ losses }: State, { index, citations, text, end }: ChoiceOut): JsonObject[] {
  if (end === undefined) return [];
  const sources = encodeSources(citations, text, `choices[${index}].content`, losses);
  return [
    { content: { role: "model", parts: [{ text: "" }] }, ...encodeEnd(end.reason, end.rest, sources, index, losses) },
  ];
}
