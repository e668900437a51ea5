import { isObject, type Json, type JsonObject } from "#src/core/json.ts";

/**
 * Documents that programs wrote, in Go most of the time, hold what a person would leave out: `null`, `""` for a word that was not chosen, and
 * requirements that name nothing. They mean nothing, and are left out here. What is the author's own (`config`, schemas, defaults) stays.
 */
export function tidied(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tidied);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) => {
      if (AUTHORS_OWN.has(key)) return member === null ? [] : [[key, member]];
      return saysNothing(key, member) ? [] : [[key, tidied(member)]];
    }),
  );
}

const AUTHORS_OWN: ReadonlySet<string> = new Set([
  "config",
  "default",
  "enum",
  "items",
  "properties",
  "schema",
  "schemas",
  "outputSchema",
  "annotations",
]);

const WORDS: ReadonlySet<string> = new Set([
  "type",
  "position",
  "scheme",
  "in",
  "name",
  "transport",
  "protocolStrategy",
]);

const REQUIREMENTS: ReadonlySet<string> = new Set(["security", "defaultDownstreamSecurity", "defaultUpstreamSecurity"]);

function saysNothing(key: string, value: Json): boolean {
  if (value === null) return true;
  if (REQUIREMENTS.has(key) && isObject(value))
    return value["id"] === undefined || value["id"] === "" || value["id"] === null;
  return value === "" && WORDS.has(key);
}

/** Other names that people give to JSON Schema's types. */
const TYPES: Readonly<Record<string, string>> = {
  int: "integer",
  int32: "integer",
  int64: "integer",
  long: "integer",
  float: "number",
  double: "number",
  bool: "boolean",
  str: "string",
  list: "array",
  map: "object",
};

/** JSON Schema's own word for a type; anything else stays as it is. */
export function typeName(type: unknown): unknown {
  return typeof type === "string" && Object.hasOwn(TYPES, type) ? TYPES[type] : type;
}

/** No schema that means something is nested this deep. */
const MAX_DEPTH = 64;

/**
 * A schema as JSON Schema has it: `required: true` in a member, as in its third draft, is told by the object, and types have their own names.
 */
export function mended(schema: JsonObject, depth = 0): JsonObject {
  if (depth > MAX_DEPTH) return schema;
  const { required, ...rest } = schema;
  const names = Array.isArray(required) ? [...required] : [];
  const made: JsonObject = {};
  for (const [key, value] of Object.entries(rest)) {
    if (key === "properties" && isObject(value)) {
      made[key] = mendedProperties(value, depth + 1);
      for (const name of requiredIn(value)) if (!names.includes(name)) names.push(name);
    } else if (key === "type") made[key] = typeName(value) as Json;
    else if (isObject(value) && WITHIN.has(key)) made[key] = mended(value, depth + 1);
    else if (Array.isArray(value) && WITHIN.has(key)) {
      made[key] = value.map((one) => (isObject(one) ? mended(one, depth + 1) : one));
    } else made[key] = value;
  }
  if (names.length > 0) made["required"] = names;
  return made;
}

const WITHIN: ReadonlySet<string> = new Set(["items", "additionalProperties", "oneOf", "anyOf", "allOf", "not"]);

/** The members of an object, without what they say of it. */
export function mendedProperties(properties: JsonObject, depth = 0): JsonObject {
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, isObject(schema) ? mended(schema, depth) : schema]),
  );
}

/** The members that call themselves required. */
export function requiredIn(properties: JsonObject): readonly string[] {
  return Object.entries(properties)
    .filter(([, schema]) => isObject(schema) && schema["required"] === true)
    .map(([name]) => name);
}
