import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import type { Dialect, ProtocolName } from "../../core/protocol.ts";
import type { UpstreamCall } from "../../core/provider.ts";

/** A field a user puts into every request. */
export interface CustomSetting {
  /** `auto`: one of {@link AUTO_SETTINGS}; `raw`: the field itself, its path written with dots. */
  readonly name: string;
  readonly value: Json;
  readonly mode: "auto" | "raw";
  /** False: what the client sent wins. */
  readonly overwrite: boolean;
}

/** The names that are translated to each protocol's own. */
const AUTO_SETTINGS = ["max_tokens", "temperature", "top_p", "top_k", "seed"] as const;

type AutoSetting = (typeof AUTO_SETTINGS)[number];
type Names = Readonly<Partial<Record<AutoSetting, string>>>;

/** A protocol's own names, by the vendors' API references. What is not there the protocol cannot say. */
const NAMES: Readonly<Record<Exclude<ProtocolName, "openai-chat">, Names>> = {
  "openai-responses": { max_tokens: "max_output_tokens", temperature: "temperature", top_p: "top_p" },
  "anthropic-messages": {
    max_tokens: "max_tokens",
    temperature: "temperature",
    top_p: "top_p",
    top_k: "top_k",
  },
  gemini: {
    max_tokens: "generationConfig.maxOutputTokens",
    temperature: "generationConfig.temperature",
    top_p: "generationConfig.topP",
    top_k: "generationConfig.topK",
    seed: "generationConfig.seed",
  },
  "bedrock-converse": {
    max_tokens: "inferenceConfig.maxTokens",
    temperature: "inferenceConfig.temperature",
    top_p: "inferenceConfig.topP",
  },
  "cohere-chat": { max_tokens: "max_tokens", temperature: "temperature", top_p: "p", top_k: "k", seed: "seed" },
  dashscope: {
    max_tokens: "parameters.max_tokens",
    temperature: "parameters.temperature",
    top_p: "parameters.top_p",
    top_k: "parameters.top_k",
    seed: "parameters.seed",
  },
};

/** OpenAI's older API for texts. */
const COMPLETIONS: Names = { max_tokens: "max_tokens", temperature: "temperature", top_p: "top_p", seed: "seed" };

/** Other spellings of a field that a request may hold in its place: two of them at once are an error to the vendors. */
const SPELLINGS: Readonly<Record<string, readonly string[]>> = {
  max_tokens: ["max_completion_tokens"],
  max_completion_tokens: ["max_tokens"],
  "generationConfig.maxOutputTokens": ["generationConfig.max_output_tokens"],
  "generationConfig.topP": ["generationConfig.top_p"],
  "generationConfig.topK": ["generationConfig.top_k"],
};

/** The body with the settings in it. `dialect` is the provider's, of the call's protocol. */
export function withCustomSettings(
  body: JsonObject,
  settings: readonly CustomSetting[],
  call: UpstreamCall,
  dialect: Dialect,
): JsonObject {
  const protocol = spokenIn(call);
  if (protocol === undefined && call.api !== "completions") return body;
  const names = protocol === undefined ? COMPLETIONS : namesOf(protocol, dialect);
  const changed = structuredClone(body);
  if (protocol === "gemini") spellOut(changed);
  for (const { name, value, mode, overwrite } of settings) {
    const path = mode === "raw" ? name : autoName(names, name);
    if (path === undefined) continue;
    const spellings = mode === "raw" ? [] : (SPELLINGS[path] ?? []);
    if (!overwrite && [path, ...spellings].some((one) => read(changed, one.split(".")) !== undefined)) continue;
    for (const one of spellings) remove(changed, one.split("."));
    write(changed, path.split("."), value);
  }
  return changed;
}

/** The protocol of a chat, that of vendors' own clients too; undefined for what is none. */
function spokenIn({ api, protocol, action = "" }: UpstreamCall): ProtocolName | undefined {
  if (api === "chat") return protocol;
  if (api === "cohere-chat") return api;
  return api === "bedrock-runtime" && action.startsWith("converse") ? "bedrock-converse" : undefined;
}

function autoName(names: Names, name: string): string | undefined {
  const known = AUTO_SETTINGS.find((one) => one === name);
  return known && names[known];
}

function namesOf(protocol: ProtocolName, { maxTokensField, topK }: Dialect): Names {
  if (protocol !== "openai-chat") return NAMES[protocol];
  return {
    max_tokens: maxTokensField ?? "max_completion_tokens",
    temperature: "temperature",
    top_p: "top_p",
    seed: "seed",
    ...(topK === true ? { top_k: "top_k" } : {}),
  };
}

/** Google takes names in either spelling. */
function spellOut(body: JsonObject): void {
  const config = body["generation_config"];
  if (config === undefined || body["generationConfig"] !== undefined) return;
  body["generationConfig"] = config;
  delete body["generation_config"];
}

/** Names that reach beyond a plain object. */
const FORBIDDEN: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

function read(body: JsonObject, path: readonly string[]): Json | undefined {
  let at: Json | undefined = body;
  for (const name of path) at = isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined;
  return at;
}

function remove(body: JsonObject, path: readonly string[]): void {
  const parent = read(body, path.slice(0, -1));
  if (isObject(parent)) delete parent[path.at(-1) ?? ""];
}

function write(body: JsonObject, path: readonly string[], value: Json): void {
  if (path.some((name) => FORBIDDEN.has(name))) return;
  let at = body;
  for (const name of path.slice(0, -1)) {
    const inner = at[name];
    at = isObject(inner) ? inner : (at[name] = {});
  }
  at[path.at(-1) ?? ""] = value;
}
