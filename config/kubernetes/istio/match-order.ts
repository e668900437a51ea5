import type { HttpMatch } from "./http-match.ts";
import type { StringMatch } from "./string-match.ts";

/**
 * In a VirtualService the first match wins; among routes here the more specific one does. This finds where the two differ: a match that
 * stands behind another one, takes some of its requests, and would be asked before it.
 */

/** Whether paths are matched by expressions alone, which stand in the order written; and what is in another order even so. */
export interface MatchOrder {
  readonly byExpression: boolean;
  /** Matches that win over an earlier one. */
  readonly early: readonly { readonly match: HttpMatch; readonly over: HttpMatch }[];
}

/** How matches, in their order, have to be written to stay in it. */
export function orderOf(matches: readonly HttpMatch[]): MatchOrder {
  const natural = inversions(matches, pathRank);
  if (natural.length === 0) return { byExpression: false, early: [] };
  return { byExpression: true, early: inversions(matches, () => 0) };
}

function inversions(matches: readonly HttpMatch[], rank: (match: HttpMatch) => number): MatchOrder["early"] {
  return matches.flatMap((match, index) => {
    const over = matches.slice(0, index).find((one) => overlap(one, match) && isBefore(match, one, rank));
    return over === undefined ? [] : [{ match, over }];
  });
}

/** Exact paths, then expressions, then the prefix `/`: the order of PathIndex. */
function pathRank({ uri, ignoreCase }: HttpMatch): number {
  if ("exact" in uri) return ignoreCase ? 1 : 2;
  return "prefix" in uri && uri.prefix === "/" ? 0 : 1;
}

/** Whether a match is asked before another: by its path, then by methods, headers and query, as the route table does. */
function isBefore(one: HttpMatch, other: HttpMatch, rank: (match: HttpMatch) => number): boolean {
  const ranks = (match: HttpMatch): readonly number[] => [
    rank(match),
    match.methods === undefined ? 0 : 1,
    match.headers.length,
    match.query.length,
  ];
  const [a, b] = [ranks(one), ranks(other)];
  const difference = a.map((value, index) => value - (b[index] ?? 0)).find((value) => value !== 0);
  return difference !== undefined && difference > 0;
}

/** Whether some request may match both. Never false where one does. */
function overlap(one: HttpMatch, other: HttpMatch): boolean {
  if (!valuesOverlap(one.uri, other.uri)) return false;
  if (one.methods !== undefined && other.methods?.some((method) => one.methods?.includes(method)) === false)
    return false;
  if (one.ports !== undefined && other.ports?.some((port) => one.ports?.includes(port)) === false) return false;
  return named(one.headers, other.headers) && named(one.query, other.query);
}

function named(ones: HttpMatch["headers"], others: HttpMatch["headers"]): boolean {
  return ones.every((one) => others.every((other) => one.name !== other.name || valuesOverlap(one, other)));
}

function valuesOverlap(one: StringMatch, other: StringMatch): boolean {
  if ("regex" in one || "regex" in other || "present" in one || "present" in other) return true;
  if ("exact" in one) return "exact" in other ? one.exact === other.exact : one.exact.startsWith(other.prefix);
  if ("exact" in other) return other.exact.startsWith(one.prefix);
  return one.prefix.startsWith(other.prefix) || other.prefix.startsWith(one.prefix);
}
