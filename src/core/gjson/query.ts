import { endOfBrackets } from "./brackets.ts";
import { JsonNode } from "./node.ts";
import { endOfString } from "./scan.ts";
import { matchesWildcards } from "./wildcards.ts";

/** One comparison of a query. */
export interface Condition {
  /** Within the item; empty for the item itself. */
  readonly path: string;
  /** Empty asks whether there is something at all. */
  readonly operator: string;
  readonly value: string;
}

/** `#(…)`, or with `all` `#(…)#`. */
export interface Query {
  /** All must hold. GJSON itself knows one; Higress' documents show several, joined by `&&`. */
  readonly conditions: readonly Condition[];
  readonly all: boolean;
}

/** A query at the beginning of `text`; undefined when its bracket is never closed. */
export function parseQuery(
  text: string,
): { readonly conditions: readonly Condition[]; readonly end: number } | undefined {
  const end = endOfBrackets(text, 1);
  if (!")]".includes(text.charAt(end - 1)) || end <= 2) return undefined;
  return { conditions: splitConditions(text.slice(2, end - 1)).map(parseCondition), end };
}

function splitConditions(text: string): readonly string[] {
  const parts: string[] = [];
  let from = 0;
  scan(text, (at) => {
    if (!text.startsWith("&&", at)) return false;
    parts.push(text.slice(from, at));
    from = at + 2;
    return false;
  });
  return [...parts, text.slice(from)];
}

/** Calls `visit` at each place outside of strings and brackets, until it answers true: that place is the result. */
function scan(text: string, visit: (at: number) => boolean): number {
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (visit(at)) return at;
    if (char === "\\") at += 1;
    else if (char === '"') at = endOfString(text, at) - 1;
    else if ("([".includes(char)) at = endOfBrackets(text, at) - 1;
  }
  return -1;
}

function parseCondition(text: string): Condition {
  const at = scan(text, (place) => "!=<>%".includes(text.charAt(place)));
  if (at < 0) return { path: text.trim(), operator: "", value: "" };
  const written = /^(==|!=|!%|<=|>=|.)/.exec(text.slice(at))?.[0] ?? "";
  const value = text.slice(at + written.length).trim();
  return { path: text.slice(0, at).trim(), operator: written === "==" ? "=" : written, value: unquoted(value) };
}

function unquoted(value: string): string {
  if (value.length < 2 || !value.startsWith('"') || !value.endsWith('"')) return value;
  const node = JsonNode.parse(value);
  return node === undefined ? value.slice(1, -1).replaceAll(/\\(.)/g, "$1") : node.text;
}

/** Whether what a condition's path led to fulfils it. */
export function fulfils({ operator, value }: Condition, found: JsonNode | undefined): boolean {
  if (value.startsWith("~")) return fulfilsLike(operator, value.slice(1), found);
  if (found === undefined) return false;
  if (operator === "") return true;
  return COMPARE[found.kind]?.(operator, found, value) ?? false;
}

const TRUE = new Set(["1", "t", "true"]);
const FALSE = new Set(["0", "f", "false"]);

/** `~true`, `~false`, `~null` and `~*`: what counts as such, missing values included. */
const LIKE: Readonly<Record<string, (found: JsonNode | undefined) => boolean>> = {
  "*": (found) => found !== undefined,
  null: (found) => found === undefined || found.kind === "null",
  true: (found) => found?.kind === "true" || isOne(found, TRUE, (number) => number !== 0),
  false: (found) =>
    found === undefined ||
    found.kind === "null" ||
    found.kind === "false" ||
    isOne(found, FALSE, (number) => number === 0),
};

function isOne(found: JsonNode | undefined, words: ReadonlySet<string>, number: (value: number) => boolean): boolean {
  if (found?.kind === "string") return words.has(found.text.toLowerCase());
  return found?.kind === "number" && number(Number(found.raw));
}

function fulfilsLike(operator: string, like: string, found: JsonNode | undefined): boolean {
  const test = LIKE[like];
  if (test === undefined) return false;
  if (operator === "") return true;
  return compareBooleans(operator, test(found), "true");
}

const COMPARE: Readonly<
  Partial<Record<JsonNode["kind"], (operator: string, found: JsonNode, value: string) => boolean>>
> = {
  string: (operator, found, value) => {
    if (operator === "%") return matchesWildcards(found.text, value);
    if (operator === "!%") return !matchesWildcards(found.text, value);
    return ordered(operator, found.text === value ? 0 : found.text < value ? -1 : 1);
  },
  number: (operator, found, value) => {
    const parsed = Number(value);
    return ordered(operator, Math.sign(Number(found.raw) - (Number.isNaN(parsed) ? 0 : parsed)));
  },
  true: (operator, _, value) => compareBooleans(operator, true, value),
  false: (operator, _, value) => compareBooleans(operator, false, value),
};

function ordered(operator: string, order: number): boolean {
  if (operator === "=") return order === 0;
  if (operator === "!=") return order !== 0;
  if (operator === "<") return order < 0;
  if (operator === "<=") return order <= 0;
  if (operator === ">") return order > 0;
  return operator === ">=" && order >= 0;
}

function compareBooleans(operator: string, found: boolean, value: string): boolean {
  if (operator === "=") return value === String(found);
  if (operator === "!=") return value !== String(found);
  if (found) return operator === ">=" || (operator === ">" && value === "false");
  return operator === "<=" || (operator === "<" && value === "true");
}
