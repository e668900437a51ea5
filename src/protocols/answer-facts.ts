import type { FinishReason, Usage } from "../core/chat.ts";
import type { Fault } from "../core/fault.ts";
import { isObject, type JsonObject } from "../core/json.ts";
import type { ProtocolName } from "../core/protocol.ts";
import { decodeStopReason } from "./anthropic-messages/finish-reason.ts";
import { decodeUsage as decodeClaudeUsage } from "./anthropic-messages/usage.ts";
import { decodeFinish } from "./openai-chat/finish-reason.ts";
import { decodeUsage } from "./openai-chat/usage.ts";
import type { WireUsage } from "./openai-chat/wire.ts";

/** What can be read of an answer without converting it. */
export interface AnswerFacts {
  model?: string;
  usage?: Usage;
  finish?: FinishReason;
  /** The provider's own word that the answer failed. */
  fault?: Fault;
}

/** Where each protocol's whole answer says what. */
const READERS: Partial<Readonly<Record<ProtocolName, (body: JsonObject, facts: AnswerFacts) => void>>> = {
  "openai-chat"({ usage, choices }, facts) {
    if (isObject(usage)) facts.usage = decodeUsage(usage as WireUsage);
    const choice = Array.isArray(choices) ? choices[0] : undefined;
    if (!isObject(choice) || typeof choice.finish_reason !== "string") return;
    const calls = isObject(choice.message) ? choice.message.tool_calls : undefined;
    const called = Array.isArray(calls) && calls.length > 0;
    facts.finish = decodeFinish(choice.finish_reason, { called, sequence: undefined });
  },
  "anthropic-messages"({ usage, stop_reason: reason, stop_sequence: sequence }, facts) {
    if (isObject(usage)) facts.usage = decodeClaudeUsage(usage);
    if (typeof reason === "string") facts.finish = decodeStopReason(reason, sequence);
  },
};

/** The facts of a whole answer; what is not there or not what the protocol says is left out. */
export function readFacts(protocol: ProtocolName, body: JsonObject): AnswerFacts {
  const facts: AnswerFacts = {};
  if (typeof body.model === "string") facts.model = body.model;
  READERS[protocol]?.(body, facts);
  return facts;
}
