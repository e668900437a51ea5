import type { ChatRequest } from "../../core/chat.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Losses } from "../losses.ts";
import { reportUnsayable } from "../unsayable.ts";
import { budgetOf } from "../reasoning-effort.ts";

/** The most stop sequences a request may have. */
const STOPS = 5;

/** Numbers with their field and the range Cohere takes; one outside is moved to its edge. */
const NUMBERS: readonly (readonly [
  key: keyof ChatRequest,
  field: string,
  wire: string,
  least: number,
  most: number,
])[] = [
  ["maxOutputTokens", "max_tokens", "max_tokens", 1, Number.MAX_SAFE_INTEGER],
  ["temperature", "temperature", "temperature", 0, Number.MAX_VALUE],
  ["topP", "top_p", "p", 0.01, 0.99],
  ["topK", "top_k", "k", 0, 500],
  ["seed", "seed", "seed", 0, Number.MAX_SAFE_INTEGER],
  ["frequencyPenalty", "frequency_penalty", "frequency_penalty", 0, 1],
  ["presencePenalty", "presence_penalty", "presence_penalty", 0, 1],
];

/** Writes the numbers and the stop sequences. */
export function encodeLimits(body: JsonObject, request: ChatRequest, losses: Losses): void {
  for (const [key, field, wire, least, most] of NUMBERS) {
    const value = request[key];
    if (typeof value !== "number") continue;
    const kept = Math.min(most, Math.max(least, value));
    if (kept !== value) losses.approximated(field, `moved to ${kept}, the nearest Cohere takes`);
    body[wire] = kept;
  }
  const { stop = [] } = request;
  if (stop.length > STOPS) losses.approximated("stop", `only the first ${STOPS} are sent`);
  if (stop.length > 0) body["stop_sequences"] = stop.slice(0, STOPS);
}

/** Writes the answer's format, which Cohere does not take together with tools or documents. */
export function encodeFormat(body: JsonObject, { responseFormat: format }: ChatRequest, losses: Losses): void {
  if (format === undefined || format.type === "text") return;
  if (body["tools"] !== undefined || body["documents"] !== undefined) {
    losses.dropped("response_format", "not together with tools or documents");
    return;
  }
  body["response_format"] = {
    type: "json_object",
    ...(format.type === "json-schema" ? { json_schema: format.schema } : {}),
  };
}

/** Models that do not reason and refuse to be asked to. */
const PLAIN = /^(?:command-(?:r|light|nightly|a-03|a-vision|a-translate)|c4ai-)|^command(?:$|-xlarge)/;

/** Writes how much the model shall think, as a budget. */
export function encodeThinking(body: JsonObject, { reasoning }: ChatRequest, model: string, losses: Losses): void {
  if (reasoning === undefined) return;
  const { mode, effort, budgetTokens, display } = reasoning;
  const off = mode === "disabled" || effort === "none";
  if (display !== undefined) losses.dropped("reasoning.display");
  if (PLAIN.test(model)) {
    if (!off && (mode ?? effort ?? budgetTokens) !== undefined)
      losses.dropped("reasoning", "the model does not reason");
    return;
  }
  if (off) {
    body["thinking"] = { type: "disabled" };
    return;
  }
  if (mode === "adaptive") losses.approximated("reasoning.mode", "told as enabled");
  if (effort !== undefined) losses.approximated("reasoning.effort", "told as a budget");
  const budget = budgetTokens ?? (effort === undefined ? undefined : budgetOf(effort));
  if (budget === undefined && mode === undefined) return;
  body["thinking"] = { type: "enabled", ...(budget === undefined ? {} : { token_budget: Math.max(1, budget) }) };
}

/** What Cohere has no word for. */
const MISSING = [
  "n",
  "logprobs",
  "top_logprobs",
  "user",
  "service_tier",
  "verbosity",
  "store",
  "modalities",
  "logit_bias",
] as const;

/** Reports the settings Cohere has no word for. */
export function reportMissing(request: ChatRequest, losses: Losses): void {
  reportUnsayable(request, MISSING, losses);
  for (const key of Object.keys(request.metadata ?? {})) losses.dropped(`metadata.${key}`);
}
