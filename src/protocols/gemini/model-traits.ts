/**
 * What differs between Gemini's models. Sources: ai.google.dev/gemini-api/docs/thinking, /thought-signatures, /structured-output. A model
 * that is not known here is taken for one that thinks by a budget, which Google accepts for later models as well.
 */
import type { ReasoningEffort } from "../../core/chat.ts";

/** A budget of tokens within bounds; `off`: none at all is a choice as well. */
export interface Budgets {
  readonly least: number;
  readonly most: number;
  readonly off: boolean;
}

/** How a model is told to think: by one of these levels, the least first, or by a budget. */
export type Thinking = "none" | { readonly levels: readonly ReasoningEffort[] } | Budgets;

interface Family {
  readonly name: RegExp;
  readonly thinking: Thinking;
  /** Earlier calls without a signature are refused. */
  readonly signed?: boolean;
  /** Schemas are taken in OpenAPI's form only (`parameters`, `responseSchema`). */
  readonly openApi?: boolean;
}

const FAMILIES: readonly Family[] = [
  { name: /gemini-2\.5-pro/, thinking: { least: 128, most: 32_768, off: false } },
  { name: /gemini-2\.5-flash-lite/, thinking: { least: 512, most: 24_576, off: true } },
  { name: /gemini-2\.5/, thinking: { least: 1, most: 24_576, off: true } },
  { name: /gemini-(?:1|2\.0)/, thinking: "none", openApi: true },
  {
    name: /gemini-(?:[3-9]|\d\d).*flash|gemini-flash.*-latest/,
    thinking: { levels: ["minimal", "low", "medium", "high"] },
    signed: true,
  },
  { name: /gemini-3-pro/, thinking: { levels: ["low", "high"] }, signed: true },
  {
    name: /gemini-(?:[3-9]|\d\d)|gemini-pro-latest/,
    thinking: { levels: ["low", "medium", "high"] },
    signed: true,
  },
];
const UNKNOWN: Family = { name: /^/, thinking: { least: 1, most: Number.POSITIVE_INFINITY, off: true } };

function familyOf(model: string): Family {
  return FAMILIES.find(({ name }) => name.test(model)) ?? UNKNOWN;
}

/** How a model is told to think. */
export function thinkingOf(model: string): Thinking {
  return familyOf(model).thinking;
}

/** Whether a model refuses earlier calls without a signature: Gemini 3 and later. */
export function wantsSignatures(model: string): boolean {
  return familyOf(model).signed === true;
}

/** Whether a model takes schemas in OpenAPI's form only: those before 2.5. */
export function wantsOpenApi(model: string): boolean {
  return familyOf(model).openApi === true;
}
