import type { PathRewrite } from "#config/model/http-route.ts";
import type { PathMatch } from "#src/core/route.ts";
import type { JsonObject } from "#src/core/json.ts";
import { quoted, segmentsOf } from "./route-match.ts";

/** The fields of a route's action that give it another path; none of them sees the query, which stays. */
export function rewriteFields(rewrite: PathRewrite, match: PathMatch): JsonObject {
  if ("full" in rewrite) return fullFields(rewrite.full, match);
  if ("regex" in rewrite) {
    return { regex_rewrite: replacing(rewrite.regex, substitution(rewrite.regex, rewrite.substitution)) };
  }
  if (!("prefix" in match)) return fullFields(rewrite.prefix, match);
  return prefixFields(segmentsOf(match.prefix), segmentsOf(rewrite.prefix));
}

/** An exact path is a prefix of itself; an expression costs more. */
function fullFields(path: string, match: PathMatch): JsonObject {
  return "exact" in match ? { prefix_rewrite: path } : { regex_rewrite: replacing("^/.*$", literal(path)) };
}

/** Envoy replaces text where the gateway replaces segments: no slash may be doubled or lost. */
function prefixFields(prefix: string, replacement: string): JsonObject {
  if (prefix === "") return { prefix_rewrite: `${replacement}/` };
  if (replacement === "") return { regex_rewrite: replacing(`^${quoted(prefix)}/*`, "/") };
  return { prefix_rewrite: replacement };
}

function replacing(regex: string, substitution: string): JsonObject {
  return { pattern: { regex }, substitution };
}

/** A replacement of RE2's in which nothing stands for a group. */
function literal(text: string): string {
  return text.replaceAll("\\", "\\\\");
}

/** `$1`, `${1}`, `${name}` and `$$` as RE2 writes them: `\1`, and names by the number of their group. */
function substitution(regex: string, template: string): string {
  return template
    .split(/(\$\$|\$\d|\$\{\w+\})/)
    .map((part, index) => (index % 2 === 0 ? literal(part) : part === "$$" ? "$" : group(regex, part)))
    .join("");
}

/** A group that the expression does not have is empty. */
function group(regex: string, part: string): string {
  const name = part.replaceAll(/[${}]/g, "");
  const groups = groupsOf(regex);
  const number = /^\d+$/.test(name) ? Number(name) : groups.indexOf(name) + 1;
  return number <= 9 && number <= groups.length && (number > 0 || name === "0") ? `\\${number}` : "";
}

/** The capturing groups in their order; undefined for those without a name. */
function groupsOf(regex: string): (string | undefined)[] {
  const groups: (string | undefined)[] = [];
  for (const match of regex.matchAll(
    /\\Q[\s\S]*?(?:\\E|$)|\\[\s\S]|\[\^?\]?(?:\\[\s\S]|\[:\w+:\]|[^\]\\])*\]|\((?:\?P?<(\w+)>|(?!\?))/g,
  )) {
    if (match[0].startsWith("(")) groups.push(match[1]);
  }
  return groups;
}
