import type { ChatEvent } from "../../core/chat.ts";
import { Fault } from "../../core/fault.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { addUsage, addWhole, finishAnswer, newAnswer, startAnswer } from "./answer-decode.ts";

/** Reads a whole answer. Throws `upstream_garbage` for what is none. */
export function decodeResponse(body: JsonObject): ChatEvent[] {
  const { output, stopReason, additionalModelResponseFields: fields } = body;
  const message = isObject(output) ? output["message"] : undefined;
  const content = isObject(message) ? message["content"] : undefined;
  if (!Array.isArray(content)) throw garbage("has no list of content");
  if (typeof stopReason !== "string") throw garbage("has no stop reason");
  const answer = newAnswer();
  const out: ChatEvent[] = [];
  startAnswer(answer, out);
  for (const [index, block] of content.entries()) {
    if (!isObject(block)) throw garbage("has a content block that is no object");
    addWhole(answer, index, block, out);
  }
  finishAnswer(answer, stopReason, fields, out);
  addUsage(body, out);
  return out;
}

function garbage(problem: string): Fault {
  return new Fault("upstream_garbage", `The provider's answer ${problem}.`);
}
