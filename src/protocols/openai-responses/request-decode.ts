import type { ChatRequest, ResponseFormat, Rest } from "../../core/chat.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { optional, required } from "../fields.ts";
import { isEffort } from "../reasoning-effort.ts";
import { restOf } from "../rest.ts";
import { decodeInclude } from "./include.ts";
import { decodeInput } from "./input-decode.ts";
import { decodeReasoningOptions } from "./reasoning.ts";
import { PLAIN_FIELDS, readPlain } from "./request-fields.ts";
import { decodeToolChoice, decodeTools } from "./tools.ts";
import { PROTOCOL } from "./wire.ts";

type Draft = { -readonly [K in keyof ChatRequest]: ChatRequest[K] };

const STRUCTURED =
  "model input instructions stream tools tool_choice include metadata text reasoning stream_options".split(" ");
const KNOWN: ReadonlySet<string> = new Set([...PLAIN_FIELDS, ...STRUCTURED]);
const NESTED = {
  text: new Set(["format", "verbosity"]),
  reasoning: new Set(["effort", "summary", "generate_summary"]),
  stream_options: new Set<string>(),
};

/** Reads a request of the Responses API. */
export function decodeRequest(body: JsonObject): ChatRequest {
  const draft: Draft = {
    model: required(body.model, "string", "model"),
    messages: decodeInput(body),
    stream: optional(body.stream, "boolean", "stream") ?? false,
  };
  readPlain(body, draft);
  const text = optional(body.text, "object", "text");
  const included = decodeInclude(body);
  if (included.logprobs) draft.logprobs = true;
  set(draft, "tools", decodeTools(body));
  set(draft, "toolChoice", decodeToolChoice(body));
  set(draft, "metadata", decodeMetadata(body.metadata));
  set(draft, "verbosity", optional(text?.verbosity, "string", "text.verbosity"));
  set(draft, "responseFormat", decodeFormat(text?.format));
  set(draft, "reasoning", decodeReasoningOptions(body));
  set(draft, "rest", restOfRequest(body, included.rest));
  return draft;
}

function set<K extends keyof Draft>(draft: Draft, key: K, value: Draft[K] | undefined): void {
  if (value !== undefined) draft[key] = value;
}

function decodeMetadata(value: Json | undefined): Record<string, string> | undefined {
  const record = optional(value, "object", "metadata");
  if (record === undefined) return undefined;
  for (const key of Object.keys(record)) required(record[key], "string", `metadata.${key}`);
  return record as Record<string, string>;
}

const FORMATS: ReadonlySet<Json | undefined> = new Set(["text", "json_object", "json_schema"]);

function decodeFormat(value: Json | undefined): ResponseFormat | undefined {
  const format = optional(value, "object", "text.format");
  if (format === undefined) return undefined;
  const type = required(format.type, "string", "text.format.type");
  if (type === "text") return { type: "text" };
  if (type === "json_object") return { type: "json" };
  if (type !== "json_schema") return undefined;
  const name = optional(format.name, "string", "text.format.name");
  const description = optional(format.description, "string", "text.format.description");
  const strict = optional(format.strict, "boolean", "text.format.strict");
  return {
    type: "json-schema",
    schema: required(format.schema, "object", "text.format.schema"),
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    ...(strict === undefined ? {} : { strict }),
  };
}

/** Fields that say what holds without them. */
const DEFAULTS: Readonly<Record<string, Json>> = { background: false, truncation: "disabled" };

/**
 * Fields that only this protocol has, unless they say their default. A request without any is marked with a null `store`, which is
 * nobody's loss: unsaid it means here that the answer is stored, in all other protocols that it is not.
 */
function restOfRequest(body: JsonObject, include: Json | undefined): Rest | undefined {
  const fields: JsonObject = { ...restOf(PROTOCOL, body, KNOWN, NESTED)?.fields };
  for (const key of Object.keys(fields)) {
    if (fields[key] === null || fields[key] === DEFAULTS[key]) delete fields[key];
  }
  if (include !== undefined) fields.include = include;
  keepForeignWords(body, fields);
  if (Object.keys(fields).length === 0) {
    if (typeof body.store === "boolean") return undefined;
    fields.store = null;
  }
  return { protocol: PROTOCOL, fields };
}

/** A vendor's own effort or format, for which there is no canonical word. */
function keepForeignWords({ reasoning, text }: JsonObject, fields: JsonObject): void {
  const effort = isObject(reasoning) ? reasoning.effort : undefined;
  if (typeof effort === "string" && !isEffort(effort)) {
    fields.reasoning = { ...(isObject(fields.reasoning) ? fields.reasoning : {}), effort };
  }
  const format = isObject(text) ? text.format : undefined;
  if (isObject(format) && !FORMATS.has(format.type)) {
    fields.text = { ...(isObject(fields.text) ? fields.text : {}), format };
  }
}
