import type { ChatEvent } from "../../core/chat.ts";
import type { JsonObject } from "../../core/json.ts";
import { decodeResponse as decodeOpenAI } from "../openai-chat/response-decode.ts";
import { annotate, annotationsOf, toOpenAI } from "./answer.ts";
import { decodeErrorBody, isError } from "./error.ts";

/** Reads a whole answer. Throws the provider's own error when it stands in an answer's place, `upstream_garbage` for what is none. */
export function decodeResponse(body: JsonObject): ChatEvent[] {
  if (isError(body)) throw decodeErrorBody(body);
  const answer = toOpenAI(body, "message");
  annotate(answer, "message", annotationsOf(body));
  return decodeOpenAI(answer);
}
