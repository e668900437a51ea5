import { isObject, type Json, type JsonObject } from "#src/core/json.ts";

/** Texts of the formats that are checked. */
const FORMATS: Readonly<Record<string, string>> = {
  "date-time": "2026-01-02T03:04:05Z",
  date: "2026-01-02",
  time: "03:04:05Z",
  email: "a@example.com",
  uri: "https://example.com/",
  url: "https://example.com/",
  hostname: "example.com",
  ipv4: "192.0.2.1",
  uuid: "123e4567-e89b-12d3-a456-426614174000",
};

/** Some value of a schema: what must be there, and no more. Patterns are not looked at. */
export function sampleOf(schema: Json | undefined, defs: JsonObject, depth = 0): Json {
  if (!isObject(schema) || depth > 20) return null;
  const { $ref: reference, const: constant, enum: values, anyOf, allOf } = schema;
  if (typeof reference === "string") return sampleOf(defs[reference.slice("#/$defs/".length)], defs, depth + 1);
  if (constant !== undefined) return constant;
  if (Array.isArray(values)) return values[0] ?? null;
  const parts = [...(Array.isArray(allOf) ? allOf : []), ...(Array.isArray(anyOf) ? anyOf.slice(0, 1) : [])];
  const { anyOf: _, allOf: __, ...own } = schema;
  if (parts.length > 0) {
    const samples = [own, ...parts].map((part) => sampleOf(part, defs, depth + 1));
    const objects = samples.filter(isObject);
    return objects.length > 0 ? Object.assign({}, ...objects) : (samples.at(-1) ?? null);
  }
  const [type] = [schema["type"]].flat();
  return typeof type === "string" ? (BY_TYPE[type]?.(schema, defs, depth + 1) ?? null) : "x";
}

const BY_TYPE: Readonly<Record<string, (schema: JsonObject, defs: JsonObject, depth: number) => Json>> = {
  string: ({ format, minLength = 1 }) =>
    FORMATS[typeof format === "string" ? format : ""] ?? "x".repeat(Math.max(Number(minLength), 1)),
  integer: ({ minimum = 1 }) => Math.ceil(Number(minimum)),
  number: ({ minimum = 1 }) => Number(minimum),
  boolean: () => true,
  array: ({ items, minItems = 1 }, defs, depth) =>
    Array.from({ length: Math.max(Number(minItems), 1) }, () => sampleOf(items, defs, depth)),
  object: ({ properties, required, oneOf }, defs, depth) => {
    const known = isObject(properties) ? properties : {};
    const [first] = Array.isArray(oneOf) ? oneOf : [];
    const wanted = [required, isObject(first) ? first["required"] : []];
    const names = wanted.flatMap((one) => (Array.isArray(one) ? one.map(String) : []));
    return Object.fromEntries(names.map((name) => [name, sampleOf(known[name], defs, depth)]));
  },
};
