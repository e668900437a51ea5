import { endOfArgument } from "./brackets.ts";
import { modifierOf } from "./modifiers.ts";
import { parseMultipath } from "./multipath.ts";
import { JsonNode } from "./node.ts";
import { type ArrayStep, Path } from "./path.ts";
import { fulfils } from "./query.ts";
import { matchesWildcards } from "./wildcards.ts";

/** How deep paths may be within paths, and a value searched: nothing that means something needs more. */
const MAX_NESTING = 100;

/** What a path leads to; undefined when there is nothing. */
export function getPath(node: JsonNode | undefined, path: Path): JsonNode | undefined {
  return get(node, path, 0);
}

function get(node: JsonNode | undefined, path: Path, depth: number): JsonNode | undefined {
  if (depth > MAX_NESTING) return undefined;
  const special = SPECIAL[path.text.charAt(0)];
  const made = path.text.length > 1 ? special?.(node, path.text, depth + 1) : undefined;
  if (made !== undefined) return proceed(made.node, made.rest, depth);
  if (node === undefined) return undefined;
  if (path.text.startsWith("..")) return get(JsonNode.of(`[${node.raw}]`), Path.of(path.text.slice(2)), depth + 1);
  const pipe: Piped = { path: undefined };
  const found = step(node, path, pipe, depth + 1);
  return pipe.path === undefined ? found : get(found, pipe.path, depth + 1);
}

function proceed(node: JsonNode | undefined, rest: string, depth: number): JsonNode | undefined {
  return rest === "" ? node : get(node, Path.of(rest.slice(1)), depth + 1);
}

interface Made {
  readonly node: JsonNode | undefined;
  /** Begins with its separator. */
  readonly rest: string;
}

/** What begins with a sign of its own; each answers undefined when it is an ordinary name after all. */
const SPECIAL: Readonly<Record<string, (node: JsonNode | undefined, path: string, depth: number) => Made | undefined>> =
  { "@": modified, "!": literal, "[": multipath, "{": multipath };

function modified(node: JsonNode | undefined, path: string, depth: number): Made | undefined {
  const [, name = "", separator = ""] = /^@([^:|.]*)([:|.]?)/.exec(path) ?? [];
  const modifier = modifierOf(name);
  if (modifier === undefined) return undefined;
  const rest = path.slice(1 + name.length);
  if (separator !== ":") return { node: modifier(node, "", (within, at) => get(within, Path.of(at), depth)), rest };
  const { argument, after } = argumentOf(rest.slice(1));
  return { node: modifier(node, argument, (within, at) => get(within, Path.of(at), depth)), rest: after };
}

/** A JSON value, or everything up to the next `|` that is not in brackets. */
function argumentOf(text: string): { readonly argument: string; readonly after: string } {
  let end = /^["{[]/.test(text) ? endOfArgument(text) : 0;
  if (end === 0) {
    while (end < text.length && text.charAt(end) !== "|") {
      end += /["{[(]/.test(text.charAt(end)) ? Math.max(1, endOfArgument(text.slice(end))) : 1;
    }
  }
  return { argument: text.slice(0, end), after: text.slice(end) };
}

function literal(_: JsonNode | undefined, path: string): Made | undefined {
  const text = path.slice(1);
  const end = /^[{["+\-0-9]/.test(text) ? endOfArgument(text) : (/^[^|.]*/.exec(text)?.[0].length ?? 0);
  const node = JsonNode.parse(text.slice(0, end));
  return node === undefined ? undefined : { node, rest: text.slice(end) };
}

function multipath(node: JsonNode | undefined, path: string, depth: number): Made | undefined {
  const parsed = parseMultipath(path);
  if (parsed === undefined) return undefined;
  const parts: string[] = [];
  for (const { key, path: within } of parsed.selectors) {
    const found = get(node, Path.of(within), depth);
    if (found !== undefined) parts.push(path.startsWith("{") ? `${key}:${found.raw}` : found.raw);
  }
  const raw = path.startsWith("{") ? `{${parts.join(",")}}` : `[${parts.join(",")}]`;
  return { node: JsonNode.of(raw), rest: parsed.rest };
}

/** A pipe met on the way: it is for the result as a whole. */
interface Piped {
  path: Path | undefined;
}

function step(node: JsonNode, path: Path, pipe: Piped, depth: number): JsonNode | undefined {
  if (depth > MAX_NESTING) return undefined;
  if (node.kind === "array") return arrayStep(node, path.array, pipe, depth);
  if (node.kind !== "object") return undefined;
  const { part, wild, rest, pipe: piped } = path.object;
  if (piped !== undefined) pipe.path = piped;
  const within = (value: JsonNode): JsonNode | undefined =>
    rest === undefined ? value : step(value, rest, pipe, depth + 1);
  if (!wild) {
    const value = node.get(part);
    return value === undefined ? undefined : within(value);
  }
  for (const { key, value } of node.members) {
    const found = matchesWildcards(key, part) ? within(value) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function arrayStep(node: JsonNode, at: ArrayStep, pipe: Piped, depth: number): JsonNode | undefined {
  const { count, each, query, index, rest } = at;
  if (at.pipe !== undefined) pipe.path = at.pipe;
  if (count) return JsonNode.of(String(node.items.length));
  if (each !== undefined) return arrayOf(node.items.map((item) => get(item, each, depth + 1)));
  if (query !== undefined) return queried(node, at, depth);
  const item = node.items[index];
  return item === undefined || rest === undefined ? item : step(item, rest, pipe, depth + 1);
}

function queried(node: JsonNode, { query, rest }: ArrayStep, depth: number): JsonNode | undefined {
  if (query === undefined) return undefined;
  const holds = (item: JsonNode): boolean =>
    query.conditions.every((condition) => {
      const container = item.kind === "object" || item.kind === "array";
      if (!container) return condition.path === "" && fulfils(condition, item);
      return fulfils(condition, get(item, Path.of(condition.path), depth + 1));
    });
  const within = (item: JsonNode): JsonNode | undefined => (rest === undefined ? item : get(item, rest, depth + 1));
  if (query.all) return arrayOf(node.items.filter(holds).map(within));
  const first = node.items.find(holds);
  return first === undefined ? undefined : within(first);
}

function arrayOf(nodes: readonly (JsonNode | undefined)[]): JsonNode {
  return JsonNode.of(`[${nodes.flatMap((node) => (node === undefined ? [] : [node.raw])).join(",")}]`);
}
