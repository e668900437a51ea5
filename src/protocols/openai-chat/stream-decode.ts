import type { ChatEvent } from "../../core/chat.ts";
import type { Reducer } from "../../core/codec.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import type { SseEvent } from "../../core/sse.ts";
import { fail, takeChoice, takeStart, takeUsage } from "./answer-decode.ts";
import { initialState, type AnswerState } from "./answer-state.ts";
import { errorEvent, minimaxError, readError } from "./error-body.ts";
import type { WireAnswer, WireUsage } from "./wire.ts";

/** Chat Completions chunks to canonical events, as tolerant as the vendors that send them need. */
export const streamDecoder: Reducer<AnswerState, SseEvent, ChatEvent> = { init: initialState, step, end };

function step(state: AnswerState, event: SseEvent): ChatEvent[] {
  if (state.failed || state.done || event.data === "") return [];
  if (event.data === "[DONE]") {
    state.done = true;
    return [];
  }
  const out: ChatEvent[] = [];
  const chunk = parsed(event.data);
  if (!isObject(chunk)) garbage(state, out);
  else if (event.event === "error" || isFailure(chunk)) fail(state, errorEvent(readError(chunk)), out);
  else takeChunk(state, chunk, out);
  return out;
}

function parsed(data: string): Json | undefined {
  try {
    return JSON.parse(data) as Json;
  } catch {
    return undefined;
  }
}

function garbage(state: AnswerState, out: ChatEvent[]): void {
  fail(state, { type: "error", code: "upstream_garbage", message: "The provider sent a malformed stream event." }, out);
}

/** An error object in the stream: OpenAI's `error`, vLLM's `object: "error"`, or a bare message in place of choices. */
function isFailure(chunk: WireAnswer & { readonly message?: unknown; readonly detail?: unknown }): boolean {
  if (chunk.error !== undefined && chunk.error !== null) return true;
  if (minimaxError(chunk as JsonObject) !== undefined) return true;
  if (chunk.choices !== undefined) return false;
  return chunk.object === "error" || typeof chunk.message === "string" || typeof chunk.detail === "string";
}

/** Reads a chunk of a stream. */
export function takeChunk(state: AnswerState, chunk: WireAnswer, out: ChatEvent[]): void {
  takeStart(state, chunk, out);
  const choices = Array.isArray(chunk.choices) ? chunk.choices : [];
  for (const choice of choices) {
    if (!isObject(choice)) continue;
    takeChoice(state, choice, 0, false, out);
    if (state.failed) return;
    takeUsage(choice.usage as WireUsage | undefined, out);
  }
  takeUsage(chunk.usage ?? chunk.x_groq?.usage, out);
}

/** A stream is complete when every answer in it gave its finish reason, whether or not the terminator came. */
function end(state: AnswerState): ChatEvent[] {
  if (state.failed) return [];
  const choices = [...state.choices.values()];
  if (choices.length > 0 && choices.every((choice) => choice.finished)) return [];
  const out: ChatEvent[] = [];
  const message = "The provider's answer ended before its finish reason.";
  fail(state, { type: "error", code: "upstream_cut", message }, out);
  return out;
}
