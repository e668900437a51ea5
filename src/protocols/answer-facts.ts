import type { FinishReason, Usage } from "../core/chat.ts";
import { faultOf } from "../core/error-event.ts";
import type { Fault } from "../core/fault.ts";
import { isObject, type Json, type JsonObject } from "../core/json.ts";
import type { ProtocolName } from "../core/protocol.ts";
import type { SseEvent } from "../core/sse.ts";
import { decodeStopReason } from "./anthropic-messages/finish-reason.ts";
import { decodeUsage as decodeClaudeUsage, mergeUsage as mergeClaudeUsage } from "./anthropic-messages/usage.ts";
import { codecFor } from "./index.ts";
import { decodeFinish } from "./openai-chat/finish-reason.ts";
import { decodeUsage } from "./openai-chat/usage.ts";

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
    if (isObject(usage)) facts.usage = decodeUsage(usage);
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

/** Where each protocol's stream says what. Only telling events come here. */
const EVENT_READERS: Partial<Readonly<Record<ProtocolName, (body: JsonObject, stream: StreamFacts) => void>>> = {
  "openai-chat"({ model, usage, choices }, stream) {
    if (typeof model === "string" && model !== "") stream.facts.model ??= model;
    if (isObject(usage)) stream.facts.usage = decodeUsage(usage);
    for (const choice of Array.isArray(choices) ? choices : []) {
      if (!isObject(choice) || typeof choice.finish_reason !== "string") continue;
      if (["", "null"].includes(choice.finish_reason)) continue;
      stream.finish(decodeFinish(choice.finish_reason, { called: false, sequence: undefined }), choice.index);
    }
  },
  "anthropic-messages"({ message, delta, usage }, stream) {
    const start = isObject(message) ? message : {};
    if (typeof start.model === "string") stream.facts.model ??= start.model;
    for (const part of [start.usage, usage]) {
      if (!isObject(part)) continue;
      stream.claudeUsage ??= {};
      mergeClaudeUsage(stream.claudeUsage, part);
      stream.facts.usage = decodeClaudeUsage(stream.claudeUsage);
    }
    if (!isObject(delta) || typeof delta.stop_reason !== "string") return;
    stream.finish(decodeStopReason(delta.stop_reason, delta.stop_sequence), 0);
  },
};

/** The facts of a stream, gathered from its telling events. */
export class StreamFacts {
  readonly facts: AnswerFacts = {};
  readonly #protocol: ProtocolName;
  #finished: Json[] | undefined;
  /** Claude tells usage in two places, to be put together. */
  claudeUsage: JsonObject | undefined;

  constructor(protocol: ProtocolName) {
    this.#protocol = protocol;
  }

  /** How many of the answers asked for have finished. */
  get finishes(): number {
    return this.#finished?.length ?? 0;
  }

  /** `body` is the event's data as an object, undefined when it is none. */
  read(event: SseEvent, body: JsonObject | undefined): void {
    if (body !== undefined) EVENT_READERS[this.#protocol]?.(body, this);
    if (body !== undefined && !("error" in body) && event.event !== "error") return;
    const fault = this.#faultIn(event);
    if (fault !== undefined) this.facts.fault ??= fault;
  }

  finish(reason: FinishReason, index: Json | undefined = 0): void {
    this.facts.finish ??= reason;
    this.#finished ??= [];
    if (!this.#finished.includes(index)) this.#finished.push(index);
  }

  /** The fault in an event, read as the codec reads it. */
  #faultIn(event: SseEvent): Fault | undefined {
    for (const decoded of codecFor(this.#protocol).stream.decoder().step(event)) {
      if (decoded.type === "error") return faultOf(decoded);
    }
    return undefined;
  }
}
