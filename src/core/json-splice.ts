import { isObject, type JsonObject } from "./json.ts";

/**
 * Replaces members of a JSON object in its text, so that everything else keeps its bytes: order, spacing, number forms, unknown fields.
 * The text must have passed `JSON.parse` as an object; then a scan that only tracks strings and depth is exact.
 */

/** Where a top-level member's value lies in the text. */
interface Span {
  readonly start: number;
  readonly end: number;
}

const QUOTE = 34;
const BACKSLASH = 92;

/** The index behind the string that opens at `open`. */
function afterString(text: string, open: number): number {
  let close = text.indexOf('"', open + 1);
  for (;;) {
    let slashes = 0;
    while (text.charCodeAt(close - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return close + 1;
    close = text.indexOf('"', close + 1);
  }
}

function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (isSpace(text.charCodeAt(at))) at++;
  return at;
}

/** The index behind the value that begins at `from`. */
function afterValue(text: string, from: number): number {
  let depth = 0;
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = afterString(text, at);
      if (depth === 0) return at;
      continue;
    }
    if (code === 123 || code === 91) depth++;
    else if (code === 125 || code === 93) {
      // Depth 0 here: the object's own end, so a bare number or word just ended.
      if (depth === 0) return at;
      depth--;
      if (depth === 0) return at + 1;
    } else if (depth === 0 && (code === 44 || isSpace(code))) return at;
    at++;
  }
}

/** The spans of every top-level member called `key`; JSON allows a key twice, and parsers differ in which they take. */
function memberSpans(text: string, key: string): Span[] {
  const spans: Span[] = [];
  const quoted = JSON.stringify(key);
  let at = skipSpace(text, text.indexOf("{") + 1);
  while (text.charCodeAt(at) === QUOTE) {
    const keyEnd = afterString(text, at);
    const name = text.slice(at, keyEnd);
    const start = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const end = afterValue(text, start);
    if (name === quoted || (name.includes("\\") && JSON.parse(name) === key)) spans.push({ start, end });
    at = skipSpace(text, end);
    if (text.charCodeAt(at) !== 44) break;
    at = skipSpace(text, at + 1);
  }
  return spans;
}

/** `text` with every top-level `key` set to `value` (JSON text); added as the first member when there is none. */
export function spliceMember(text: string, key: string, value: string): string {
  const spans = memberSpans(text, key);
  if (spans.length === 0) {
    const open = text.indexOf("{") + 1;
    const empty = text.charCodeAt(skipSpace(text, open)) === 125;
    return `${text.slice(0, open)}${JSON.stringify(key)}:${value}${empty ? "" : ","}${text.slice(open)}`;
  }
  let result = "";
  let from = 0;
  for (const { start, end } of spans) {
    result += text.slice(from, start) + value;
    from = end;
  }
  return result + text.slice(from);
}

/** A way into a JSON text: members' names and items' places. */
export type JsonPath = readonly [string | number, ...(string | number)[]];

/**
 * `text` with the value at a path set to `value` (JSON text). Members that are not there are added; what stands on the path and is no
 * object gives way to one. An item that is not there changes nothing.
 */
export function splicePath(text: string, [key, ...rest]: JsonPath, value: string): string {
  const [next, ...further] = rest;
  const inner = (span: Span | undefined): string => {
    if (next === undefined) return value;
    const there = span === undefined ? "" : text.slice(span.start, span.end);
    if (typeof next === "number") return there.startsWith("[") ? splicePath(there, [next, ...further], value) : there;
    return splicePath(there.startsWith("{") ? there : "{}", [next, ...further], value);
  };
  if (typeof key === "number") {
    const span = itemSpan(text, key);
    return span === undefined ? text : text.slice(0, span.start) + inner(span) + text.slice(span.end);
  }
  // Of a member that stands there twice parsers take the last.
  return spliceMember(text, key, inner(memberSpans(text, key).at(-1)));
}

/** The span of an array's item. */
function itemSpan(text: string, index: number): Span | undefined {
  let start = skipSpace(text, text.indexOf("[") + 1);
  for (let at = 0; text.charCodeAt(start) !== 93; at++) {
    const end = afterValue(text, start);
    if (at === index) return { start, end };
    const next = skipSpace(text, end);
    if (text.charCodeAt(next) !== 44) return undefined;
    start = skipSpace(text, next + 1);
  }
  return undefined;
}

/** The JSON object in a text; undefined when it holds none. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
