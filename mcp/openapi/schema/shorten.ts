import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import { referenceOf } from "../references.ts";
import { define } from "./all-of.ts";

/** Schemas by name, with the definitions they refer to. */
export interface SchemaSet {
  readonly schemas: Readonly<Record<string, JsonObject>>;
  readonly defs: JsonObject;
}

/** How deep schemas are kept when the whole is too long, tried one after the other; deeper ones are of their type and nothing else. */
const DEPTHS = [Infinity, 8, 6, 5, 4, 3, 2, 1];

/** How much of an inner description is kept in what is too long. */
const LONGEST_TEXT = 80;

/**
 * The set itself, as long as it is no longer than `longest` characters; else with the inner descriptions cut short, and then with what lies
 * deep left open, deeper and deeper. A model reads the whole with every request, and the API looks at what it is sent in any case.
 */
export function shortened(set: SchemaSet, longest: number): SchemaSet {
  if (lengthOf(set) <= longest) return set;
  let short = set;
  for (const depth of DEPTHS) {
    short = cut(set, depth);
    if (lengthOf(short) <= longest) return short;
  }
  return short;
}

function lengthOf({ schemas, defs }: SchemaSet): number {
  return JSON.stringify(schemas).length + JSON.stringify(defs).length;
}

interface Cut {
  readonly deepest: number;
  /** Definitions still to be cut, with the depth of their uppermost use. */
  readonly open: Map<string, number>;
  readonly done: Set<string>;
}

function cut({ schemas, defs }: SchemaSet, deepest: number): SchemaSet {
  const state: Cut = { deepest, open: new Map(), done: new Set() };
  const kept = Object.entries(schemas).map(([name, schema]) => [name, cutSchema(schema, 0, state)] as const);
  const keptDefs: JsonObject = {};
  for (let next = uppermost(state.open); next !== undefined; next = uppermost(state.open)) {
    const [name, depth] = next;
    const schema = defs[name];
    state.open.delete(name);
    state.done.add(name);
    if (isObject(schema)) define(keptDefs, name, cutSchema(schema, depth, state));
  }
  return { schemas: Object.fromEntries(kept), defs: keptDefs };
}

/** The next definition: none that is met later is used further up. */
function uppermost(open: ReadonlyMap<string, number>): readonly [name: string, depth: number] | undefined {
  let found: readonly [string, number] | undefined;
  for (const entry of open) if (found === undefined || entry[1] < found[1]) found = entry;
  return found;
}

/** Keywords that hold one schema, several, or several by name. Those of the schema itself are no deeper than it. */
const DEEPER: ReadonlySet<string> = new Set([
  "items",
  "prefixItems",
  "properties",
  "patternProperties",
  "additionalProperties",
  "contains",
]);
const NAMED: ReadonlySet<string> = new Set(["properties", "patternProperties", "dependentSchemas"]);
const BESIDE: ReadonlySet<string> = new Set(["allOf", "anyOf", "not", "if", "then", "else", "dependentSchemas"]);

function cutSchema(schema: JsonObject, depth: number, state: Cut): JsonObject {
  const out: JsonObject = {};
  for (const [keyword, value] of Object.entries(schema)) {
    const deeper = DEEPER.has(keyword);
    if ((deeper || keyword === "required") && depth >= state.deepest) continue;
    if (keyword === "description" && typeof value === "string" && depth > 0) out[keyword] = firstWords(value);
    else if (deeper || BESIDE.has(keyword)) out[keyword] = cutInner(value, keyword, deeper ? depth + 1 : depth, state);
    else out[keyword] = value;
  }
  meet(referenceOf(schema), depth, state);
  return out;
}

function cutInner(value: Json, keyword: string, depth: number, state: Cut): Json {
  if (Array.isArray(value)) return value.map((one) => (isObject(one) ? cutSchema(one, depth, state) : one));
  if (!isObject(value)) return value;
  if (!NAMED.has(keyword)) return cutSchema(value, depth, state);
  const out: JsonObject = {};
  for (const [name, one] of Object.entries(value))
    define(out, name, isObject(one) ? cutSchema(one, depth, state) : one);
  return out;
}

function meet(reference: string | undefined, depth: number, { open, done }: Cut): void {
  const name = reference?.slice("#/$defs/".length);
  if (name !== undefined && !done.has(name)) open.set(name, Math.min(depth, open.get(name) ?? depth));
}

function firstWords(text: string): string {
  const sentence = text.split(/(?<=\.)\s/)[0] ?? "";
  return sentence.length > LONGEST_TEXT ? `${sentence.slice(0, LONGEST_TEXT - 1)}…` : sentence;
}
