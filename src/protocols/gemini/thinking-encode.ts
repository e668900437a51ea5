import type { ReasoningEffort, ReasoningOptions } from "../../core/chat.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Losses } from "../losses.ts";
import { budgetOf, effortOf } from "../reasoning-effort.ts";

/** How families of models are told to think, and the bounds of a budget (ai.google.dev/gemini-api/docs/thinking). */
interface Family {
  readonly name: RegExp;
  readonly how: "levels" | "budgets" | "none";
  readonly least?: number;
  readonly most?: number;
  /** Thinking can be turned off, or for levels: `minimal` is known. */
  readonly off?: boolean;
}

const FAMILIES: readonly Family[] = [
  { name: /gemini-2\.5-pro/, how: "budgets", least: 128, most: 32_768 },
  { name: /gemini-2\.5-flash-lite/, how: "budgets", least: 512, most: 24_576, off: true },
  { name: /gemini-2\.5/, how: "budgets", least: 1, most: 24_576, off: true },
  { name: /gemini-(?:1|2\.0)/, how: "none" },
  { name: /gemini-(?:[3-9]|\d\d).*flash|gemini-flash.*-latest/, how: "levels", off: true },
  { name: /gemini-(?:[3-9]|\d\d)|gemini-pro-latest/, how: "levels" },
];
const UNKNOWN: Family = { name: /^/, how: "budgets", off: true };

/** Whether a model refuses earlier calls without a signature: Gemini 3 and later. */
export function wantsSignatures(model: string): boolean {
  return FAMILIES.find(({ name }) => name.test(model))?.how === "levels";
}

/** `thinkingConfig` for a model; undefined when nothing is to be said. */
export function encodeThinking(options: ReasoningOptions, model: string, losses: Losses): JsonObject | undefined {
  const family = FAMILIES.find(({ name }) => name.test(model)) ?? UNKNOWN;
  const off = options.mode === "disabled" || options.effort === "none";
  if (family.how === "none") {
    if (!off) losses.dropped("reasoning", "the model does not think");
    return undefined;
  }
  const wire = family.how === "levels" ? level(options, off, family, losses) : budget(options, off, family, losses);
  if (wantsThoughts(options, off)) wire.includeThoughts = true;
  return Object.keys(wire).length === 0 ? undefined : wire;
}

function wantsThoughts({ display, mode }: ReasoningOptions, off: boolean): boolean {
  if (off || display === "omitted") return false;
  return display !== undefined || mode === "enabled" || mode === "adaptive";
}

const LEVELS: Readonly<Partial<Record<ReasoningEffort, string>>> = { low: "low", medium: "medium", high: "high" };

function level(options: ReasoningOptions, off: boolean, family: Family, losses: Losses): JsonObject {
  const least = family.off === true ? "minimal" : "low";
  if (off) {
    losses.approximated("reasoning", "the model always thinks");
    return { thinkingLevel: least };
  }
  const { effort, budgetTokens } = options;
  if (budgetTokens !== undefined) {
    if (effort === undefined) losses.approximated("thinking.budget_tokens", "sent as a level");
    else losses.dropped("thinking.budget_tokens", "the effort says it");
  }
  const wanted = effort ?? (budgetTokens === undefined ? undefined : effortOf(Math.max(1, budgetTokens)));
  if (wanted === undefined) return {};
  const said = wanted === "minimal" ? least : (LEVELS[wanted] ?? "high");
  if (said !== wanted) losses.approximated("reasoning_effort");
  return { thinkingLevel: said };
}

function budget(options: ReasoningOptions, off: boolean, family: Family, losses: Losses): JsonObject {
  const { least = 1, most = Number.POSITIVE_INFINITY } = family;
  if (off) {
    if (family.off !== true) losses.approximated("reasoning", "the model always thinks");
    return { thinkingBudget: family.off === true ? 0 : least };
  }
  const { effort, budgetTokens } = options;
  if (effort !== undefined) {
    if (budgetTokens === undefined) losses.approximated("reasoning_effort", "sent as a thinking budget");
    else losses.dropped("reasoning_effort", "the budget says it");
  }
  const wanted = budgetTokens ?? (effort === undefined ? undefined : Math.min(most, budgetOf(effort)));
  if (wanted === undefined) return options.mode === undefined ? {} : { thinkingBudget: -1 };
  const fitted = Math.min(most, Math.max(least, wanted));
  if (fitted !== wanted) losses.approximated("thinking.budget_tokens", "fitted to the model's bounds");
  return { thinkingBudget: fitted };
}
