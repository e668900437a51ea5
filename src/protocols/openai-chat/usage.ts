import type { Usage } from "../../core/chat.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Losses } from "../losses.ts";
import { restOf, writeRest } from "../rest.ts";
import { PROTOCOL, type WireUsage } from "./wire.ts";

const KNOWN = new Set([
  "prompt_tokens",
  "completion_tokens",
  "total_tokens",
  "prompt_tokens_details",
  "completion_tokens_details",
  "prompt_cache_hit_tokens",
  "prompt_cache_miss_tokens",
  "cached_tokens",
]);

const NESTED = {
  prompt_tokens_details: new Set(["cached_tokens", "cache_write_tokens"]),
  completion_tokens_details: new Set(["reasoning_tokens"]),
};

/** Usage as the canonical form counts it, which is as OpenAI does. */
export function decodeUsage(wire: WireUsage): Usage {
  const input = count(wire.prompt_tokens) ?? 0;
  const output = count(wire.completion_tokens) ?? 0;
  const reasoning = count(wire.completion_tokens_details?.reasoning_tokens);
  const cached =
    count(wire.prompt_tokens_details?.cached_tokens) ??
    count(wire.prompt_cache_hit_tokens) ??
    count(wire.cached_tokens);
  const written = count(wire.prompt_tokens_details?.cache_write_tokens);
  const rest = restOf(PROTOCOL, wire as JsonObject, KNOWN, NESTED);
  return {
    inputTokens: input,
    outputTokens: output + reasoningBeside(wire, input, output, reasoning),
    ...(cached === undefined ? {} : { cachedInputTokens: cached }),
    ...(written === undefined ? {} : { cacheWriteTokens: written }),
    ...(reasoning === undefined ? {} : { reasoningTokens: reasoning }),
    ...(rest === undefined ? {} : { rest }),
  };
}

/** xAI counts reasoning beside `completion_tokens`; its total tells. */
function reasoningBeside(wire: WireUsage, input: number, output: number, reasoning: number | undefined): number {
  if (reasoning === undefined || reasoning === 0) return 0;
  return count(wire.total_tokens) === input + output + reasoning ? reasoning : 0;
}

function count(value: number | null | undefined): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** OpenAI's `usage` object. */
export function encodeUsage(usage: Usage, losses: Losses): JsonObject {
  const { inputTokens, outputTokens, cachedInputTokens, cacheWriteTokens, reasoningTokens } = usage;
  const wire: JsonObject = {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
  };
  if (cachedInputTokens !== undefined || cacheWriteTokens !== undefined) {
    wire.prompt_tokens_details = {
      ...(cachedInputTokens === undefined ? {} : { cached_tokens: cachedInputTokens }),
      ...(cacheWriteTokens === undefined ? {} : { cache_write_tokens: cacheWriteTokens }),
    };
  }
  if (reasoningTokens !== undefined) wire.completion_tokens_details = { reasoning_tokens: reasoningTokens };
  if ((usage.cacheWrite1hTokens ?? 0) > 0) losses.dropped("usage.cache_write_1h_tokens");
  writeRest(wire, usage.rest, "usage", losses);
  return wire;
}
