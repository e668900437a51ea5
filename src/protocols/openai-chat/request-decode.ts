import type { ChatRequest, ResponseFormat, Rest } from "../../core/chat.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { invalid, optional, required } from "../fields.ts";
import { isEffort } from "../reasoning-effort.ts";
import { restOf } from "../rest.ts";
import { decodeMessages } from "./messages-decode.ts";
import { decodeReasoningOptions } from "./reasoning-request.ts";
import { PLAIN_FIELDS, readPlain } from "./request-fields.ts";
import { decodeToolChoice, decodeTools } from "./tools.ts";
import { PROTOCOL, type WireRequest } from "./wire.ts";

type Draft = { -readonly [K in keyof ChatRequest]: ChatRequest[K] };

const STRUCTURED: readonly (keyof WireRequest)[] = [
  "model",
  "messages",
  "stream",
  "stream_options",
  "tools",
  "functions",
  "tool_choice",
  "function_call",
  "stop",
  "logit_bias",
  "metadata",
  "response_format",
  "modalities",
  "reasoning_effort",
  "reasoning",
  "thinking",
];

const KNOWN: ReadonlySet<string> = new Set([...PLAIN_FIELDS, ...STRUCTURED]);

const NESTED = {
  stream_options: new Set(["include_usage"]),
  reasoning: new Set(["enabled", "effort", "max_tokens", "exclude"]),
  thinking: new Set(["type", "budget_tokens"]),
};

/** Reads a Chat Completions request. */
export function decodeRequest(body: JsonObject): ChatRequest {
  const draft: Draft = {
    model: required(body.model, "string", "model"),
    messages: decodeMessages(body.messages),
    stream: optional(body.stream, "boolean", "stream") ?? false,
  };
  readPlain(body, draft);
  const options = optional(body.stream_options, "object", "stream_options");
  const includeUsage = optional(options?.include_usage, "boolean", "stream_options.include_usage");
  set(draft, "includeUsage", includeUsage);
  set(draft, "tools", decodeTools(body));
  set(draft, "toolChoice", decodeToolChoice(body));
  set(draft, "stop", decodeStop(body.stop));
  set(draft, "modalities", decodeModalities(body.modalities));
  set(draft, "logitBias", recordOf(body.logit_bias, "number", "logit_bias"));
  set(draft, "metadata", recordOf(body.metadata, "string", "metadata"));
  set(draft, "responseFormat", decodeFormat(body.response_format));
  set(draft, "reasoning", decodeReasoningOptions(body));
  set(draft, "rest", restOfRequest(body));
  return draft;
}

function set<K extends keyof Draft>(draft: Draft, key: K, value: Draft[K] | undefined): void {
  if (value !== undefined) draft[key] = value;
}

function decodeStop(value: Json | undefined): string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return [value];
  if (!Array.isArray(value)) throw invalid("stop", "a string or a list of strings");
  return value.map((word, index) => required(word, "string", `stop[${index}]`));
}

function decodeModalities(value: Json | undefined): string[] | undefined {
  const list = optional(value, "list", "modalities");
  return list?.map((word, index) => required(word, "string", `modalities[${index}]`).toLowerCase());
}

function recordOf<K extends "string" | "number">(
  value: Json | undefined,
  kind: K,
  path: string,
): Record<string, K extends "string" ? string : number> | undefined {
  const record = optional(value, "object", path);
  if (record === undefined) return undefined;
  for (const key of Object.keys(record)) required(record[key], kind, `${path}.${key}`);
  return record as Record<string, K extends "string" ? string : number>;
}

function decodeFormat(value: Json | undefined): ResponseFormat | undefined {
  const format = optional(value, "object", "response_format");
  if (format === undefined) return undefined;
  const type = required(format.type, "string", "response_format.type");
  if (type === "text") return { type: "text" };
  if (type === "json_object") return { type: "json" };
  return type === "json_schema" ? decodeSchema(format) : undefined;
}

function decodeSchema(format: JsonObject): ResponseFormat {
  const path = "response_format.json_schema";
  const holder = required(format.json_schema, "object", path);
  const name = optional(holder.name, "string", `${path}.name`);
  const description = optional(holder.description, "string", `${path}.description`);
  const strict = optional(holder.strict, "boolean", `${path}.strict`);
  return {
    type: "json-schema",
    schema: optional(holder.schema, "object", `${path}.schema`) ?? {},
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    ...(strict === undefined ? {} : { strict }),
  };
}

const FORMATS: ReadonlySet<Json | undefined> = new Set(["text", "json_object", "json_schema"]);

/** Unknown fields, and known ones with a vendor's own value (`response_format` of type `grammar`). */
function restOfRequest(body: JsonObject): Rest | undefined {
  const fields = restOf(PROTOCOL, body, KNOWN, NESTED)?.fields ?? {};
  const { reasoning_effort: effort, response_format: format } = body;
  if (typeof effort === "string" && !isEffort(effort)) fields.reasoning_effort = effort;
  if (format !== undefined && format !== null && !FORMATS.has((format as JsonObject).type)) {
    fields.response_format = format;
  }
  return Object.keys(fields).length === 0 ? undefined : { protocol: PROTOCOL, fields };
}
