import type { ChatRequest, ReasoningEffort, ReasoningOptions } from "../../core/chat.ts";
import type { JsonObject } from "../../core/json.ts";
import type { ProtocolName } from "../../core/protocol.ts";
import type { Losses } from "../losses.ts";
import { budgetOf, effortOf } from "../reasoning-effort.ts";
import { lacksThinking } from "./messages-encode.ts";
import type { ModelTraits } from "./model-traits.ts";

/** Claude's smallest thinking budget. */
const LEAST = 1024;

/** What thinking needs to know of the rest of the request. */
export interface ThinkingContext {
  readonly traits: ModelTraits;
  readonly losses: Losses;
  /** The model's own output limit. */
  readonly limit: number | undefined;
  /** The request makes the model call a tool, which Claude refuses to think about. */
  readonly forced: boolean;
  /** Whose seals on earlier thinking the provider takes. */
  readonly sealedBy: ProtocolName;
}

/**
 * Writes `thinking` and `output_config.effort`, and raises `max_tokens` where a budget would leave no room for an answer: Claude counts
 * thinking as output. True when the model will think.
 */
export function encodeThinking(request: ChatRequest, body: JsonObject, context: ThinkingContext): boolean {
  const { reasoning } = request;
  if (reasoning === undefined || Object.keys(reasoning).length === 0) return false;
  const { traits, losses } = context;
  if (reasoning.mode === "disabled" || (reasoning.mode === undefined && reasoning.effort === "none")) {
    encodeDisabled(reasoning, body, context);
    return false;
  }
  const adaptive = isAdaptive(reasoning, traits);
  if (context.forced) {
    losses.dropped("reasoning", "Claude does not think when a tool call is forced");
    if (traits.effort) writeEffort(body, effortFor(reasoning, context));
    return false;
  }
  if (adaptive) {
    body.thinking = withDisplay({ type: "adaptive" }, reasoning, losses);
    writeEffort(body, effortFor(reasoning, context));
    return true;
  }
  return encodeBudget(request, reasoning, body, context);
}

/** A budget the client names is kept where the model takes one; a wish without a number is adaptive where the model can. */
function isAdaptive(reasoning: ReasoningOptions, traits: ModelTraits): boolean {
  if (!traits.adaptive) return reasoning.mode === "adaptive" && !traits.claude;
  return !(traits.budget && reasoning.mode !== "adaptive" && reasoning.budgetTokens !== undefined);
}

function encodeDisabled(reasoning: ReasoningOptions, body: JsonObject, context: ThinkingContext): void {
  const { traits, losses } = context;
  if (traits.disable) body.thinking = { type: "disabled" };
  else losses.approximated("reasoning", "this model always thinks; asked to think little");
  if (!traits.disable) writeEffort(body, "low");
  else if (reasoning.effort !== undefined && reasoning.effort !== "none") {
    if (traits.effort || !traits.claude) writeEffort(body, effortFor(reasoning, context));
    else losses.dropped("reasoning_effort");
  }
}

/** The effort in the words the model knows: the client's, or the one whose budget is nearest to the client's budget. */
function effortFor(reasoning: ReasoningOptions, { traits, losses }: ThinkingContext): ReasoningEffort | undefined {
  const { effort, budgetTokens } = reasoning;
  if (effort === undefined || effort === "none") {
    if (budgetTokens === undefined) return undefined;
    losses.approximated("reasoning.budget_tokens", "sent as effort");
    return effortOf(Math.max(LEAST, budgetTokens));
  }
  if (budgetTokens !== undefined) losses.dropped("reasoning.budget_tokens");
  return spelt(effort, traits, losses);
}

/** An effort in Claude's words, of which the model may not know all. */
function spelt(effort: ReasoningEffort, traits: ModelTraits, losses: Losses): ReasoningEffort {
  if (effort !== "minimal" && (effort !== "xhigh" || traits.xhigh)) return effort;
  losses.approximated("reasoning_effort");
  return effort === "minimal" ? "low" : "high";
}

function writeEffort(body: JsonObject, effort: ReasoningEffort | undefined): void {
  if (effort !== undefined) body.output_config = { effort };
}

function withDisplay(thinking: JsonObject, { display }: ReasoningOptions, losses: Losses): JsonObject {
  if (display === undefined || display === "omitted" || display === "summarized") {
    return display === undefined ? thinking : { ...thinking, display };
  }
  losses.approximated("reasoning.display", "Claude's summaries have one length");
  return { ...thinking, display: "summarized" };
}

function encodeBudget(
  request: ChatRequest,
  reasoning: ReasoningOptions,
  body: JsonObject,
  context: ThinkingContext,
): boolean {
  const { traits, losses } = context;
  if (traits.claude && lacksThinking(request.messages, context.sealedBy)) {
    losses.dropped("reasoning", "the conversation's tool calls came without their thinking");
    return false;
  }
  const effort = reasoning.effort === "none" ? undefined : reasoning.effort;
  const said = effort !== undefined && knowsEffort(reasoning, traits);
  const budget = fitted(request, budgetFor(reasoning, said, losses), body, context);
  if (budget === undefined) {
    losses.dropped("reasoning", "the model's output limit leaves no room for thinking");
    return false;
  }
  if (said) writeEffort(body, spelt(effort, traits, losses));
  body.thinking = withDisplay({ type: "enabled", budget_tokens: budget }, reasoning, losses);
  return true;
}

/** Whether an effort can be said beside a budget. Of others than Claude it is taken for granted when the client speaks Claude's words. */
function knowsEffort(reasoning: ReasoningOptions, traits: ModelTraits): boolean {
  return traits.claude ? traits.effort : reasoning.mode !== undefined;
}

/** The budget asked for. `said`: the effort is told as well, so that nothing of it is lost. */
function budgetFor({ mode, effort, budgetTokens }: ReasoningOptions, said: boolean, losses: Losses): number {
  if (mode === "adaptive") losses.approximated("thinking", "sent as a budget");
  const named = effort !== undefined && effort !== "none";
  if (budgetTokens === undefined) {
    if (named && !said) losses.approximated("reasoning_effort", "sent as a thinking budget");
    return budgetOf(named ? effort : "medium");
  }
  if (named && !said) losses.dropped("reasoning_effort");
  if (budgetTokens >= LEAST) return budgetTokens;
  losses.approximated("reasoning.budget_tokens", `raised to ${LEAST}`);
  return LEAST;
}

/**
 * The budget as it fits below `max_tokens`, which is raised by it up to the model's limit. At the limit the answer keeps the tokens the
 * client asked for, or half of the limit when it named none. Undefined when no budget fits.
 */
function fitted(
  request: ChatRequest,
  wanted: number,
  body: JsonObject,
  { losses, limit = Number.POSITIVE_INFINITY }: ThinkingContext,
): number | undefined {
  const asked = body.max_tokens as number;
  if (wanted < asked) return wanted;
  const named = request.maxOutputTokens !== undefined;
  const raised = Math.min(asked + wanted, Math.max(limit, asked));
  const room = Math.max(LEAST, raised - asked, named ? 0 : Math.floor(raised / 2));
  const budget = Math.min(wanted, room);
  if (budget >= raised) return undefined;
  if (budget !== wanted) losses.approximated("reasoning.budget_tokens", "lowered below the output limit");
  if (raised !== asked && named) losses.approximated("max_tokens", "raised for thinking");
  body.max_tokens = raised;
  return budget;
}
