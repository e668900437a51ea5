import { JsonNode } from "./node.ts";
import { compactJson, prettyJson } from "./pretty.ts";

/** What `@name:argument` does to a value; a missing one is undefined. `get` follows a path. */
export type Modifier = (
  node: JsonNode | undefined,
  argument: string,
  get: (node: JsonNode, path: string) => JsonNode | undefined,
) => JsonNode | undefined;

/** A setting in a modifier's JSON argument. */
function setting(argument: string, name: string): JsonNode | undefined {
  return JsonNode.parse(argument)?.get(name);
}

const MODIFIERS: Readonly<Record<string, Modifier>> = {
  this: (node) => node,
  valid: (node) => node,
  ugly: (node) => node && JsonNode.of(compactJson(node)),
  pretty: (node, argument) => node && JsonNode.of(prettyJson(node, JsonNode.parse(argument))),
  reverse: (node) => {
    if (node?.kind === "array") return list(node.items.toReversed());
    if (node?.kind !== "object") return node;
    return object(node.members.toReversed().map(({ rawKey, value }) => `${rawKey}:${value.raw}`));
  },
  flatten: (node, argument) => {
    if (node?.kind !== "array") return node;
    return list(flattened(node, setting(argument, "deep")?.kind === "true"));
  },
  join: (node, argument) => {
    if (node?.kind !== "array") return node;
    const members = node.items.flatMap((item) => item.members);
    if (setting(argument, "preserve")?.kind === "true")
      return object(members.map(({ rawKey, value }) => `${rawKey}:${value.raw}`));
    const last = new Map<string, string>();
    for (const { key, value } of members) last.set(key, value.raw);
    const names = new Map<string, string>();
    for (const { key, rawKey } of members) if (!names.has(key)) names.set(key, rawKey);
    return object([...names].map(([key, rawKey]) => `${rawKey}:${last.get(key)}`));
  },
  keys: (node) => {
    if (node?.kind === "object") return JsonNode.of(`[${node.members.map(({ rawKey }) => rawKey).join(",")}]`);
    const count = node === undefined ? 0 : node.kind === "array" ? node.items.length : 1;
    return JsonNode.of(`[${Array.from({ length: count }, () => "null").join(",")}]`);
  },
  values: (node) => {
    if (node === undefined) return JsonNode.of("[]");
    if (node.kind === "array") return node;
    return list(node.kind === "object" ? node.members.map(({ value }) => value) : [node]);
  },
  tostr: (node) => JsonNode.string(node?.raw ?? ""),
  fromstr: (node) => node && JsonNode.parse(node.text),
  group: (node) => {
    if (node?.kind !== "object") return undefined;
    const rows: string[][] = [];
    for (const { rawKey, value } of node.members) {
      for (const [at, item] of value.items.entries()) (rows[at] ??= []).push(`${rawKey}:${item.raw}`);
    }
    return JsonNode.of(`[${rows.map((row) => `{${row.join(",")}}`).join(",")}]`);
  },
  dig: (node, argument, get) => (node === undefined ? JsonNode.of("[]") : list(dug(node, argument, get))),
};

export function modifierOf(name: string): Modifier | undefined {
  return Object.hasOwn(MODIFIERS, name) ? MODIFIERS[name] : undefined;
}

export function isModifier(name: string): boolean {
  return Object.hasOwn(MODIFIERS, name);
}

function list(nodes: readonly JsonNode[]): JsonNode {
  return JsonNode.of(`[${nodes.map(({ raw }) => raw).join(",")}]`);
}

function object(members: readonly string[]): JsonNode {
  return JsonNode.of(`{${members.join(",")}}`);
}

function flattened(node: JsonNode, deep: boolean): readonly JsonNode[] {
  return node.items.flatMap((item) => {
    if (item.kind !== "array") return [item];
    return deep ? flattened(item, true) : item.items;
  });
}

/** What the path leads to from each value in the tree, outer ones first. */
function dug(root: JsonNode, path: string, get: (node: JsonNode, path: string) => JsonNode | undefined): JsonNode[] {
  const found: JsonNode[] = [];
  const waiting = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    const hit = get(node, path);
    if (hit !== undefined) found.push(hit);
    const inner = node.kind === "object" ? node.members.map(({ value }) => value) : node.items;
    waiting.push(...inner.toReversed());
  }
  return found;
}
