import type { ChatRequest, ReasoningEffort, ReasoningOptions } from "../../core/chat.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { optional, required } from "../fields.ts";
import { isEffort } from "../reasoning-effort.ts";
import { restOf } from "../rest.ts";
import { PROTOCOL } from "./wire.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Display = NonNullable<ReasoningOptions["display"]>;
type Mode = NonNullable<ReasoningOptions["mode"]>;

const MODES: ReadonlySet<string> = new Set<Mode>(["enabled", "disabled", "adaptive"]);
const DISPLAYS: ReadonlySet<string> = new Set<Display>(["omitted", "summarized"]);
const THINKING: ReadonlySet<string> = new Set(["type", "budget_tokens"]);

/** Reads `thinking` and `output_config.effort`; what the canonical form cannot say goes to `fields`. */
export function decodeReasoning(request: Mutable<ChatRequest>, body: JsonObject, fields: JsonObject): void {
  const reasoning: Mutable<ReasoningOptions> = {};
  const thinking = optional(body.thinking, "object", "thinking");
  if (thinking !== undefined) {
    const mode = required(thinking.type, "string", "thinking.type");
    if (MODES.has(mode)) decodeThinking(reasoning, thinking, mode as Mode, fields);
    else fields.thinking = thinking;
  }
  const effort = effortOf(optional(body.output_config, "object", "output_config"));
  if (effort !== undefined) reasoning.effort = effort;
  if (Object.keys(reasoning).length > 0) request.reasoning = reasoning;
}

function decodeThinking(
  reasoning: Mutable<ReasoningOptions>,
  thinking: JsonObject,
  mode: Mode,
  fields: JsonObject,
): void {
  reasoning.mode = mode;
  const budget = optional(thinking.budget_tokens, "integer", "thinking.budget_tokens");
  if (budget !== undefined) reasoning.budgetTokens = budget;
  const display = optional(thinking.display, "string", "thinking.display");
  const known = display !== undefined && DISPLAYS.has(display);
  if (known) reasoning.display = display as Display;
  const rest = restOf(PROTOCOL, thinking, known ? new Set([...THINKING, "display"]) : THINKING);
  if (rest !== undefined) fields.thinking = rest.fields;
}

function effortOf(config: JsonObject | undefined): ReasoningEffort | undefined {
  const effort = optional(config?.effort, "string", "output_config.effort");
  return effort !== undefined && isEffort(effort) ? effort : undefined;
}

/**
 * Reads `output_config.format` and the beta's older `output_format`; what is left of both goes to `fields`. Claude holds its answers to a
 * schema without exception, which OpenAI calls strict.
 */
export function decodeFormat(request: Mutable<ChatRequest>, body: JsonObject, fields: JsonObject): void {
  const config = optional(body.output_config, "object", "output_config");
  const older = optional(body.output_format, "object", "output_format");
  const wire = older ?? config?.format;
  const known = new Set<string>();
  if (isObject(wire) && wire.type === "json_schema") {
    const path = older === undefined ? "output_config.format.schema" : "output_format.schema";
    request.responseFormat = { type: "json-schema", schema: required(wire.schema, "object", path), strict: true };
    known.add("format");
  } else if (older !== undefined) fields.output_format = older;
  if (config === undefined) return;
  if (effortOf(config) !== undefined) known.add("effort");
  const rest = restOf(PROTOCOL, config, known);
  if (rest !== undefined) fields.output_config = rest.fields;
}
