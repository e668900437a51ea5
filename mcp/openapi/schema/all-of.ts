import { isObject, type Json, type JsonObject } from "#src/core/json.ts";

/** Keywords that only tell. */
export const ANNOTATIONS: ReadonlySet<string> = new Set([
  "title",
  "description",
  "default",
  "deprecated",
  "examples",
  "$comment",
]);

const MERGED: ReadonlySet<string> = new Set([...ANNOTATIONS, "type", "properties", "required", "additionalProperties"]);

/**
 * One schema in place of several that hold at once, where they only add properties to each other; models read that better, and a body is
 * then still a list of fields. `own` is what stands beside the `allOf`.
 */
export function joinAllOf(own: JsonObject, branches: readonly JsonObject[]): JsonObject {
  const used = branches.filter((branch) => Object.keys(branch).length > 0);
  const [only] = used;
  if (only === undefined) return own;
  if (used.length === 1 && Object.keys(own).every((key) => ANNOTATIONS.has(key))) return { ...only, ...own };
  const parts = Object.keys(own).length === 0 ? used : [...used, own];
  if (parts.every(isMergeable)) return merged(parts);
  return { ...own, allOf: [...(Array.isArray(own["allOf"]) ? own["allOf"] : []), ...used] };
}

function isMergeable(schema: JsonObject): boolean {
  const { type, properties } = schema;
  const plain = Object.keys(schema).every((key) => MERGED.has(key)) && !isObject(schema["additionalProperties"]);
  const object = type === "object" || type === undefined || (Array.isArray(type) && type.includes("object"));
  return plain && object && (properties === undefined || isObject(properties));
}

function merged(parts: readonly JsonObject[]): JsonObject {
  const out: JsonObject = {};
  const properties: JsonObject = {};
  const required = new Set<Json>();
  for (const part of parts) {
    for (const key of ANNOTATIONS) if (part[key] !== undefined) out[key] = part[key];
    for (const [name, schema] of Object.entries(part["properties"] ?? {})) put(properties, name, schema);
    for (const name of Array.isArray(part["required"]) ? part["required"] : []) required.add(name);
    // What one part forbids beside its own properties, another one brings: taken literally, nothing would fit.
    if (part["additionalProperties"] === true) out["additionalProperties"] = true;
  }
  const types = parts.map(({ type }) => type).filter((type) => type !== undefined);
  const nullable = types.length > 0 && types.every((type) => Array.isArray(type) && type.includes("null"));
  out["type"] = nullable ? ["object", "null"] : "object";
  if (Object.keys(properties).length > 0) out["properties"] = properties;
  if (required.size > 0) out["required"] = [...required];
  return out;
}

/** Adds a property; one that is there already has to fit both. */
function put(properties: JsonObject, name: string, schema: Json): void {
  const known = Object.hasOwn(properties, name) ? properties[name] : undefined;
  const both = isObject(known) && isObject(schema);
  define(properties, name, both ? joinedProperty(known, schema) : schema);
}

function joinedProperty(known: JsonObject, added: JsonObject): JsonObject {
  const tells = (schema: JsonObject): boolean => Object.keys(schema).every((key) => ANNOTATIONS.has(key));
  if (tells(added) || same(known, added)) return { ...known, ...added };
  if (tells(known)) return { ...added, ...known };
  // The later one is the more special one in what people write: an enum of one value where the base says "string".
  return Object.keys(known).every((key) => ANNOTATIONS.has(key) || key === "type" || key === "enum")
    ? { ...known, ...added }
    : joinAllOf({}, [known, added]);
}

function same(one: JsonObject, other: JsonObject): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Sets a member, even one named `__proto__`. */
export function define(object: JsonObject, name: string, value: Json): void {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}
