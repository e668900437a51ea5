import { isObject, type Json, type JsonObject } from "#src/core/json.ts";

/**
 * A schema of answers that tells their shape and refuses little. Clients check an answer by the schema its tool shows, and throw away the
 * whole of it for one field that is null though the document does not say so. So nothing is required or closed, everything may be null,
 * and listed values are examples.
 */
export function loosened(schema: JsonObject): JsonObject {
  const out: JsonObject = {};
  for (const [keyword, value] of Object.entries(schema)) {
    const written = KEPT[keyword]?.(value);
    if (written !== undefined) out[keyword] = written;
  }
  const { type } = schema;
  if (typeof type === "string") out["type"] = type === "null" ? type : [WIDER[type] ?? type, "null"];
  else if (Array.isArray(type))
    out["type"] = [...new Set([...type.map((one) => (typeof one === "string" ? (WIDER[one] ?? one) : one)), "null"])];
  const values = Array.isArray(schema["enum"])
    ? schema["enum"]
    : schema["const"] === undefined
      ? []
      : [schema["const"]];
  if (values.length > 0) out["examples"] = values.slice(0, MOST_VALUES);
  return out;
}

const MOST_VALUES = 30;

/** Integers that come as `1e3` or `1.0` are numbers to some. */
const WIDER: Readonly<Record<string, string>> = { integer: "number" };

const KEPT: Readonly<Record<string, (value: Json) => Json | undefined>> = {
  $ref: (value) => value,
  description: (value) => value,
  deprecated: (value) => value,
  contentEncoding: (value) => value,
  properties: mapOf,
  $defs: mapOf,
  items: schemaOf,
  additionalProperties: (value) => (isObject(value) ? loosened(value) : undefined),
  anyOf: branchesOf,
  allOf: branchesOf,
};

function schemaOf(value: Json): Json | undefined {
  return isObject(value) ? loosened(value) : undefined;
}

function branchesOf(value: Json): Json | undefined {
  return Array.isArray(value) ? value.map((branch) => (isObject(branch) ? loosened(branch) : branch)) : undefined;
}

function mapOf(value: Json): Json | undefined {
  if (!isObject(value)) return undefined;
  return Object.fromEntries(Object.entries(value).map(([name, schema]) => [name, schemaOf(schema) ?? {}]));
}
