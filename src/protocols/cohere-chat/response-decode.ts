import type { ChatEvent } from "../../core/chat.ts";
import { Fault } from "../../core/fault.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import {
  addCitation,
  addContent,
  addPlan,
  endBlock,
  finishAnswer,
  newAnswer,
  openCall,
  startAnswer,
} from "./answer-decode.ts";

function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

/** A whole answer as the events of the stream it might have been. */
export function decodeResponse(body: JsonObject): ChatEvent[] {
  const { message, id } = body;
  if (!isObject(message)) throw new Fault("upstream_garbage", "The provider's answer holds no message.");
  const answer = newAnswer();
  const out: ChatEvent[] = [];
  startAnswer(answer, id, out);
  for (const [index, content] of list(message["content"]).entries()) {
    addContent(answer, index, content, out);
    endBlock(answer, `content ${index}`, out);
  }
  addPlan(answer, message["tool_plan"], out);
  for (const [index, call] of list(message["tool_calls"]).entries()) {
    openCall(answer, index, call, out);
    endBlock(answer, `call ${index}`, out);
  }
  for (const citation of list(message["citations"])) addCitation(answer, citation, out);
  finishAnswer(answer, body, out);
  if (!answer.finished) throw new Fault("upstream_garbage", "The provider's answer has no finish reason.");
  return out;
}
