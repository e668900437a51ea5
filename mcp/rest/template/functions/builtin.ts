import { JsonNode } from "#src/core/gjson/node.ts";
import { getPath } from "#src/core/gjson/get.ts";
import { Path } from "#src/core/gjson/path.ts";
import { shown } from "../print.ts";
import { sprintf } from "../sprintf.ts";
import { isDict, isTrue, itemsOf, plain, TemplateError, typeOf, type Value, valueOf } from "../value.ts";
import { asCount, asPrinted, asText, between, fixed, type Functions, open } from "./signature.ts";
import { queryEscaped } from "./url.ts";

/** Go's own functions, but for comparisons. */
export const builtins: Functions = {
  len: fixed(1, (value) => BigInt(lengthOf(value))),
  index: open(1, ([value, ...keys]) => keys.reduce(indexed, value)),
  slice: between(1, 4, ([value, ...places]) => sliced(value, places)),
  not: fixed(1, (value) => !isTrue(value)),
  print: open(0, sprint),
  println: open(0, (args) => `${args.map(shown).join(" ")}\n`),
  printf: open(1, ([format, ...args]) => sprintf(asText(format), args)),
  sprintf: open(1, ([format, ...args]) => sprintf(asText(format), args)),
  html: open(1, (args) => replaced(together(args), HTML)),
  js: open(1, (args) => replaced(together(args), JS)),
  urlquery: open(1, (args) => queryEscaped(together(args))),
  urlqueryescape: open(1, (args) => queryEscaped(together(args))),
  getRealIP: between(0, 0, (_, { realIp }) => realIp),
  getSocketIP: between(0, 0, (_, { socketIp }) => socketIp),
};

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function lengthOf(value: Value): number {
  if (value instanceof JsonNode && value.kind === "object") return value.size;
  const of = plain(value);
  if (typeof of === "string") return encoder.encode(of).length;
  if (isDict(of)) return of.size;
  return itemsOf(of)?.length ?? 0;
}

/** One step of `index`: a place in a list or text, a key of a map. A key that is not there may still be a path. */
function indexed(value: Value, key: Value): Value {
  if (value instanceof JsonNode && value.kind === "object") {
    return valueOf(value.get(asText(key)) ?? getPath(value, Path.of(asText(key))));
  }
  const of = plain(value);
  if (isDict(of)) return of.get(asText(key));
  if (typeof of === "string") return at(Array.from(encoder.encode(of), BigInt), key);
  const items = itemsOf(of);
  if (items === undefined) throw new TemplateError(`index cannot look into a ${typeOf(value)}`);
  return at(items, key);
}

function at(items: readonly Value[], key: Value): Value {
  const place = asCount(key, "index");
  if (place < 0 || place >= items.length)
    throw new TemplateError(`index ${place} is out of range, there are ${items.length}`);
  return items[place];
}

/**
 * From one place to before another. Go takes a third place, the capacity, which must not lie before the second; where it does, Higress'
 * documents mean a step: `slice .hours 6 24 3`.
 */
function sliced(value: Value, places: readonly Value[]): Value {
  const text = plain(value);
  if (typeof text === "string") return decoder.decode(encoder.encode(text).slice(...bounds(places, lengthOf(text))));
  const items = itemsOf(value);
  if (items === undefined) throw new TemplateError(`slice cannot cut a ${typeOf(value)}`);
  const [from, to] = bounds(places, items.length);
  const third = places[2] === undefined ? to : asCount(places[2], "slice");
  if (third < 1 && to > 0) throw new TemplateError("slice needs a step of at least 1");
  const part = items.slice(from, to);
  return third < to ? part.filter((_, place) => place % third === 0) : part;
}

function bounds([first, second]: readonly Value[], length: number): readonly [from: number, to: number] {
  const from = first === undefined ? 0 : asCount(first, "slice");
  const to = second === undefined ? length : asCount(second, "slice");
  if (from < 0 || to < from || from > length)
    throw new TemplateError(`slice ${from} ${to} is out of range, there are ${length}`);
  return [from, Math.min(to, length)];
}

/** Values side by side, with a space between two of which neither is a text. */
function sprint(args: readonly Value[]): string {
  let out = "";
  for (const [place, arg] of args.entries()) {
    const texts = typeof arg === "string" || typeof args[place - 1] === "string";
    out += (place > 0 && !texts ? " " : "") + shown(arg);
  }
  return out;
}

function together(args: readonly Value[]): string {
  return args.length === 1 ? asPrinted(args[0]) : sprint(args);
}

const HTML: Readonly<Record<string, string>> = {
  "<": "&lt;",
  ">": "&gt;",
  "&": "&amp;",
  '"': "&#34;",
  "'": "&#39;",
  "\0": "\uFFFD",
};

const JS: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "'": "\\'",
  '"': '\\"',
  "<": "\\u003C",
  ">": "\\u003E",
  "&": "\\u0026",
  "=": "\\u003D",
  ...Object.fromEntries(
    Array.from({ length: 32 }, (_, code) => [
      String.fromCodePoint(code),
      `\\u${code.toString(16).toUpperCase().padStart(4, "0")}`,
    ]),
  ),
};

function replaced(text: string, by: Readonly<Record<string, string>>): string {
  // oxlint-disable-next-line no-control-regex -- they are among what is replaced
  return text.replaceAll(/[<>&"'\\=\u0000-\u001f]/g, (char) => by[char] ?? char);
}
