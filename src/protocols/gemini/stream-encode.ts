import type { ChatEvent, Citation, ContentPart, ToolCallPart, Usage } from "../../core/chat.ts";
import type { ResponseTarget, Stepper } from "../../core/codec.ts";
import { faultOf } from "../../core/error-event.ts";
import { Fault } from "../../core/fault.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Loss } from "../../core/protocol.ts";
import type { SseFrame } from "../../core/sse.ts";
import { Losses } from "../losses.ts";
import { saysNothing } from "../vendor-metadata.ts";
import { errorFrames } from "./error.ts";
import { encodeParts } from "./part-encode.ts";
import { anySeal, encodeCitations, encodeEnd, encodeHead } from "./response-encode.ts";
import { encodeUsage } from "./usage.ts";
import { PROTOCOL } from "./wire.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface ChoiceOut {
  readonly index: number;
  /** Calls whose input is not complete: Gemini's are whole. */
  readonly calls: Map<number, { readonly call: Mutable<ToolCallPart>; readonly before: ContentPart[] }>;
  readonly citations: Citation[];
  /** Gemini's own seal, which goes on the part behind it. */
  pending: ContentPart[];
  end: JsonObject | undefined;
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
      if (event.logprobs !== undefined) state.losses.dropped("logprobs");
      return event.text === "" ? [] : write(state, choice, { type: event.type, text: event.text });
    case "reasoning":
      return thought(state, choice, event);
    case "tool-call": {
      const { id, name, kind, rest } = event;
      const call: Mutable<ToolCallPart> = { type: "tool-call", id, name, kind, input: "" };
      if (rest !== undefined) call.rest = rest;
      choice.calls.set(event.block, { call, before: choice.pending });
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
      return flush(state, choice, event.block);
    case "finish": {
      const out = [...choice.calls.keys()].flatMap((block) => flush(state, choice, block));
      if (choice.pending.length > 0) out.push(...write(state, choice));
      choice.end = encodeEnd(event.reason, event.rest, choice.index, state.losses);
      return out;
    }
  }
}

function thought(state: State, choice: ChoiceOut, event: Extract<ChatEvent, { type: "reasoning" }>): SseFrame[] {
  const { text, signature, redacted, sealedBy, rest } = event;
  if (redacted !== undefined && sealedBy === PROTOCOL) {
    const out = choice.pending.length > 0 ? write(state, choice) : [];
    choice.pending = [{ type: "reasoning", text: "", redacted, sealedBy }];
    return out;
  }
  if (text === "" && signature === undefined && redacted === undefined) return [];
  return write(state, choice, {
    type: "reasoning",
    text,
    ...(signature === undefined ? {} : { signature }),
    ...(redacted === undefined ? {} : { redacted }),
    ...(sealedBy === undefined ? {} : { sealedBy }),
    ...(rest === undefined ? {} : { rest }),
  });
}

function flush(state: State, choice: ChoiceOut, block: number): SseFrame[] {
  const open = choice.calls.get(block);
  if (open === undefined) return [];
  choice.calls.delete(block);
  return frames(state, choice, [...open.before, open.call]);
}

function choiceOf(state: State, index: number): ChoiceOut {
  let choice = state.choices.get(index);
  if (choice === undefined) {
    choice = { index, calls: new Map(), citations: [], pending: [], end: undefined };
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

function frames(state: State, { index }: ChoiceOut, parts: readonly ContentPart[]): SseFrame[] {
  const wire = encodeParts(parts, `choices[${index}].content`, state.losses, anySeal);
  return wire.length === 0 ? [] : [frame(state, { candidates: [{ content: { role: "model", parts: wire }, index }] })];
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
    return errorFrames(new Fault("upstream_cut", "The provider's answer ended before its finish reason."));
  }
  const candidates = choices.map((choice) => lastOf(state, choice));
  const usage: JsonObject = state.usage === undefined ? {} : { usageMetadata: encodeUsage(state.usage, state.losses) };
  return [frame(state, { candidates, ...usage })];
}

/** What a choice's last chunk says. */
function lastOf(state: State, { index, citations, end: fields }: ChoiceOut): JsonObject {
  const grounding = encodeCitations(citations, `choices[${index}].content`, state.losses);
  return {
    content: { role: "model", parts: [{ text: "" }] },
    ...(grounding === undefined ? {} : { groundingMetadata: grounding }),
    ...fields,
  };
}
