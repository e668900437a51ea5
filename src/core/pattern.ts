/**
 * Patterns over names (of models), as in Higress' `modelMapping`: an exact name, `abc*` for a prefix, `~abc` for a regular expression
 * that is searched for, `*` for anything. An exact name beats a prefix, the longest prefix the shorter ones, a prefix the expressions,
 * which are tried in the order written, and those beat `*`. A `*` elsewhere than at the end stands for itself.
 */
import { compileRegex, compileReplacement } from "./regex.ts";

/** A pattern taken apart. `rank` orders kinds: the smaller one wins. */
export type Pattern =
  | { readonly kind: "exact"; readonly rank: 0; readonly text: string }
  | { readonly kind: "prefix"; readonly rank: 1; readonly text: string }
  | { readonly kind: "regex"; readonly rank: 2; readonly regex: RegExp }
  | { readonly kind: "any"; readonly rank: 3 };

/** Throws a SyntaxError when an expression is not valid. */
function parsePattern(text: string): Pattern {
  if (text === "*") return { kind: "any", rank: 3 };
  if (text.startsWith("~")) return { kind: "regex", rank: 2, regex: compileRegex(text.slice(1), "search") };
  if (text.endsWith("*")) return { kind: "prefix", rank: 1, text: text.slice(0, -1) };
  return { kind: "exact", rank: 0, text };
}

/** What {@link indexPatterns} answers: the value and the rank of the pattern it stands under. */
export interface PatternHit<T> {
  readonly value: T;
  readonly pattern: Pattern;
}

/**
 * Finds the best pattern for a name: one look-up for exact names, one for each length among the prefixes, then the expressions one by one.
 * Of two entries with the same pattern the first counts.
 */
export function indexPatterns<T>(
  entries: Iterable<readonly [pattern: string, value: T]>,
): (name: string) => PatternHit<T> | undefined {
  const exact = new Map<string, PatternHit<T>>();
  const prefixes = new Map<string, PatternHit<T>>();
  const regexes: { readonly regex: RegExp; readonly hit: PatternHit<T> }[] = [];
  const hits = Array.from(entries, ([text, value]): PatternHit<T> => ({ value, pattern: parsePattern(text) }));
  for (const hit of hits) {
    const { pattern } = hit;
    if (pattern.kind === "exact") setOnce(exact, pattern.text, hit);
    else if (pattern.kind === "prefix") setOnce(prefixes, pattern.text, hit);
    else if (pattern.kind === "regex") regexes.push({ regex: pattern.regex, hit });
  }
  // Not an assignment in the loop to what the function below closes over: Bun 1.4.5 was seen to make it for every entry, once compiled.
  const any = hits.find(({ pattern }) => pattern.kind === "any");
  const lengths = [...new Set([...prefixes.keys()].map((prefix) => prefix.length))].sort((a, b) => b - a);
  return (name) => {
    const found = exact.get(name);
    if (found !== undefined) return found;
    for (const length of lengths) {
      const hit = length <= name.length ? prefixes.get(name.slice(0, length)) : undefined;
      if (hit !== undefined) return hit;
    }
    for (const { regex, hit } of regexes) if (regex.test(name)) return hit;
    return any;
  };
}

function setOnce<K, V>(map: Map<K, V>, key: K, value: V): void {
  if (!map.has(key)) map.set(key, value);
}

/** Tells whether one of the patterns fits a name. Throws a SyntaxError when an expression is not valid. */
export function compilePatterns(patterns: Iterable<string>): (name: string) => boolean {
  const find = indexPatterns(Array.from(patterns, (pattern) => [pattern, true] as const));
  return (name) => find(name) !== undefined;
}

/**
 * Compiles `modelMapping`: the answer is the target of the best pattern, or undefined when none fits. An empty target keeps the name. The
 * target of an expression replaces what the expression matched, `$1` and the like filled in (see `compileReplacement`).
 */
export function compileMapping(mapping: Readonly<Record<string, string>>): (name: string) => string | undefined {
  const entries = Object.entries(mapping).map(([pattern, target]) => [pattern, renaming(pattern, target)] as const);
  const find = indexPatterns(entries);
  return (name) => find(name)?.value(name);
}

function renaming(pattern: string, target: string): (name: string) => string | undefined {
  if (target === "") return (name) => name;
  const parsed = parsePattern(pattern);
  return parsed.kind === "regex" ? compileReplacement(parsed.regex, target) : () => target;
}
