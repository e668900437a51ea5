import type { ChatEvent } from "../../core/chat.ts";
import { Fault } from "../../core/fault.ts";
import type { JsonObject } from "../../core/json.ts";
import { addChunk, newAnswer } from "./answer-decode.ts";
import { decodeErrorBody } from "./error.ts";

/** Reads a whole answer. Throws the provider's own error when it stands in an answer's place, `upstream_garbage` for what is none. */
export function decodeResponse(body: JsonObject): ChatEvent[] {
  if ("error" in body && body.error !== null) throw decodeErrorBody(body);
  const answer = newAnswer();
  const out: ChatEvent[] = [];
  addChunk(answer, body, out);
  const choices = [...answer.choices.values()];
  if (choices.length === 0 || choices.some(({ finished }) => !finished)) {
    throw new Fault("upstream_garbage", "The provider's answer has no candidate with a finish reason.");
  }
  return out;
}
