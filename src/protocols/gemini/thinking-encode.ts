import type { ReasoningEffort, ReasoningOptions } from "../../core/chat.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Losses } from "../losses.ts";
import { budgetOf, EFFORTS, effortOf } from "../reasoning-effort.ts";
import { type Budgets, thinkingOf } from "./model-traits.ts";

/** `thinkingConfig` for a model; undefined when nothing is to be said. */
export function encodeThinking(options: ReasoningOptions, model: string, losses: Losses): JsonObject | undefined {
  const thinking = thinkingOf(model);
  const off = options.mode === "disabled" || options.effort === "none";
  if (thinking === "none") {
    if (!off) losses.dropped("reasoning", "the model does not think");
    return undefined;
  }
  const wire =
    "levels" in thinking ? level(options, off, thinking.levels, losses) : budget(options, off, thinking, losses);
  if (wantsThoughts(options, off)) wire.includeThoughts = true;
  return Object.keys(wire).length === 0 ? undefined : wire;
}

function wantsThoughts({ display, mode }: ReasoningOptions, off: boolean): boolean {
  if (off || display === "omitted") return false;
  return display !== undefined || mode === "enabled" || mode === "adaptive";
}

/** The level of the list that is nearest to an effort: itself, else the next higher one, else the highest. */
function nearest(effort: ReasoningEffort, levels: readonly ReasoningEffort[]): ReasoningEffort {
  const rank = EFFORTS.indexOf(effort);
  return levels.find((one) => EFFORTS.indexOf(one) >= rank) ?? levels.at(-1) ?? effort;
}

function level(
  options: ReasoningOptions,
  off: boolean,
  levels: readonly ReasoningEffort[],
  losses: Losses,
): JsonObject {
  if (off) {
    losses.approximated("reasoning", "the model always thinks");
    return { thinkingLevel: nearest("none", levels) };
  }
  const { effort, budgetTokens, display } = options;
  if (budgetTokens !== undefined) {
    if (effort === undefined) losses.approximated("reasoning.budget_tokens", "sent as a level");
    else losses.dropped("reasoning.budget_tokens", "the effort says it");
  }
  if (display === "concise" || display === "detailed")
    losses.approximated("reasoning.display", "Gemini's summaries have one length");
  const wanted = effort ?? (budgetTokens === undefined ? undefined : effortOf(Math.max(1, budgetTokens)));
  if (wanted === undefined) return {};
  const said = nearest(wanted, levels);
  if (said !== wanted && effort !== undefined) {
    losses.approximated("reasoning_effort", "the nearest level the model knows");
  }
  return { thinkingLevel: said };
}

function budget(options: ReasoningOptions, off: boolean, bounds: Budgets, losses: Losses): JsonObject {
  const { least, most, off: canStop } = bounds;
  if (off) {
    if (!canStop) losses.approximated("reasoning", "the model always thinks");
    return { thinkingBudget: canStop ? 0 : least };
  }
  const { effort, budgetTokens, display, mode } = options;
  if (effort !== undefined) {
    if (budgetTokens === undefined) losses.approximated("reasoning_effort", "sent as a thinking budget");
    else losses.dropped("reasoning_effort", "the budget says it");
  }
  if (display === "concise" || display === "detailed")
    losses.approximated("reasoning.display", "Gemini's summaries have one length");
  const wanted = budgetTokens ?? (effort === undefined ? undefined : Math.min(most, budgetOf(effort)));
  if (wanted === undefined) return mode === undefined ? {} : { thinkingBudget: -1 };
  const fitted = Math.min(most, Math.max(least, wanted));
  if (fitted !== wanted) losses.approximated("reasoning.budget_tokens", "fitted to the model's bounds");
  return { thinkingBudget: fitted };
}
