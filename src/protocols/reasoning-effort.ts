import type { ReasoningEffort } from "../core/chat.ts";

/**
 * What each effort is worth in tokens of thinking, for protocols that ask for a budget. No vendor publishes one; the steps double or
 * quadruple from 1,024, the least that Anthropic takes, and stay within what current models may write.
 */
const BUDGETS: Readonly<Record<ReasoningEffort, number>> = {
  none: 0,
  minimal: 1024,
  low: 2048,
  medium: 8192,
  high: 16_384,
  xhigh: 32_768,
  max: 65_536,
};

/** Every effort, the least first. */
export const EFFORTS: readonly ReasoningEffort[] = Object.keys(BUDGETS) as ReasoningEffort[];

/** The thinking budget in tokens that stands for an effort. */
export function budgetOf(effort: ReasoningEffort): number {
  return BUDGETS[effort];
}

/**
 * The effort that stands for a thinking budget: `none` for 0, `low` below 4,096, `medium` below 12,288, else `high`. Only these: every
 * model that reasons knows them, while `minimal`, `xhigh` and `max` are refused by many.
 */
export function effortOf(budgetTokens: number): ReasoningEffort {
  if (budgetTokens <= 0) return "none";
  if (budgetTokens < 4096) return "low";
  return budgetTokens < 12_288 ? "medium" : "high";
}

/** Tells an effort from other words. */
export function isEffort(word: string): word is ReasoningEffort {
  return Object.hasOwn(BUDGETS, word);
}
