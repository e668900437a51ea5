import type { JsonNode } from "./node.ts";

/** The same JSON without any space between its parts. */
export function compactJson(node: JsonNode): string {
  if (node.kind === "object") {
    return `{${node.members.map(({ rawKey, value }) => `${rawKey}:${compactJson(value)}`).join(",")}}`;
  }
  return node.kind === "array" ? `[${node.items.map(compactJson).join(",")}]` : node.raw;
}

interface Layout {
  readonly width: number;
  readonly prefix: string;
  readonly indent: string;
  readonly sortKeys: boolean;
}

/** JSON for reading, as `@pretty` writes it: a list that fits stays on its line. `options` has width, prefix, indent and sortKeys. */
export function prettyJson(node: JsonNode, options?: JsonNode): string {
  const layout: Layout = {
    width: Number(options?.get("width")?.raw ?? 80),
    prefix: options?.get("prefix")?.text ?? "",
    indent: options?.get("indent")?.text ?? "  ",
    sortKeys: options?.get("sortKeys")?.kind === "true",
  };
  const text = written(node, layout, "", 0);
  return node.size > 0 ? `${text}\n` : text;
}

function written(node: JsonNode, layout: Layout, margin: string, column: number): string {
  if (node.kind !== "object" && node.kind !== "array") return node.raw;
  const [open, close] = node.kind === "object" ? ["{", "}"] : ["[", "]"];
  if (node.size === 0) return open + close;
  const onOne = node.kind === "array" ? oneLine(node) : undefined;
  if (onOne !== undefined && layout.prefix.length + column + onOne.length <= layout.width) return onOne;
  const inner = margin + layout.indent;
  const lines = linesOf(node, layout, inner).map((line) => `\n${layout.prefix}${inner}${line}`);
  return `${open}${lines.join(",")}\n${layout.prefix}${margin}${close}`;
}

function linesOf(node: JsonNode, layout: Layout, inner: string): readonly string[] {
  if (node.kind === "array") return node.items.map((item) => written(item, layout, inner, inner.length));
  const members = layout.sortKeys
    ? node.members.toSorted((one, other) => (one.key < other.key ? -1 : one.key > other.key ? 1 : 0))
    : node.members;
  return members.map(({ rawKey, value }) => {
    const before = `${rawKey}: `;
    return before + written(value, layout, inner, inner.length + before.length);
  });
}

/** An array on one line; undefined when an object with members is in it. */
function oneLine(node: JsonNode): string | undefined {
  if (node.kind === "object") return node.size === 0 ? "{}" : undefined;
  if (node.kind !== "array") return node.raw;
  const items: string[] = [];
  for (const item of node.items) {
    const line = oneLine(item);
    if (line === undefined) return undefined;
    items.push(line);
  }
  return `[${items.join(", ")}]`;
}
