import type { PathMatch } from "#src/core/route.ts";
import { regexComplaint } from "#src/core/settings/scalars.ts";
import type { IngressScope } from "./scope.ts";

/** How a path of an Ingress is matched. */
export interface MatchedPath {
  /** As it is written there. */
  readonly written: string;
  readonly match: PathMatch;
  readonly kind: "exact" | "prefix" | "regex";
  /** The part of a request's path that a rewrite replaces, as an expression; only where `match` is one. */
  readonly replaced?: string;
}

/** What annotations say of an Ingress' paths. */
export interface PathRules {
  readonly expressions: "full" | "prefix" | "by-need";
  readonly target: string;
  readonly ignoreCase: boolean;
}

export function pathRules({ annotations }: IngressScope): PathRules {
  const full = annotations.flag("full-path-regex");
  const prefix = annotations.flag("use-regex");
  return {
    expressions: full ? "full" : prefix ? "prefix" : "by-need",
    target: annotations.text("rewrite-target") ?? "",
    ignoreCase: annotations.flag("ignore-path-case"),
  };
}

const SPECIAL = /[\\.+*?()|[\]{}^$]/;

/** As Higress decides: an annotation says so, or a rewrite's target has groups, or it has a target and the path looks like an expression. */
function isExpression(path: string, { expressions, target }: PathRules): boolean {
  return expressions !== "by-need" || /[$\\]/.test(target) || (target !== "" && SPECIAL.test(path));
}

/** Reads a path and its type; what cannot be is told in words. */
export function readPath(path: unknown, type: unknown, rules: PathRules): MatchedPath | string {
  // Nothing means everything; old files write prefixes as /a/*.
  const whole = path === undefined || path === "" ? "/" : path;
  if (typeof whole !== "string" || !whole.startsWith("/")) return "must begin with /";
  if (/[\s\p{Cc}]/u.test(whole)) return "must not hold blanks or control characters";
  if (isExpression(whole, rules)) return expression(whole, rules);
  const written = type === undefined ? whole.replace(/\/?\.?\*$/, "") || "/" : whole;
  if (/[?#]/.test(written)) return "must not hold a query or a fragment";
  return type === "Exact" ? exact(written, rules) : prefix(written, rules);
}

function exact(written: string, { ignoreCase }: PathRules): MatchedPath {
  return { written, kind: "exact", match: ignoreCase ? { regex: `(?i)${quoted(written)}` } : { exact: written } };
}

function prefix(written: string, { ignoreCase }: PathRules): MatchedPath {
  const bare = written.replace(/\/+$/, "");
  if (!ignoreCase || bare === "") return { written, kind: "prefix", match: { prefix: bare || "/" } };
  const match = { regex: `(?i)${quoted(bare)}(?:/.*)?` };
  return { written, kind: "prefix", match, replaced: `(?i)^${quoted(bare)}` };
}

function expression(written: string, { expressions, ignoreCase }: PathRules): MatchedPath | string {
  const complaint = regexComplaint(written);
  if (complaint !== undefined)
    return `${complaint.message}${complaint.hint === undefined ? "" : `: ${complaint.hint}`}`;
  // Alternatives are of the whole path.
  const alone = written.includes("|") ? `(?:${written})` : written;
  const flags = ignoreCase ? "(?i)" : "";
  const body = `${alone}${expressions === "full" ? "" : ".*"}`;
  return { written, kind: "regex", match: { regex: flags + body }, replaced: `${flags}^${body}$` };
}

/** Text as an expression of itself. */
export function quoted(text: string): string {
  return text.replaceAll(/[\\.+*?()|[\]{}^$]/g, "\\$&");
}
