import { JsonNode } from "#src/core/gjson/node.ts";

/** A moment with the zone it is shown in. */
export interface GoTime {
  /** Unix time in milliseconds. */
  readonly at: number;
  /** An IANA name, or an offset such as `+02:00`. */
  readonly zone: string;
}

/** A map that a template made; shown in the order of its keys. */
export interface Dict extends Map<string, Value> {}

/**
 * What a template works with. `undefined` is what is not there, a bigint is Go's `int`, a number its `float64`; a JsonNode is an object, an array
 * or a number as it stands in the document.
 */
export type Value = undefined | null | boolean | string | bigint | number | JsonNode | readonly Value[] | Dict | GoTime;

/** A template that cannot be carried out. The message is for whoever wrote it. */
export class TemplateError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "TemplateError";
  }
}

/** A part of a document as a template sees it: texts and truths become plain values. */
export function valueOf(node: JsonNode | undefined): Value {
  if (node === undefined) return undefined;
  if (node.kind === "string") return node.text;
  if (node.kind === "null") return null;
  return node.kind === "true" || node.kind === "false" ? node.kind === "true" : node;
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

export function isDict(value: Value): value is Dict {
  return value instanceof Map;
}

export function isTime(value: Value): value is GoTime {
  return typeof value === "object" && value !== null && "zone" in value;
}

/** A number of a document as Go's functions get it: an `int` where it is whole and fits one, else a `float64`. */
function numberOf(node: JsonNode): bigint | number {
  if (/^-?\d{1,15}$/.test(node.raw)) return BigInt(node.raw);
  const float = Number(node.raw);
  if (!Number.isInteger(float) || Math.abs(float) >= 2 ** 63) return float;
  return /^-?\d+$/.test(node.raw) ? BigInt.asIntN(64, BigInt(node.raw)) : BigInt(float);
}

/** The value without its place in a document, one level deep: a number, a list, a map. */
export function plain(value: Value): Exclude<Value, JsonNode> {
  if (!(value instanceof JsonNode)) return value;
  if (value.kind === "number") return numberOf(value);
  if (value.kind === "array") return value.items.map(valueOf);
  if (value.kind === "object") {
    const dict: Dict = new Map();
    for (const { key, value: member } of value.members) if (!dict.has(key)) dict.set(key, valueOf(member));
    return dict;
  }
  // Texts and truths never stay nodes; should one come, it is taken for what it says.
  return value.kind === "string" ? value.text : value.kind === "null" ? null : value.kind === "true";
}

/** What `if`, `with`, `and` and `or` go by: false is what is empty, zero or not there. */
export function isTrue(value: Value): boolean {
  if (value instanceof JsonNode) return value.kind === "number" ? Number(value.raw) !== 0 : value.size > 0;
  if (typeof value === "number" || typeof value === "bigint") return Number(value) !== 0;
  if (isList(value)) return value.length > 0;
  if (isDict(value)) return value.size > 0;
  return value !== undefined && value !== null && value !== false && value !== "";
}

/** The items of a list; undefined for what is none. */
export function itemsOf(value: Value): readonly Value[] | undefined {
  const list = plain(value);
  return isList(list) ? list : undefined;
}

/** The members of a map, in the order they are gone through. */
export function entriesOf(value: Value): readonly (readonly [key: string, value: Value])[] | undefined {
  if (value instanceof JsonNode && value.kind === "object") {
    return value.members.map((member) => [member.key, valueOf(member.value)]);
  }
  return isDict(value) ? [...value].sort(([one], [other]) => (one < other ? -1 : Number(one > other))) : undefined;
}

/** Go's name of the value's type, for `typeOf` and for messages. */
export function typeOf(value: Value): string {
  const of = plain(value);
  if (of === undefined || of === null) return "<nil>";
  if (isTime(of)) return "time.Time";
  if (isDict(of)) return "map[string]interface {}";
  if (isList(of)) return "[]interface {}";
  return { boolean: "bool", string: "string", bigint: "int", number: "float64" }[
    typeof of as "boolean" | "string" | "bigint" | "number"
  ];
}
