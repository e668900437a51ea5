/**
 * What Converse has no field of its own for, in `additionalModelRequestFields`: each vendor's models take it in their own words.
 * Formats: AWS' user guide, "Inference request parameters and response fields for foundation models".
 */
import type { ChatRequest, ReasoningEffort } from "../../core/chat.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import type { ModelTraits } from "../anthropic-messages/model-traits.ts";
import { encodeSampling } from "../anthropic-messages/sampling-encode.ts";
import { encodeThinking } from "../anthropic-messages/thinking-encode.ts";
import type { Losses } from "../losses.ts";
import { effortOf } from "../reasoning-effort.ts";
import { PROTOCOL } from "./wire.ts";

/** What the fields depend on beside the request. */
export interface FieldsContext {
  readonly model: string;
  readonly traits: ModelTraits;
  readonly losses: Losses;
  /** The model's own output limit, and the tokens asked for. */
  readonly limit: number | undefined;
  readonly maxTokens: number | undefined;
  /** The model is made to call a tool. */
  readonly forced: boolean;
}

/** The additional fields, and what becomes of the settings that Converse does have. */
export interface ModelFields {
  readonly additional: JsonObject;
  readonly maxTokens: number | undefined;
  readonly temperature: number | undefined;
  readonly topP: number | undefined;
}

/** Writes reasoning and sampling as the model takes them. */
export function encodeModelFields(request: ChatRequest, context: FieldsContext): ModelFields {
  return context.traits.claude ? claudeFields(request, context) : otherFields(request, context);
}

/** Where a budget for thinking needs a limit to stand below and the client gave none. */
const DEFAULT_MAX_TOKENS = 8192;

/** Claude's own fields, written as for Anthropic's API, then parted. */
function claudeFields(request: ChatRequest, context: FieldsContext): ModelFields {
  const { traits, losses, limit, maxTokens, forced } = context;
  const body: JsonObject = { max_tokens: maxTokens ?? limit ?? DEFAULT_MAX_TOKENS };
  const thinks = encodeThinking(request, body, { traits, losses, limit, forced, sealedBy: PROTOCOL });
  encodeSampling(request, body, { traits, losses, thinks });
  const { thinking, output_config: config, top_k: topK, temperature, top_p: topP, max_tokens: limited } = body;
  return {
    additional: {
      ...(thinking === undefined ? {} : { thinking }),
      ...(config === undefined ? {} : { output_config: config }),
      ...(topK === undefined ? {} : { top_k: topK }),
      ...parallelCalls(request, losses),
    },
    // Bedrock has a limit of its own for a request without one.
    maxTokens: maxTokens === undefined && !hasBudget(thinking) ? undefined : numberOf(limited),
    temperature: numberOf(temperature),
    topP: numberOf(topP),
  };
}

function hasBudget(thinking: Json | undefined): boolean {
  return isObject(thinking) && thinking["budget_tokens"] !== undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** Claude's choice of tools knows whether it may call several at once; Converse' does not. */
function parallelCalls({ parallelToolCalls, toolChoice, tools }: ChatRequest, losses: Losses): JsonObject {
  if (parallelToolCalls !== false || (tools ?? []).length === 0) return {};
  if (toolChoice !== undefined && toolChoice.type !== "auto") {
    losses.dropped("parallel_tool_calls", "cannot be said beside a choice of tools");
    return {};
  }
  return { tool_choice: { type: "auto", disable_parallel_tool_use: true } };
}

/** How a vendor's models are told of `top_k`, and of how hard to think, by what their ids hold. */
interface VendorFields {
  readonly models: RegExp;
  readonly topK?: (value: number) => JsonObject;
  readonly effort?: (effort: ReasoningEffort) => JsonObject;
  /** The effort at which the model refuses limits and sampling. */
  readonly unlimitedAt?: ReasoningEffort;
}

const LEVELS: ReadonlySet<ReasoningEffort> = new Set(["low", "medium", "high"]);

const novaTopK = (value: number): JsonObject => ({ inferenceConfig: { topK: value } });

const VENDORS: readonly VendorFields[] = [
  {
    models: /\bamazon\.nova-2/,
    topK: novaTopK,
    // Source: Amazon Nova 2's user guide, "Extended thinking".
    unlimitedAt: "high",
    effort: (effort): JsonObject =>
      effort === "none"
        ? { reasoningConfig: { type: "disabled" } }
        : { reasoningConfig: { type: "enabled", maxReasoningEffort: effort } },
  },
  { models: /\bamazon\.nova/, topK: novaTopK },
  { models: /\bmistral\./, topK: (value) => ({ top_k: value }) },
  { models: /\bcohere\./, topK: (value) => ({ k: value }) },
  { models: /\bopenai\./, effort: (effort): JsonObject => (effort === "none" ? {} : { reasoning_effort: effort }) },
];

type Sampling = Pick<ChatRequest, "topK" | "topP" | "temperature">;

function otherFields(request: ChatRequest, context: FieldsContext): ModelFields {
  const { losses } = context;
  const vendor = VENDORS.find(({ models }) => models.test(context.model));
  const level = vendor?.effort === undefined ? undefined : levelFor(request, losses);
  if (vendor?.effort === undefined && thinks(request)) losses.dropped("reasoning", "not among this model's fields");
  const reasoning = level === undefined ? {} : vendor?.effort?.(level);
  const unlimited = level !== undefined && level === vendor?.unlimitedAt;
  const { topK, topP, temperature }: Sampling = unlimited ? withoutLimits(request, context) : request;
  const maxTokens = unlimited ? undefined : context.maxTokens;
  if (topK !== undefined && vendor?.topK === undefined) losses.dropped("top_k", "not among this model's fields");
  if (temperature !== undefined && temperature > 1)
    losses.approximated("temperature", "lowered to Bedrock's highest, 1");
  if (request.parallelToolCalls === false) losses.dropped("parallel_tool_calls");
  return {
    additional: {
      ...(topK === undefined ? {} : vendor?.topK?.(topK)),
      ...reasoning,
    },
    maxTokens,
    temperature: temperature === undefined ? undefined : Math.min(1, temperature),
    topP,
  };
}

/** What is left of sampling where a model that thinks hard takes neither it nor a limit. */
function withoutLimits({ topK, topP, temperature }: ChatRequest, context: FieldsContext): Sampling {
  const given = { max_tokens: context.maxTokens, temperature, top_p: topP };
  for (const [field, value] of Object.entries(given)) {
    if (value !== undefined) context.losses.dropped(field, "not beside the highest effort");
  }
  return topK === undefined ? {} : { topK };
}

/** The effort that is asked for; undefined when the request says nothing of reasoning. */
function wantedEffort({ reasoning }: ChatRequest): ReasoningEffort | undefined {
  if (reasoning === undefined || Object.keys(reasoning).length === 0) return undefined;
  const { mode, effort, budgetTokens } = reasoning;
  return mode === "disabled" ? "none" : (effort ?? (budgetTokens === undefined ? "medium" : effortOf(budgetTokens)));
}

function thinks(request: ChatRequest): boolean {
  const wanted = wantedEffort(request);
  return wanted !== undefined && wanted !== "none";
}

/** The effort in the three words there are, or `none`. */
function levelFor(request: ChatRequest, losses: Losses): ReasoningEffort | undefined {
  const wanted = wantedEffort(request);
  if (wanted === undefined) return undefined;
  if (request.reasoning?.display !== undefined) losses.dropped("reasoning.display");
  const level = wanted === "none" || LEVELS.has(wanted) ? wanted : wanted === "minimal" ? "low" : "high";
  if (level !== request.reasoning?.effort && level !== "none") losses.approximated("reasoning_effort");
  return level;
}
