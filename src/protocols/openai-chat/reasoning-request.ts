/** How a request asks for reasoning: OpenAI's `reasoning_effort`, OpenRouter's `reasoning` object, `thinking` of DeepSeek and others. */
import type { ReasoningEffort, ReasoningOptions } from "../../core/chat.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Dialect } from "../../core/protocol.ts";
import { oneOf, optional } from "../fields.ts";
import type { Losses } from "../losses.ts";
import { budgetOf, EFFORTS, effortOf, isEffort } from "../reasoning-effort.ts";

type Mode = NonNullable<ReasoningOptions["mode"]>;
type Draft = { -readonly [K in keyof ReasoningOptions]: ReasoningOptions[K] };

const EFFORT_WORDS = new Set(EFFORTS);
const MODES: ReadonlySet<Mode> = new Set<Mode>(["disabled", "enabled", "adaptive"]);

/** All that a request says of reasoning, in whichever words. A vendor's own `reasoning_effort` (Groq's `default`) is left to `rest`. */
export function decodeReasoningOptions(body: JsonObject): ReasoningOptions | undefined {
  const draft: Draft = {};
  const thinking = optional(body.thinking, "object", "thinking");
  if (thinking !== undefined) {
    if (thinking.type !== undefined && thinking.type !== null)
      draft.mode = oneOf(thinking.type, MODES, "thinking.type");
    setBudget(draft, thinking.budget_tokens, "thinking.budget_tokens");
  }
  const reasoning = optional(body.reasoning, "object", "reasoning");
  if (reasoning !== undefined) decodeOpenRouter(draft, reasoning);
  const effort = optional(body.reasoning_effort, "string", "reasoning_effort");
  if (effort !== undefined && isEffort(effort)) draft.effort = effort;
  return Object.keys(draft).length === 0 ? undefined : draft;
}

function decodeOpenRouter(draft: Draft, reasoning: JsonObject): void {
  const enabled = optional(reasoning.enabled, "boolean", "reasoning.enabled");
  if (enabled !== undefined) draft.mode = enabled ? "enabled" : "disabled";
  if (reasoning.effort !== undefined && reasoning.effort !== null) {
    draft.effort = oneOf(reasoning.effort, EFFORT_WORDS, "reasoning_effort");
  }
  setBudget(draft, reasoning.max_tokens, "reasoning.max_tokens");
  if (optional(reasoning.exclude, "boolean", "reasoning.exclude") === true) draft.display = "omitted";
}

function setBudget(draft: Draft, value: JsonObject[string] | undefined, path: string): void {
  const budget = optional(value, "integer", path);
  if (budget !== undefined) draft.budgetTokens = budget;
}

/** Reasoning that shall not be shown is asked for by no other word than none. */
function noteDisplay({ display }: ReasoningOptions, losses: Losses): void {
  if (display !== undefined && display !== "omitted") losses.dropped("reasoning.display");
}

type Writer = (wire: JsonObject, options: ReasoningOptions, losses: Losses, dialect: Dialect) => void;

const WRITERS: Readonly<Record<NonNullable<Dialect["reasoningRequest"]>, Writer>> = {
  effort(wire, options, losses, dialect) {
    const effort = effortFor(options, losses) ?? offIn(options, dialect);
    if (effort !== undefined) writeEffort(wire, effort, dialect, losses);
    // Not "none": most of OpenAI's models refuse it, while without a word those that do not reason do not.
    else if (options.mode === "disabled") losses.approximated("reasoning.mode", "left to the model");
    else if (options.mode === "adaptive") losses.approximated("reasoning.mode", "left to the model");
    noteDisplay(options, losses);
  },
  openrouter(wire, { mode, effort, budgetTokens, display }, losses) {
    const reasoning: JsonObject = {};
    if (mode === "disabled") reasoning.enabled = false;
    else if (mode === "enabled") reasoning.enabled = true;
    if (mode === "adaptive") {
      if (effort === undefined && budgetTokens === undefined) reasoning.enabled = true;
      losses.approximated("reasoning.mode", "told as enabled");
    }
    if (budgetTokens !== undefined) reasoning.max_tokens = budgetTokens;
    if (effort !== undefined) {
      if (budgetTokens === undefined) reasoning.effort = effort;
      else losses.dropped("reasoning_effort", "the budget says it");
    }
    if (display === "omitted") reasoning.exclude = true;
    else if (display !== undefined) losses.dropped("reasoning.display");
    wire.reasoning = reasoning;
  },
  thinking(wire, options, losses, dialect) {
    const { mode, effort } = options;
    if (mode === "adaptive") losses.approximated("reasoning.mode", "told as enabled");
    wire.thinking = { type: mode === "disabled" || effort === "none" ? "disabled" : "enabled" };
    const level = effort ?? (options.budgetTokens === undefined ? undefined : effortFor(options, losses));
    if (level !== undefined && level !== "none") writeEffort(wire, level, dialect, losses);
    noteDisplay(options, losses);
  },
  "enable-thinking"(wire, { mode, effort, budgetTokens, display }, losses) {
    if (mode === "adaptive") losses.approximated("reasoning.mode", "told as enabled");
    const thinks = mode !== "disabled" && effort !== "none";
    wire.enable_thinking = thinks;
    if (thinks && budgetTokens !== undefined) wire.thinking_budget = budgetTokens;
    else if (thinks && effort !== undefined) {
      wire.thinking_budget = budgetOf(effort);
      losses.approximated("reasoning_effort", "told as a budget");
    }
    if (display !== undefined) losses.dropped("reasoning.display");
  },
  none(_wire, _options, losses) {
    losses.dropped("reasoning");
  },
};

/** `none` for reasoning that is switched off, where that is a word the provider is known to have. */
function offIn({ mode }: ReasoningOptions, { efforts }: Dialect): ReasoningEffort | undefined {
  return mode === "disabled" && efforts?.includes("none") === true ? "none" : undefined;
}

/** Writes the effort, or the nearest below it that the provider knows; above that, when there is none. Only `none` means `none`. */
function writeEffort(wire: JsonObject, asked: ReasoningEffort, { efforts }: Dialect, losses: Losses): void {
  const known = efforts === undefined ? [asked] : EFFORTS.filter((effort) => efforts.includes(effort));
  const same = known.filter((effort) => (effort === "none") === (asked === "none"));
  const below = same.filter((effort) => EFFORTS.indexOf(effort) <= EFFORTS.indexOf(asked));
  const nearest = below.at(-1) ?? same[0];
  if (nearest !== asked) {
    losses.approximated("reasoning.effort", nearest === undefined ? "left to the model" : `told as ${nearest}`);
  }
  if (nearest !== undefined) wire.reasoning_effort = nearest;
}

/** The effort that says what was asked, where only an effort can be said. */
function effortFor(options: ReasoningOptions, losses: Losses): ReasoningEffort | undefined {
  const { mode, effort, budgetTokens } = options;
  if (effort !== undefined) {
    if (budgetTokens !== undefined) losses.dropped("reasoning.budget_tokens", "the effort says it");
    return effort;
  }
  if (mode === "disabled") return undefined;
  if (budgetTokens !== undefined) {
    losses.approximated("reasoning.budget_tokens", "told as an effort");
    return effortOf(budgetTokens);
  }
  if (mode !== "enabled") return undefined;
  losses.approximated("reasoning.mode", "told as medium effort");
  return "medium";
}

/** Writes what is asked of reasoning in the words the provider knows. */
export function encodeReasoningOptions(
  wire: JsonObject,
  options: ReasoningOptions,
  dialect: Dialect,
  losses: Losses,
): void {
  WRITERS[dialect.reasoningRequest ?? "effort"](wire, options, losses, dialect);
}
