import type { ChatEvent } from "../../core/chat.ts";
import { Fault } from "../../core/fault.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { addUsage, closeBlock, finishAnswer, newAnswer, openBlock, startAnswer } from "./blocks-decode.ts";
import { decodeErrorEvent } from "./error.ts";

/** Fields told at the end of a stream, and so with the finish here as well. */
const AT_END: readonly string[] = ["stop_details", "container", "context_management", "input_transformations"];

/** Reads a whole answer. Throws `upstream_garbage` for what is none, and the provider's own error when it stands in an answer's place. */
export function decodeResponse(body: JsonObject): ChatEvent[] {
  if (body.type === "error") throw decodeErrorEvent(body);
  const { content, stop_reason: reason, usage, ...message } = body;
  if (!Array.isArray(content)) throw garbage("has no list of content");
  if (typeof reason !== "string") throw garbage("has no stop reason");
  const details: JsonObject = {};
  for (const key of AT_END) {
    if (message[key] !== undefined) details[key] = message[key];
    delete message[key];
  }
  const answer = newAnswer();
  const out: ChatEvent[] = [];
  startAnswer(answer, message, out);
  for (const [index, block] of content.entries()) {
    if (!isObject(block)) throw garbage("has a content block that is no object");
    openBlock(answer, index, block, out);
    closeBlock(answer, index, out);
  }
  finishAnswer(answer, { reason, sequence: message.stop_sequence, details }, out);
  addUsage(answer, usage, out);
  return out;
}

function garbage(problem: string): Fault {
  return new Fault("upstream_garbage", `The provider's answer ${problem}.`);
}
