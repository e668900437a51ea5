import type { ErrorEvent } from "../../core/chat.ts";
import type { Codec } from "../../core/codec.ts";
import type { Fault } from "../../core/fault.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import type { SseFrame } from "../../core/sse.ts";
import { errorEvent, readError } from "../openai-chat/error-body.ts";
import { error as openai } from "../openai-chat/error.ts";

/** Statuses that OpenAI's codes stand for, where a stream's error names only these. */
const STATUSES: ReadonlyMap<string, number> = new Map([
  ["rate_limit_exceeded", 429],
  ["insufficient_quota", 429],
  ["invalid_prompt", 400],
  ["server_error", 500],
]);

/** The error in a stream's `error` event, or in an answer that failed (`holder` has it as `error`). */
export function errorIn(holder: JsonObject): ErrorEvent {
  // A stream's event has its fields bare, and a type that is only the event's.
  const { type: _, ...bare } = holder;
  const event = errorEvent(readError(isObject(holder.error) ? { error: holder.error } : bare));
  const status = event.status ?? STATUSES.get(event.upstream?.code ?? "");
  return status === undefined ? event : { ...event, status };
}

/** OpenAI's words for a fault, as a stream's last event. */
export function errorFrame(fault: Fault, sequence: number): SseFrame {
  const { error } = openai.encode(fault, "");
  const { message = fault.message, type = null, code = null, param = null } = isObject(error) ? error : {};
  const event = { type: "error", sequence_number: sequence, code: code ?? type, message, param };
  return { event: "error", data: JSON.stringify(event) };
}

/** Errors are OpenAI's, as in Chat Completions, but for the event that ends a stream. */
export const error: Codec["error"] = {
  decode: (status, headers, body) => openai.decode(status, headers, body),
  encode: (fault, requestId) => openai.encode(fault, requestId),
  frames: (fault) => [errorFrame(fault, 0)],
};
