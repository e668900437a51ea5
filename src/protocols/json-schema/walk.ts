/** Schemas within schemas. */
import { isObject, type Json, type JsonObject } from "../../core/json.ts";

/** A schema as a vendor takes it, and the keywords that were lost on the way. */
export interface NarrowedSchema {
  readonly schema: JsonObject;
  readonly lost: readonly string[];
}

/** Keywords that hold one schema, a list of schemas, or schemas by name. */
const ONE: ReadonlySet<string> = new Set(["items", "additionalProperties", "not"]);
const LIST: ReadonlySet<string> = new Set(["anyOf", "oneOf", "allOf", "prefixItems"]);
const NAMED: ReadonlySet<string> = new Set(["properties", "patternProperties", "$defs", "definitions"]);
/** A schema with each of the schemas it holds changed. */
export function mapSchemas(schema: JsonObject, change: (inner: JsonObject) => JsonObject): JsonObject {
  const mapped: JsonObject = {};
  for (const key of Object.keys(schema)) {
    const value = schema[key] as Json;
    if (key === "__proto__") continue;
    if (ONE.has(key) && isObject(value)) mapped[key] = change(value);
    else if (LIST.has(key) && Array.isArray(value))
      mapped[key] = value.map((one) => (isObject(one) ? change(one) : one));
    else if (NAMED.has(key) && isObject(value)) {
      const entries = Object.entries(value).map(([name, one]): [string, Json] => [
        name,
        isObject(one) ? change(one) : one,
      ]);
      mapped[key] = Object.fromEntries(entries);
    } else mapped[key] = value;
  }
  return mapped;
}

/** The schemas a schema holds, itself first. */
export function everySchema(schema: JsonObject): JsonObject[] {
  const all: JsonObject[] = [];
  const collect = (inner: JsonObject): JsonObject => {
    all.push(inner);
    mapSchemas(inner, collect);
    return inner;
  };
  collect(schema);
  return all;
}

/** Whether a schema is that of an object. */
export function isObjectSchema({ type, properties }: JsonObject): boolean {
  return type === "object" || (Array.isArray(type) && type.includes("object")) || isObject(properties);
}

function isOpen(schema: JsonObject): boolean {
  return isObjectSchema(schema) && schema.additionalProperties === undefined;
}

/**
 * A schema whose objects take no other properties than they name, where they do not say what others may be; the same one when all do.
 */
export function closed(schema: JsonObject): JsonObject {
  return everySchema(schema).some(isOpen) ? closedAll(schema) : schema;
}

function closedAll(schema: JsonObject): JsonObject {
  const mapped = mapSchemas(schema, closedAll);
  if (isOpen(schema)) mapped.additionalProperties = false;
  return mapped;
}
