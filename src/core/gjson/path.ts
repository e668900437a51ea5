/**
 * GJSON paths taken apart (https://github.com/tidwall/gjson/blob/master/SYNTAX.md). What a component means depends on what it meets: `#` and
 * queries are special to arrays, escapes to objects. So each is read in both ways, when first asked for.
 */
import { isModifier } from "./modifiers.ts";
import { parseQuery, type Query } from "./query.ts";
import { splitPipe } from "./split-pipe.ts";

/** A component as an object takes it. */
export interface ObjectStep {
  readonly part: string;
  /** `part` holds `*` or `?`, and `\` before what stands for itself. */
  readonly wild: boolean;
  /** What follows within the value found. */
  readonly rest: Path | undefined;
  /** What is done with the result as a whole. */
  readonly pipe: Path | undefined;
}

/** A component as an array takes it. */
export interface ArrayStep extends Pick<ObjectStep, "rest" | "pipe"> {
  /** An item; -1 when the component is no number. */
  readonly index: number;
  /** `#` alone: how many there are. */
  readonly count: boolean;
  /** `#.rest`: the rest within each item. */
  readonly each: Path | undefined;
  readonly query: Query | undefined;
}

/** How many paths are kept taken apart. Those of templates are few; those made of data must not pile up. */
const KEPT = 1000;
const kept = new Map<string, Path>();

/** A path, or what is left of one. */
export class Path {
  readonly text: string;
  #object: ObjectStep | undefined;
  #array: ArrayStep | undefined;

  private constructor(text: string) {
    this.text = text;
  }

  static of(text: string): Path {
    const known = kept.get(text);
    if (known !== undefined) return known;
    if (kept.size >= KEPT) kept.clear();
    const path = new Path(text);
    kept.set(text, path);
    return path;
  }

  get object(): ObjectStep {
    this.#object ??= objectStep(this.text);
    return this.#object;
  }

  get array(): ArrayStep {
    this.#array ??= arrayStep(this.text);
    return this.#array;
  }
}

function objectStep(text: string): ObjectStep {
  let wild = false;
  let escaped = false;
  let at = 0;
  for (; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === "." || char === "|") break;
    if (char === "*" || char === "?") wild = true;
    if (char === "\\") {
      escaped = true;
      at += 1;
    }
  }
  const written = text.slice(0, at);
  const part = escaped && !wild ? written.replaceAll(/\\([\s\S]?)/g, "$1") : written;
  return { part, wild, ...following(text, at, false) };
}

/** What follows the separator at `at`. */
function following(text: string, at: number, perItem: boolean): Pick<ObjectStep, "rest" | "pipe"> {
  if (at >= text.length) return { rest: undefined, pipe: undefined };
  const rest = text.slice(at + 1);
  const piped = text.charAt(at) === "|" || (!perItem && startsAnew(rest));
  return piped ? { rest: undefined, pipe: Path.of(rest) } : { rest: Path.of(rest), pipe: undefined };
}

/** Behind a dot, a modifier or a multipath is for the result as a whole. */
function startsAnew(text: string): boolean {
  if (text.startsWith("@")) return isModifier(/^@([^.|:]*)/.exec(text)?.[1] ?? "");
  return text.startsWith("[") || text.startsWith("{");
}

const NOTHING = { index: -1, count: false, each: undefined, query: undefined, rest: undefined, pipe: undefined };

function arrayStep(text: string): ArrayStep {
  if (text.startsWith("#.")) {
    const { left, right } = splitPipe(text.slice(2));
    return { ...NOTHING, each: Path.of(left), pipe: right === undefined ? undefined : Path.of(right) };
  }
  if (text.startsWith("#(") || text.startsWith("#[")) return queryStep(text);
  const at = text.search(/[.|]/);
  const end = at < 0 ? text.length : at;
  const part = text.slice(0, end);
  const next = following(text, end, part.includes("#"));
  if (part === "#") return { ...NOTHING, ...next, count: true };
  return { ...NOTHING, ...next, index: /^\d+$/.test(part) ? Number(part) : -1 };
}

function queryStep(text: string): ArrayStep {
  const parsed = parseQuery(text);
  if (parsed === undefined) return NOTHING;
  const all = text.charAt(parsed.end) === "#";
  const end = parsed.end + (all ? 1 : 0);
  const { rest, pipe } = following(text, end, true);
  const query = { conditions: parsed.conditions, all };
  if (rest === undefined) return { ...NOTHING, query, pipe };
  const { left, right } = splitPipe(rest.text);
  return { ...NOTHING, query, rest: Path.of(left), pipe: right === undefined ? undefined : Path.of(right) };
}
