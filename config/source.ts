import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  visit,
  type YAMLError,
  type YAMLMap,
} from "yaml";
import type { Path, Problem } from "./report.ts";
import { syntaxProblem } from "./syntax.ts";

/** A place in a text, from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A problem of the text itself, which has a position but perhaps no path. */
export interface TextProblem extends Problem {
  readonly position: Position;
}

/** Finds the node that an alias stands for. */
export type TargetOf = (alias: Alias) => Node | undefined;

/** A YAML (or JSON) text as nodes that know where they stand. */
export interface Source {
  /** What is wrong with the syntax; then there is no root. */
  readonly problems: readonly TextProblem[];
  readonly root: Node | undefined;
  /** The node that an alias stands for. */
  readonly targetOf: TargetOf;
  /** Where a path is, or as much of it as there is. */
  locate(path: Path, atKey: boolean): Position;
}

/** The longest text that is read, in UTF-16 units. */
const MAX_LENGTH = 16 * 2 ** 20;

/** The most blanks a line may begin with. */
const DEEPEST_COLUMN = 1000;

/** Reads a text. Never throws. */
export function readSource(text: string): Source {
  const refused = refusal(text);
  if (refused !== undefined) return broken([refused]);
  const lines = new LineCounter();
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  try {
    return parsed(text, lines, at);
  } catch {
    // The parser recurses on nested blocks: RangeError.
    return broken([{ path: [], message: "is nested too deeply", position: { line: 1, column: 1 } }]);
  }
}

function parsed(text: string, lines: LineCounter, at: (offset: number) => Position): Source {
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
    merge: true,
    resolveKnownTags: false,
    logLevel: "silent",
  });
  const [document, second] = Array.isArray(documents) ? documents : [];
  if (document === undefined) return broken([]);
  const problems = syntaxProblems([...document.errors, ...document.warnings], text, at);
  if (second !== undefined && problems.length === 0) {
    const position = at(second.range[0]);
    problems.push({
      path: [],
      position,
      message: "a second document starts here",
      hint: "only one is read; remove the ---",
    });
  }
  const root = document.contents ?? undefined;
  if (problems.length > 0 || root === undefined) return broken(problems);
  const targets = aliasTargets(root);
  const targetOf: TargetOf = (alias) => targets.get(alias);
  return { problems, root, targetOf, locate: (path, atKey) => at(offsetOf(root, path, atKey, targetOf)) };
}

/** One problem a line: what the parser says after the first is mostly a consequence. */
function syntaxProblems(errors: readonly YAMLError[], text: string, at: (offset: number) => Position): TextProblem[] {
  const byLine = new Map<number, TextProblem>();
  // An unclosed bracket is also reported as bad indentation, and that comes first.
  const causesFirst = errors.toSorted((a, b) => Number(a.code === "BAD_INDENT") - Number(b.code === "BAD_INDENT"));
  for (const { code, pos } of causesFirst) {
    const position = at(pos[0]);
    const problem = { path: [], position, ...syntaxProblem(code, lineAt(text, pos[0])) };
    if (!byLine.has(position.line)) byLine.set(position.line, problem);
  }
  return [...byLine.values()];
}

function broken(problems: readonly TextProblem[]): Source {
  return { problems, root: undefined, targetOf: () => undefined, locate: () => ({ line: 1, column: 1 }) };
}

/** What is found out without parsing: texts that would cost too much, and such that are no texts. */
function refusal(text: string): TextProblem | undefined {
  if (text.length > MAX_LENGTH) return refusedAt(text, 0, "is longer than 16 MiB");
  const zero = text.indexOf("\0");
  if (zero >= 0) return refusedAt(text, zero, "is not text: it holds a zero byte");
  // The parser's time grows with the square of the depth of blocks.
  const deep = text.indexOf(`\n${" ".repeat(DEEPEST_COLUMN)}`);
  return deep < 0 ? undefined : refusedAt(text, deep + 1, "is nested too deeply");
}

function refusedAt(text: string, offset: number, message: string): TextProblem {
  const before = text.slice(0, offset).split("\n");
  return { path: [], message, position: { line: before.length, column: (before.at(-1) ?? "").length + 1 } };
}

function lineAt(text: string, offset: number): string {
  const start = text.lastIndexOf("\n", Math.max(0, offset - 1)) + 1;
  const end = text.indexOf("\n", offset);
  return text.slice(start, Math.min(end < 0 ? text.length : end, start + 1000));
}

/** Resolves all aliases in one pass: each means the last anchor of its name before it. */
function aliasTargets(root: Node): ReadonlyMap<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(root, {
    Alias(_, alias) {
      const target = anchors.get(alias.source);
      if (target !== undefined) targets.set(alias, target);
    },
    Value(_, node) {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return targets;
}

/** A mapping's key as text; undefined when it is not a single value. */
export function keyOf(pair: Pair): string | undefined {
  if (!isScalar(pair.key)) return pair.key === null ? "" : undefined;
  return pair.key.value === null ? "" : keyText(pair.key.value, pair.key.source);
}

function keyText(value: unknown, source: string | undefined): string {
  // `source` keeps `4.10` as it was written.
  return typeof value === "string" ? value : (source ?? String(value));
}

/** Whether a pair is a merge (`<<: *defaults`). */
export function isMerge(pair: Pair): boolean {
  return isScalar(pair.key) && (pair.key.value === "<<" || typeof pair.key.value === "symbol");
}

function offsetOf(root: Node, path: Path, atKey: boolean, targetOf: TargetOf): number {
  let node: Node = root;
  let offset = node.range?.[0] ?? 0;
  for (const [index, segment] of path.entries()) {
    if (isAlias(node)) node = targetOf(node) ?? node;
    const last = index === path.length - 1;
    const next = isMap(node) ? entryOf(node, String(segment), targetOf) : undefined;
    const child: unknown = isSeq(node) ? node.items[Number(segment)] : next?.value;
    if (last && atKey && next !== undefined) return (next.key as Node).range?.[0] ?? offset;
    const known = isNode(child) ? child : undefined;
    if (known === undefined) return next === undefined ? offset : ((next.key as Node).range?.[0] ?? offset);
    // A value left empty has no place of its own that an editor could show.
    const empty = isScalar(known) && known.value === null && known.source === "" && next !== undefined;
    offset = (empty ? (next.key as Node) : known).range?.[0] ?? offset;
    node = known;
  }
  return offset;
}

function entryOf(map: YAMLMap, key: string, targetOf: TargetOf, depth = 0): Pair | undefined {
  const own = map.items.findLast((pair) => !isMerge(pair) && keyOf(pair) === key);
  if (own !== undefined || depth > 20) return own;
  for (const source of map.items.filter(isMerge).flatMap((pair) => mergedMaps(pair.value, targetOf))) {
    const found = entryOf(source, key, targetOf, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The mappings a merge brings in, first ones first; anything else in it is left out. */
export function mergedMaps(value: unknown, targetOf: TargetOf): YAMLMap[] {
  const node = isAlias(value) ? targetOf(value) : value;
  if (isMap(node)) return [node];
  if (!isSeq(node)) return [];
  return node.items.map((item) => (isAlias(item) ? targetOf(item) : item)).filter(isMap);
}

function isNode(value: unknown): value is Node {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value);
}
