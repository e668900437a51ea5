import type { Usage } from "../../core/chat.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { Losses } from "../losses.ts";
import { restOf, writeRest } from "../rest.ts";
import { PROTOCOL } from "./wire.ts";

const KNOWN: ReadonlySet<string> = new Set([
  "promptTokenCount",
  "candidatesTokenCount",
  "cachedContentTokenCount",
  "thoughtsTokenCount",
  "totalTokenCount",
]);

function count(value: Json | undefined): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** Canonical usage. Gemini counts thoughts beside the candidates, and what its own tools made the model read beside the prompt. */
export function decodeUsage(wire: JsonObject): Usage {
  const thoughts = count(wire.thoughtsTokenCount);
  const cached = count(wire.cachedContentTokenCount);
  const rest = restOf(PROTOCOL, wire, KNOWN);
  return {
    inputTokens: (count(wire.promptTokenCount) ?? 0) + (count(wire.toolUsePromptTokenCount) ?? 0),
    outputTokens: (count(wire.candidatesTokenCount) ?? 0) + (thoughts ?? 0),
    ...(cached === undefined ? {} : { cachedInputTokens: cached }),
    ...(thoughts === undefined ? {} : { reasoningTokens: thoughts }),
    ...(rest === undefined ? {} : { rest }),
  };
}

/** Gemini's `usageMetadata`. */
export function encodeUsage(usage: Usage, losses: Losses): JsonObject {
  const { inputTokens, outputTokens, cachedInputTokens, reasoningTokens, rest } = usage;
  const own = rest?.protocol === PROTOCOL ? rest.fields : {};
  const wire: JsonObject = {
    promptTokenCount: Math.max(0, inputTokens - (count(own.toolUsePromptTokenCount) ?? 0)),
    candidatesTokenCount: Math.max(0, outputTokens - (reasoningTokens ?? 0)),
    totalTokenCount: inputTokens + outputTokens,
  };
  if (cachedInputTokens !== undefined) wire.cachedContentTokenCount = cachedInputTokens;
  if (reasoningTokens !== undefined) wire.thoughtsTokenCount = reasoningTokens;
  if ((usage.cacheWriteTokens ?? 0) > 0) losses.dropped("usage.cache_write_tokens");
  if ((usage.cacheWrite1hTokens ?? 0) > 0) losses.dropped("usage.cache_write_1h_tokens");
  writeRest(wire, rest, "usage", losses);
  return wire;
}
