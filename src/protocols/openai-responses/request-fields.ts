/** The plain fields of a request, in both directions. */
import type { ChatRequest } from "../../core/chat.ts";
import type { JsonObject } from "../../core/json.ts";
import { optional, type KindValues } from "../fields.ts";

type Draft = { -readonly [K in keyof ChatRequest]?: ChatRequest[K] };

interface Plain {
  readonly wire: string;
  readonly canonical: keyof ChatRequest;
  readonly kind: keyof KindValues;
}

const PLAIN: readonly Plain[] = [
  { wire: "temperature", canonical: "temperature", kind: "number" },
  { wire: "top_p", canonical: "topP", kind: "number" },
  { wire: "top_logprobs", canonical: "topLogprobs", kind: "integer" },
  { wire: "max_output_tokens", canonical: "maxOutputTokens", kind: "integer" },
  { wire: "user", canonical: "user", kind: "string" },
  { wire: "store", canonical: "store", kind: "boolean" },
  { wire: "service_tier", canonical: "serviceTier", kind: "string" },
];

/** Fields that are only read, or written by rules of their own; of two for one thing, the later wins. */
const READ_ONLY: readonly Plain[] = [
  { wire: "safety_identifier", canonical: "user", kind: "string" },
  { wire: "parallel_tool_calls", canonical: "parallelToolCalls", kind: "boolean" },
];

const READ: readonly Plain[] = [...PLAIN, ...READ_ONLY];

/** The wire names this file reads. */
export const PLAIN_FIELDS: readonly string[] = READ.map(({ wire }) => wire);

/** Reads every plain field into `draft`. */
export function readPlain(body: JsonObject, draft: Draft): void {
  for (const { wire, canonical, kind } of READ) {
    const value = optional(body[wire], kind, wire);
    if (value !== undefined) (draft as Record<string, unknown>)[canonical] = value;
  }
}

/** Writes the plain fields. */
export function writePlain(request: ChatRequest, wire: JsonObject): void {
  for (const { wire: name, canonical } of PLAIN) {
    const value = request[canonical];
    if (value !== undefined) wire[name] = value as JsonObject[string];
  }
}
