import { isObject, type Json, type JsonObject } from "#src/core/json.ts";

/** A keyword's value as JSON Schema 2020-12 has it; undefined leaves the keyword out. */
type Reader = (value: Json, schema: JsonObject) => Json | undefined;

const TYPES: ReadonlySet<Json> = new Set(["string", "number", "integer", "boolean", "array", "object", "null"]);

/** A list of examples longer than this says no more. */
const MOST_EXAMPLES = 5;
const LONGEST_EXAMPLE = 200;

/** Keywords without schemas in them. What is not here, nor among those with schemas, is left out: `x-…`, `xml`, `externalDocs`. */
export const KEYWORDS: Readonly<Record<string, Reader>> = {
  type: typeOf,
  description: text,
  enum: enumOf,
  const: (value) => value,
  default: (value, schema) => (value === null && !allowsNull(schema) ? undefined : value),
  deprecated: (value) => (value === true ? true : undefined),
  format: formatOf,
  contentEncoding: text,
  contentMediaType: text,
  pattern: patternOf,
  multipleOf: (value) => (typeof value === "number" && value > 0 ? value : undefined),
  minimum: (value, { exclusiveMinimum }) => (exclusiveMinimum === true ? undefined : number(value)),
  maximum: (value, { exclusiveMaximum }) => (exclusiveMaximum === true ? undefined : number(value)),
  exclusiveMinimum: (value, { minimum }) => number(value === true ? minimum : value),
  exclusiveMaximum: (value, { maximum }) => number(value === true ? maximum : value),
  minLength: count,
  maxLength: count,
  minItems: count,
  maxItems: count,
  minContains: count,
  maxContains: count,
  minProperties: count,
  maxProperties: count,
  uniqueItems: (value) => (value === true ? true : undefined),
  required: namesOf,
  dependentRequired: (value) => (isObject(value) && Object.values(value).every(isNameList) ? value : undefined),
  example: () => undefined,
  examples: (value) => (Array.isArray(value) ? examplesOf(value) : undefined),
};

function text(value: Json): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function number(value: Json | undefined): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function count(value: Json): number | undefined {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 ? value : undefined;
}

function isNameList(value: Json): boolean {
  return Array.isArray(value) && value.every((name) => typeof name === "string");
}

/** In draft 3, and in documents written by hand, `required: true` stands at the property. */
function namesOf(value: Json): Json | undefined {
  if (!Array.isArray(value)) return undefined;
  const names = value.filter((name) => typeof name === "string");
  return names.length === 0 ? undefined : [...new Set(names)];
}

function typeOf(value: Json): Json | undefined {
  if (Array.isArray(value)) {
    const types = [...new Set(value.filter((one) => TYPES.has(one)))];
    return types.length === 0 ? undefined : types.length === 1 ? types[0] : types;
  }
  // Swagger's file is bytes; who can send some asks for it before.
  if (value === "file") return "string";
  return TYPES.has(value) ? value : undefined;
}

/** Whether a schema has null in its type, in either way of writing. */
export function allowsNull({ type, nullable }: JsonObject): boolean {
  return nullable === true || (Array.isArray(type) && type.includes("null"));
}

/** Values are written in the type they have to be of: YAML makes a boolean of `on` and a number of `1.0`. */
function enumOf(value: Json, schema: JsonObject): Json | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const values = schema["type"] === "string" ? value.map(asText) : value;
  const given = schema["nullable"] === true ? [...values, null] : values;
  const unique = new Map(given.map((one) => [JSON.stringify(one), one]));
  return [...unique.values()];
}

function asText(value: Json): Json {
  return typeof value === "number" || typeof value === "boolean" ? String(value) : value;
}

/** `byte` is text in base64, which `contentEncoding` says; `binary` is bytes, which JSON has not. */
function formatOf(value: Json): Json | undefined {
  return value === "byte" || value === "binary" || value === "file" ? undefined : text(value);
}

/** OpenAPI's expressions are ECMA's; one that is none would spoil the whole schema. */
function patternOf(value: Json): Json | undefined {
  if (typeof value !== "string" || value === "") return undefined;
  try {
    RegExp(value, "u");
    return value;
  } catch {
    return undefined;
  }
}

function examplesOf(values: readonly Json[]): Json | undefined {
  const kept = values.slice(0, MOST_EXAMPLES).filter((value) => JSON.stringify(value).length <= LONGEST_EXAMPLE);
  return kept.length === 0 ? undefined : kept;
}

/** What `example`, `nullable`, `format: byte` and the like say beside the keywords of their own name. */
export function impliedBy(schema: JsonObject): JsonObject {
  const implied: JsonObject = {};
  if (schema["format"] === "byte" && schema["contentEncoding"] === undefined) implied["contentEncoding"] = "base64";
  const { example } = schema;
  if (example !== undefined && typeof example !== "object" && schema["examples"] === undefined) {
    const examples = examplesOf([example]);
    if (examples !== undefined) implied["examples"] = examples;
  }
  if (schema["type"] === undefined) {
    if (isObject(schema["properties"])) implied["type"] = "object";
    else if (isObject(schema["items"])) implied["type"] = "array";
  }
  return implied;
}
