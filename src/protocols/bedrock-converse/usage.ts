import type { Usage } from "../../core/chat.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { PROTOCOL } from "./wire.ts";

function count(value: Json | undefined): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** Canonical usage: Bedrock counts what was read from the cache and written to it beside `inputTokens`. `trace` rides along. */
export function decodeUsage(wire: JsonObject, trace: Json | undefined): Usage {
  const read = count(wire["cacheReadInputTokens"]);
  const written = count(wire["cacheWriteInputTokens"]);
  const oneHour = writtenFor("1h", wire["cacheDetails"]);
  return {
    inputTokens: (count(wire["inputTokens"]) ?? 0) + (read ?? 0) + (written ?? 0),
    outputTokens: count(wire["outputTokens"]) ?? 0,
    ...(read === undefined ? {} : { cachedInputTokens: read }),
    ...(written === undefined ? {} : { cacheWriteTokens: written }),
    ...(oneHour === undefined ? {} : { cacheWrite1hTokens: oneHour }),
    ...(isObject(trace) ? { rest: { protocol: PROTOCOL, fields: { trace } } } : {}),
  };
}

/** The tokens written to the cache with this time to live. */
function writtenFor(ttl: string, details: Json | undefined): number | undefined {
  if (!Array.isArray(details)) return undefined;
  return count(details.filter(isObject).find((detail) => detail["ttl"] === ttl)?.["inputTokens"]);
}
