import type { Json } from "#src/core/json.ts";

/** What of a call's arguments may be written down. */
export interface MaskRules {
  /** Tells of an argument's name that its value is not shown, whatever it is. */
  readonly hides: (name: string) => boolean;
  /** Parts of texts that are not shown; each has the flag `g`. */
  readonly values: readonly RegExp[];
  /** Characters of a single text that are shown. */
  readonly maxText: number;
}

/** What stands in place of what is not shown. */
const MASK = "***";

const MAX_DEPTH = 8;
/** Characters of an argument's name. */
const MAX_NAME = 100;
/** Values that are looked at; a record is no copy of the data. */
const MAX_VALUES = 500;

/** Names of secrets, by any part of them, however their words are joined (`apiKey`, `API-KEY`, `x_api_key`). */
const SECRET_NAMES =
  /pass(?:word|wd|phrase|code)|pwd|secret|token|apikey|accesskey|privatekey|authorization|credential|cookie|signature|bearer/;

/**
 * Secrets that are known by their look. Each takes as much as there is: what is looked at may have been cut. No quantifier can match what
 * the next one matches, so none of them takes longer than the text is long.
 */
const SECRET_VALUES: readonly RegExp[] = [
  /\b(?:bearer|basic)\s+[\w.~+/=-]+/gi,
  // JSON Web Tokens
  /\beyJ[\w-]{8,}(?:\.[\w-]*){0,4}/g,
  // Keys of OpenAI, Anthropic and others; of GitHub, Slack, AWS, Google
  /\b(?:sk|pk|rk)[-_][\w-]{16,}/g,
  /\b(?:gh[pousr]_|github_pat_|xox[abeprs]-|AIza)[\w-]{10,}/g,
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g,
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?/g,
  // The user and password of a URL
  /(?<=:\/\/)[^\s/@:]{1,256}:[^\s/@]{1,256}(?=@)/g,
];

/** The rules that hold without any of one's own; what is given comes on top. */
export function maskRules(given: {
  readonly names: (name: string) => boolean;
  readonly values: readonly RegExp[];
  readonly maxText: number;
}): MaskRules {
  return {
    hides: (name) => SECRET_NAMES.test(name.toLowerCase().replaceAll(/[^a-z0-9]/g, "")) || given.names(name),
    values: [...SECRET_VALUES, ...given.values],
    maxText: given.maxText,
  };
}

/** A copy that may be written down: secrets masked, long texts cut, deep and wide values left out beyond a limit. */
export function masked(value: Json, rules: MaskRules): Json {
  return copy(value, rules, { left: MAX_VALUES }, 0);
}

/** A text that may be written down. */
export function maskedText(text: string, { values, maxText }: MaskRules): string {
  // Cut first, with room for what masks may take away: expressions run over a client's text.
  let shown = text.slice(0, maxText * 4);
  for (const pattern of values) shown = shown.replace(pattern, MASK);
  return shown.length > maxText || text.length > maxText * 4 ? `${shown.slice(0, maxText)}…` : shown;
}

function copy(value: Json, rules: MaskRules, budget: { left: number }, depth: number): Json {
  if (typeof value === "string") return maskedText(value, rules);
  if (typeof value !== "object" || value === null) return value;
  if (depth >= MAX_DEPTH) return "…";
  const shown: Json[] = [];
  if (Array.isArray(value)) {
    for (const item of value) {
      if (budget.left-- <= 0) return [...shown, "…"];
      shown.push(copy(item, rules, budget, depth + 1));
    }
    return shown;
  }
  const entries: [string, Json][] = [];
  for (const [name, item] of Object.entries(value)) {
    if (budget.left-- <= 0) {
      entries.push(["…", "…"]);
      break;
    }
    entries.push([
      maskedText(name, { ...rules, maxText: MAX_NAME }),
      rules.hides(name) ? MASK : copy(item, rules, budget, depth + 1),
    ]);
  }
  return Object.fromEntries(entries);
}
