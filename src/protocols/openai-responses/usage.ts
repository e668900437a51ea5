import type { Usage } from "../../core/chat.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import type { Losses } from "../losses.ts";
import { restOf, writeRest } from "../rest.ts";
import { PROTOCOL } from "./wire.ts";

const KNOWN = new Set([
  "input_tokens",
  "output_tokens",
  "total_tokens",
  "input_tokens_details",
  "output_tokens_details",
]);

const NESTED = {
  input_tokens_details: new Set(["cached_tokens", "cache_write_tokens"]),
  output_tokens_details: new Set(["reasoning_tokens"]),
};

/** Usage as the canonical form counts it, which is as OpenAI does. */
export function decodeUsage(wire: JsonObject): Usage {
  const cached = detail(wire.input_tokens_details, "cached_tokens");
  const written = detail(wire.input_tokens_details, "cache_write_tokens");
  const reasoning = detail(wire.output_tokens_details, "reasoning_tokens");
  const rest = restOf(PROTOCOL, wire, KNOWN, NESTED);
  return {
    inputTokens: count(wire.input_tokens) ?? 0,
    outputTokens: count(wire.output_tokens) ?? 0,
    ...(cached === undefined ? {} : { cachedInputTokens: cached }),
    ...(written === undefined ? {} : { cacheWriteTokens: written }),
    ...(reasoning === undefined ? {} : { reasoningTokens: reasoning }),
    ...(rest === undefined ? {} : { rest }),
  };
}

function detail(details: Json | undefined, field: string): number | undefined {
  return isObject(details) ? count(details[field]) : undefined;
}

function count(value: Json | undefined): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** The `usage` object of an answer. */
export function encodeUsage(usage: Usage, losses: Losses): JsonObject {
  const { inputTokens, outputTokens, cachedInputTokens = 0, cacheWriteTokens = 0, reasoningTokens = 0 } = usage;
  const wire: JsonObject = {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: cachedInputTokens, cache_write_tokens: cacheWriteTokens },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens },
    total_tokens: inputTokens + outputTokens,
  };
  if ((usage.cacheWrite1hTokens ?? 0) > 0) losses.dropped("usage.cache_write_1h_tokens");
  writeRest(wire, usage.rest, "usage", losses);
  return wire;
}
