/** The plain fields of a request, in both directions. */
import type { ChatRequest } from "../../core/chat.ts";
import type { JsonObject } from "../../core/json.ts";
import { optional, type KindValues } from "../fields.ts";
import type { WireRequest } from "./wire.ts";

type Draft = { -readonly [K in keyof ChatRequest]?: ChatRequest[K] };

/** A field that means the same on both sides. */
interface Plain {
  readonly wire: keyof WireRequest;
  readonly canonical: keyof ChatRequest;
  readonly kind: keyof KindValues;
}

const PLAIN: readonly Plain[] = [
  { wire: "temperature", canonical: "temperature", kind: "number" },
  { wire: "top_p", canonical: "topP", kind: "number" },
  { wire: "seed", canonical: "seed", kind: "integer" },
  { wire: "presence_penalty", canonical: "presencePenalty", kind: "number" },
  { wire: "frequency_penalty", canonical: "frequencyPenalty", kind: "number" },
  { wire: "logprobs", canonical: "logprobs", kind: "boolean" },
  { wire: "top_logprobs", canonical: "topLogprobs", kind: "integer" },
  { wire: "n", canonical: "candidates", kind: "integer" },
  { wire: "service_tier", canonical: "serviceTier", kind: "string" },
  { wire: "store", canonical: "store", kind: "boolean" },
  { wire: "verbosity", canonical: "verbosity", kind: "string" },
];

/** Fields that are read alike but written by the dialect's rules; of two for one thing, the later wins. */
const READ_ONLY: readonly Plain[] = [
  { wire: "top_k", canonical: "topK", kind: "integer" },
  { wire: "max_tokens", canonical: "maxOutputTokens", kind: "integer" },
  { wire: "max_completion_tokens", canonical: "maxOutputTokens", kind: "integer" },
  { wire: "parallel_tool_calls", canonical: "parallelToolCalls", kind: "boolean" },
  { wire: "user", canonical: "user", kind: "string" },
  { wire: "safety_identifier", canonical: "user", kind: "string" },
];

const READ: readonly Plain[] = [...PLAIN, ...READ_ONLY];

/** The wire names this file reads. */
export const PLAIN_FIELDS: readonly (keyof WireRequest)[] = READ.map((field) => field.wire);

/** Reads every plain field into `draft`. */
export function readPlain(body: JsonObject, draft: Draft): void {
  for (const { wire, canonical, kind } of READ) {
    const value = optional(body[wire], kind, wire);
    if (value !== undefined) (draft as Record<string, unknown>)[canonical] = value;
  }
}

/** Writes the plain fields that no dialect treats otherwise. */
export function writePlain(request: ChatRequest, wire: JsonObject): void {
  for (const { wire: name, canonical } of PLAIN) {
    const value = request[canonical];
    if (value !== undefined) wire[name] = value as JsonObject[string];
  }
}
