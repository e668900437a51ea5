import type { Usage } from "../../core/chat.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { PROTOCOL } from "./wire.ts";

function count(holder: Json | undefined, field: string): number | undefined {
  const value = isObject(holder) ? holder[field] : undefined;
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** The tokens that are billed, which leave out what Cohere itself puts before a prompt; all of them ride along. Undefined when none are told. */
export function decodeUsage(usage: Json | undefined): Usage | undefined {
  if (!isObject(usage)) return undefined;
  const { billed_units: billed, tokens } = usage;
  const inputTokens = count(billed, "input_tokens") ?? count(tokens, "input_tokens");
  const outputTokens = count(billed, "output_tokens") ?? count(tokens, "output_tokens");
  if (inputTokens === undefined && outputTokens === undefined) return undefined;
  const cached = count(usage, "cached_tokens");
  const fields: JsonObject = isObject(billed) && isObject(tokens) ? { tokens } : {};
  return {
    inputTokens: inputTokens ?? 0,
    outputTokens: outputTokens ?? 0,
    ...(cached === undefined ? {} : { cachedInputTokens: Math.min(cached, inputTokens ?? 0) }),
    ...(Object.keys(fields).length === 0 ? {} : { rest: { protocol: PROTOCOL, fields } }),
  };
}
