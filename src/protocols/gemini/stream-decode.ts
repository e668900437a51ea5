import type { ChatEvent } from "../../core/chat.ts";
import type { Stepper } from "../../core/codec.ts";
import { errorEvent } from "../../core/error-event.ts";
import type { Fault } from "../../core/fault.ts";
import { isObject, type Json } from "../../core/json.ts";
import type { SseEvent } from "../../core/sse.ts";
import { type Answer, addChunk, newAnswer } from "./answer-decode.ts";
import { decodeErrorBody } from "./error.ts";
import { cutShort, noObject } from "../stream-faults.ts";

/** Reads a stream: whole answers, each with what is new. */
export function createDecoder(): Stepper<SseEvent, ChatEvent> {
  const answer = newAnswer();
  return { step: (event) => step(answer, event), end: () => end(answer) };
}

function step(answer: Answer, { data }: SseEvent): ChatEvent[] {
  const out: ChatEvent[] = [];
  if (answer.failed || data === "" || data === "[DONE]") return out;
  let body: Json | undefined;
  try {
    body = JSON.parse(data) as Json;
  } catch {
    body = undefined;
  }
  if (isObject(body) && "error" in body && body.error !== null) return fail(answer, decodeErrorBody(body));
  if (!isObject(body)) {
    return fail(answer, noObject());
  }
  addChunk(answer, body, out);
  return out;
}

function fail(answer: Answer, fault: Fault): ChatEvent[] {
  answer.failed = true;
  return [errorEvent(fault)];
}

function end(answer: Answer): ChatEvent[] {
  const choices = [...answer.choices.values()];
  const whole = choices.length > 0 && choices.every(({ finished }) => finished);
  if (answer.failed || whole) return [];
  return fail(answer, cutShort());
}
