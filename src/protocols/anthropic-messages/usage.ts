import type { Usage } from "../../core/chat.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import type { Losses } from "../losses.ts";
import { writeRest } from "../rest.ts";
import { PROTOCOL, type WireDeltaUsage, type WireUsage } from "./wire.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Usage fields the canonical form has a place for; the rest (`server_tool_use`, `service_tier`, …) rides along. */
const KNOWN: ReadonlySet<string> = new Set<keyof WireUsage>([
  "input_tokens",
  "output_tokens",
  "cache_creation_input_tokens",
  "cache_read_input_tokens",
]);

function count(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** Canonical usage: what was read from the cache and written to it is part of `inputTokens`, which Claude counts beside. */
export function decodeUsage(wire: JsonObject): Usage {
  const read = count(wire.cache_read_input_tokens);
  const written = count(wire.cache_creation_input_tokens);
  const usage: Mutable<Usage> = {
    inputTokens: (count(wire.input_tokens) ?? 0) + (read ?? 0) + (written ?? 0),
    outputTokens: count(wire.output_tokens) ?? 0,
  };
  if (read !== undefined) usage.cachedInputTokens = read;
  if (written !== undefined) usage.cacheWriteTokens = written;
  const oneHour = field(wire.cache_creation, "ephemeral_1h_input_tokens");
  if (oneHour !== undefined) usage.cacheWrite1hTokens = oneHour;
  const thinking = field(wire.output_tokens_details, "thinking_tokens");
  if (thinking !== undefined) usage.reasoningTokens = thinking;
  const fields = others(wire, oneHour !== undefined, thinking !== undefined);
  if (fields !== undefined) usage.rest = { protocol: PROTOCOL, fields };
  return usage;
}

function field(value: unknown, name: string): number | undefined {
  return isObject(value) ? count(value[name]) : undefined;
}

function others(wire: JsonObject, cacheRead: boolean, thinkingRead: boolean): JsonObject | undefined {
  let fields: JsonObject | undefined;
  for (const key of Object.keys(wire)) {
    const value = wire[key];
    if (value === null || value === undefined || KNOWN.has(key)) continue;
    if ((key === "cache_creation" && cacheRead) || (key === "output_tokens_details" && thinkingRead)) continue;
    (fields ??= {})[key] = value;
  }
  return fields;
}

/**
 * Adds a later usage to an earlier one. Both are running totals of the whole answer and never shrink, so the greater number counts: some
 * servers send zeros in one of the two places.
 */
export function mergeUsage(total: JsonObject, later: JsonObject): void {
  for (const key of Object.keys(later)) {
    const value = later[key];
    if (value === null || value === undefined) continue;
    const before = total[key];
    if (typeof before === "number" && typeof value === "number" && before > value) continue;
    total[key] = value;
  }
}

/** Claude's arithmetic of `usage`, every field the SDK's type demands present. Undefined usage counts as nothing known: zeros. */
export function encodeUsage(usage: Usage | undefined, losses: Losses): JsonObject {
  const oneHour = usage?.cacheWrite1hTokens;
  const written = usage?.cacheWriteTokens ?? 0;
  const wire = {
    ...counts(usage),
    input_tokens: freshInput(usage),
    cache_creation:
      oneHour === undefined
        ? null
        : { ephemeral_5m_input_tokens: Math.max(0, written - oneHour), ephemeral_1h_input_tokens: oneHour },
    inference_geo: null,
    service_tier: null,
    speed: null,
  } satisfies WireUsage;
  return withRest({ ...wire }, usage, losses);
}

/** The `usage` of a `message_delta` event. */
export function encodeDeltaUsage(usage: Usage | undefined, losses: Losses): JsonObject {
  return withRest({ ...counts(usage) }, usage, losses);
}

function counts(usage: Usage | undefined): WireDeltaUsage {
  return {
    input_tokens: freshInput(usage),
    cache_creation_input_tokens: usage?.cacheWriteTokens ?? 0,
    cache_read_input_tokens: usage?.cachedInputTokens ?? 0,
    output_tokens: usage?.outputTokens ?? 0,
    output_tokens_details: usage?.reasoningTokens === undefined ? null : { thinking_tokens: usage.reasoningTokens },
    server_tool_use: null,
  };
}

function withRest(wire: object, usage: Usage | undefined, losses: Losses): JsonObject {
  const fields = wire as JsonObject;
  // A null of ours stands for "not known": what is known replaces it.
  if (usage?.rest?.protocol === PROTOCOL) Object.assign(fields, usage.rest.fields);
  else writeRest(fields, usage?.rest, "usage", losses);
  return fields;
}

function freshInput(usage: Usage | undefined): number {
  if (usage === undefined) return 0;
  return Math.max(0, usage.inputTokens - (usage.cachedInputTokens ?? 0) - (usage.cacheWriteTokens ?? 0));
}
