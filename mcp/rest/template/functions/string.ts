import { TemplateError, type Value } from "../value.ts";
import { shown, quoted } from "../print.ts";
import { asCount, asText, asTexts, fixed, type Functions, open } from "./signature.ts";

/** What a template repeats or pads is bounded before it is made. */
const LONGEST = 8 * 1024 * 1024;

function repeated(text: string, count: number): string {
  if (count < 0 || text.length * count > LONGEST) throw new TemplateError(`repeat ${count} is too often`);
  return text.repeat(count);
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Cut by bytes, as Go cuts. */
function bytesOf(text: string, from: number, to?: number): string {
  return decoder.decode(encoder.encode(text).slice(from, to));
}

/** Sprig's functions of texts. The text comes last, so that it can come from a pipeline. */
export const strings: Functions = {
  trim: fixed(1, (text) => asText(text).trim()),
  trimAll: fixed(2, trimmed),
  trimall: fixed(2, trimmed),
  trimPrefix: fixed(2, (prefix, text) => without(asText(text), asText(prefix))),
  trimSuffix: fixed(2, (suffix, text) => {
    const [whole, end] = [asText(text), asText(suffix)];
    return end !== "" && whole.endsWith(end) ? whole.slice(0, -end.length) : whole;
  }),
  upper: fixed(1, (text) => asText(text).toUpperCase()),
  lower: fixed(1, (text) => asText(text).toLowerCase()),
  title: fixed(1, (text) =>
    asText(text).replaceAll(
      /(^|[^\p{L}\p{N}_])(\p{L})/gu,
      (_, before: string, char: string) => before + char.toUpperCase(),
    ),
  ),
  untitle: fixed(1, (text) =>
    asText(text).replaceAll(/(^|\s)(\p{L})/gu, (_, before: string, char: string) => before + char.toLowerCase()),
  ),
  repeat: fixed(2, (count, text) => repeated(asText(text), asCount(count, "repeat"))),
  substr: fixed(3, (start, end, text) => {
    const [from, to] = [asCount(start, "substr"), asCount(end, "substr")];
    if (from < 0) return bytesOf(asText(text), 0, Math.max(0, to));
    return bytesOf(asText(text), from, to < 0 ? undefined : Math.max(from, to));
  }),
  trunc: fixed(2, (count, text) => {
    const limit = asCount(count, "trunc");
    return limit < 0 ? bytesOf(asText(text), limit) : bytesOf(asText(text), 0, limit);
  }),
  abbrev: fixed(2, (width, text) => abbreviated(0, asCount(width, "abbrev"), asText(text))),
  abbrevboth: fixed(3, (left, width, text) =>
    abbreviated(asCount(left, "abbrevboth"), asCount(width, "abbrevboth"), asText(text)),
  ),
  nospace: fixed(1, (text) => asText(text).replaceAll(/\s/g, "")),
  initials: fixed(1, (text) =>
    asText(text)
      .split(/\s+/)
      .map((word) => Array.from(word)[0] ?? "")
      .join(""),
  ),
  contains: fixed(2, (part, text) => asText(text).includes(asText(part))),
  hasPrefix: fixed(2, (prefix, text) => asText(text).startsWith(asText(prefix))),
  hasSuffix: fixed(2, (suffix, text) => asText(text).endsWith(asText(suffix))),
  replace: fixed(3, (old, by, text) => asText(text).replaceAll(asText(old), () => asText(by))),
  quote: open(0, (args) =>
    present(args)
      .map((arg) => quoted(shown(arg)))
      .join(" "),
  ),
  squote: open(0, (args) =>
    present(args)
      .map((arg) => `'${shown(arg)}'`)
      .join(" "),
  ),
  cat: open(0, (args) => present(args).map(shown).join(" ")),
  indent: fixed(2, (spaces, text) => indented(spaces, text)),
  nindent: fixed(2, (spaces, text) => `\n${indented(spaces, text)}`),
  plural: fixed(3, (one, many, count) => (asCount(count, "plural") === 1 ? one : many)),
  join: fixed(2, (separator, list) => asTexts(list).join(asText(separator))),
  splitList: fixed(2, (separator, text) => asText(text).split(asText(separator))),
  split: fixed(2, (separator, text) => numbered(asText(text).split(asText(separator)))),
  splitn: fixed(3, (separator, count, text) =>
    numbered(splitAt(asText(text), asText(separator), asCount(count, "splitn"))),
  ),
  toStrings: fixed(1, asTexts),
  sortAlpha: fixed(1, (list) => asTexts(list).toSorted()),
  hello: fixed(0, () => "Hello!"),
};

function present(args: readonly Value[]): readonly Value[] {
  return args.filter((arg) => arg !== null && arg !== undefined);
}

function without(text: string, prefix: string): string {
  return text.startsWith(prefix) ? text.slice(prefix.length) : text;
}

function trimmed(chars: Value, text: Value): string {
  const set = new Set(asText(chars));
  const all = Array.from(asText(text));
  let [from, to] = [0, all.length];
  while (from < to && set.has(all[from]!)) from += 1;
  while (to > from && set.has(all[to - 1]!)) to -= 1;
  return all.slice(from, to).join("");
}

function indented(spaces: Value, text: Value): string {
  const pad = repeated(" ", asCount(spaces, "indent"));
  return pad + asText(text).replaceAll("\n", `\n${pad}`);
}

function numbered(parts: readonly string[]): Map<string, Value> {
  return new Map(parts.map((part, at) => [`_${at}`, part]));
}

function splitAt(text: string, separator: string, count: number): readonly string[] {
  const parts = text.split(separator);
  if (count === 0) return [];
  if (count < 0 || parts.length <= count) return parts;
  return [...parts.slice(0, count - 1), parts.slice(count - 1).join(separator)];
}

/** Shortened with three dots at its end, and at its beginning when more than a little is left out there. */
function abbreviated(left: number, width: number, text: string): string {
  if (width < 4 || (left > 0 && width < 7)) return text;
  const chars = Array.from(text);
  if (width > chars.length) return text;
  const size = chars.length;
  const offset = Math.min(left, size);
  const from = size - offset < width - 3 ? size - (width - 3) : offset;
  if (from <= 4) return `${chars.slice(0, width - 3).join("")}...`;
  if (from + width - 3 < size) return `...${abbreviated(0, width - 3, chars.slice(from).join(""))}`;
  return `...${chars.slice(size - (width - 3)).join("")}`;
}
