import { JsonNode } from "#src/core/gjson/node.ts";
import { formatTime } from "./time/layout.ts";
import { isDict, isList, isTime, TemplateError, type Value, valueOf } from "./value.ts";

/** How JSON is written. */
export interface JsonStyle {
  /** `<`, `>` and `&` as escapes, as Go writes them. */
  readonly escapeHtml?: boolean;
  readonly indent?: string;
}

/** Deeper than any document that means something. */
const MAX_DEPTH = 500;

/** A value as JSON. Members in the order of their keys, numbers as they stand in the document. Throws a TemplateError for what is none. */
export function jsonText(value: Value, style: JsonStyle, margin = "", depth = 0): string {
  if (depth > MAX_DEPTH) throw new TemplateError(`JSON is nested more than ${MAX_DEPTH} deep`);
  if (value === undefined || value === null) return "null";
  if (typeof value === "string") return stringText(value, style);
  if (typeof value === "number" && !Number.isFinite(value)) throw new TemplateError("JSON has no such number");
  if (value instanceof JsonNode) return nodeText(value, style, margin, depth);
  if (isTime(value)) return stringText(formatTime(value, "2006-01-02T15:04:05.999999999Z07:00"), style);
  if (isList(value)) return listText(value, style, margin, depth);
  return isDict(value) ? dictText([...value], style, margin, depth) : String(value);
}

function nodeText(node: JsonNode, style: JsonStyle, margin: string, depth: number): string {
  if (node.kind === "array") return listText(node.items.map(valueOf), style, margin, depth);
  if (node.kind !== "object") return node.raw;
  const members = new Map<string, Value>();
  for (const { key, value } of node.members) members.set(key, valueOf(value));
  return dictText([...members], style, margin, depth);
}

function listText(items: readonly Value[], style: JsonStyle, margin: string, depth: number): string {
  return enclosed("[", "]", style, margin, (inner) => items.map((item) => jsonText(item, style, inner, depth + 1)));
}

function dictText(members: [string, Value][], style: JsonStyle, margin: string, depth: number): string {
  const colon = style.indent === undefined ? ":" : ": ";
  const sorted = members.sort(([one], [other]) => (one < other ? -1 : Number(one > other)));
  return enclosed("{", "}", style, margin, (inner) =>
    sorted.map(([key, value]) => stringText(key, style) + colon + jsonText(value, style, inner, depth + 1)),
  );
}

function enclosed(
  open: string,
  close: string,
  { indent }: JsonStyle,
  margin: string,
  parts: (inner: string) => string[],
): string {
  const inner = margin + (indent ?? "");
  const made = parts(inner);
  if (indent === undefined || made.length === 0) return open + made.join(",") + close;
  return `${open}\n${made.map((part) => inner + part).join(",\n")}\n${margin}${close}`;
}

const HTML: Readonly<Record<string, string>> = { "<": "\\u003c", ">": "\\u003e", "&": "\\u0026" };

function stringText(text: string, { escapeHtml }: JsonStyle): string {
  const json = JSON.stringify(text).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
  return escapeHtml === true ? json.replaceAll(/[<>&]/g, (char) => HTML[char] ?? char) : json;
}
