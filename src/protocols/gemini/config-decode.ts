import type { ChatRequest, ReasoningOptions } from "../../core/chat.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { optional, required } from "../fields.ts";
import { fromOpenApi } from "../json-schema/open-api.ts";
import { isEffort } from "../reasoning-effort.ts";
import { restOf } from "../rest.ts";
import { camel, PROTOCOL } from "./wire.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Draft = Mutable<ChatRequest>;

/** Fields of one value: theirs, ours, and what it must be. */
export const SCALARS = [
  ["temperature", "temperature", "number"],
  ["topP", "topP", "number"],
  ["topK", "topK", "number"],
  ["candidateCount", "candidates", "integer"],
  ["maxOutputTokens", "maxOutputTokens", "integer"],
  ["seed", "seed", "integer"],
  ["presencePenalty", "presencePenalty", "number"],
  ["frequencyPenalty", "frequencyPenalty", "number"],
  ["responseLogprobs", "logprobs", "boolean"],
  ["logprobs", "topLogprobs", "integer"],
] as const;

/** Google's service tiers and OpenAI's words for them. */
export const TIERS = [
  ["standard", "default"],
  ["flex", "flex"],
  ["priority", "priority"],
] as const;

/** Reads `serviceTier`; a word without a counterpart goes to `fields`. */
export function decodeTier(request: Draft, body: JsonObject, fields: JsonObject): void {
  const word = optional(body.serviceTier, "string", "serviceTier");
  const tier = TIERS.find(([wire]) => wire === word?.toLowerCase())?.[1];
  if (tier !== undefined) request.serviceTier = tier;
  else if (word !== undefined) fields.serviceTier = word;
}

const LISTS: ReadonlySet<string> = new Set(["stopSequences", "responseModalities", "thinkingConfig"]);
const FORMAT = ["responseMimeType", "responseSchema", "responseJsonSchema"] as const;
const THINKING: ReadonlySet<string> = new Set(["includeThoughts", "thinkingBudget", "thinkingLevel"]);

const THINKING_BUT_LEVEL: ReadonlySet<string> = new Set([...THINKING].filter((key) => key !== "thinkingLevel"));

/** Reads `generationConfig`; what has no place goes to `fields`. */
export function decodeConfig(request: Draft, config: JsonObject, fields: JsonObject): void {
  const known = new Set<string>([...LISTS, ...SCALARS.map(([wire]) => wire)]);
  for (const [wire, name, kind] of SCALARS) {
    const value = optional(config[wire], kind, `generationConfig.${wire}`);
    if (value !== undefined) Object.assign(request, { [name]: value });
  }
  const stop = strings(config, "stopSequences");
  if (stop !== undefined) request.stop = stop;
  const modalities = strings(config, "responseModalities");
  if (modalities !== undefined) request.modalities = modalities.map((word) => word.toLowerCase());
  if (decodeFormat(request, config)) for (const key of FORMAT) known.add(key);
  const rest = restOf(PROTOCOL, config, known)?.fields ?? {};
  const thinking = optional(config.thinkingConfig, "object", "generationConfig.thinkingConfig");
  if (thinking !== undefined) decodeThinking(request, camel(thinking), rest);
  if (Object.keys(rest).length > 0) fields.generationConfig = rest;
}

function strings(config: JsonObject, key: string): string[] | undefined {
  const path = `generationConfig.${key}`;
  return optional(config[key], "list", path)?.map((one, index) => required(one, "string", `${path}[${index}]`));
}

/** Whether the format could be read. Gemini holds its answers to a schema, which OpenAI calls strict. A format of Gemini's own (`text/x.enum`) is not read. */
function decodeFormat(request: Draft, config: JsonObject): boolean {
  const type = optional(config.responseMimeType, "string", "generationConfig.responseMimeType");
  const exact = config.responseJsonSchema;
  const schema = isObject(exact) ? exact : openApi(config);
  if (type === "text/plain") request.responseFormat = { type: "text" };
  else if (type === "application/json") {
    request.responseFormat = schema === undefined ? { type: "json" } : { type: "json-schema", schema, strict: true };
  }
  return type === "text/plain" || type === "application/json";
}

function openApi(config: JsonObject): JsonObject | undefined {
  const schema = optional(config.responseSchema, "object", "generationConfig.responseSchema");
  return schema === undefined ? undefined : fromOpenApi(schema);
}

/** Thoughts are shown only when asked for. */
function decodeThinking(request: Draft, thinking: JsonObject, fields: JsonObject): void {
  const path = "generationConfig.thinkingConfig";
  const shown = optional(thinking.includeThoughts, "boolean", `${path}.includeThoughts`) === true;
  const reasoning: Mutable<ReasoningOptions> = { display: shown ? "summarized" : "omitted" };
  const budget = optional(thinking.thinkingBudget, "integer", `${path}.thinkingBudget`);
  if (budget === 0) reasoning.mode = "disabled";
  else if (budget === -1) reasoning.mode = "adaptive";
  else if (budget !== undefined) Object.assign(reasoning, { mode: "enabled", budgetTokens: budget });
  const level = optional(thinking.thinkingLevel, "string", `${path}.thinkingLevel`)?.toLowerCase();
  const known = level === undefined || isEffort(level);
  if (level !== undefined && isEffort(level)) reasoning.effort = level;
  request.reasoning = reasoning;
  const rest = restOf(PROTOCOL, thinking, known ? THINKING : THINKING_BUT_LEVEL);
  if (rest !== undefined) fields.thinkingConfig = rest.fields;
}
