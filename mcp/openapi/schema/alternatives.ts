import { isObject, type JsonObject } from "#src/core/json.ts";
import { ANNOTATIONS, joinAllOf } from "./all-of.ts";

/**
 * `anyOf` for `oneOf`: the alternatives people write overlap, an integer beside a number, and by the letter of `oneOf` a value that fits
 * both would fit neither. Models' vendors, too, take `anyOf` more often.
 */
export function useAnyOf(own: JsonObject): void {
  const { oneOf } = own;
  if (oneOf === undefined) return;
  delete own["oneOf"];
  if (own["anyOf"] === undefined) own["anyOf"] = oneOf;
  else own["allOf"] = [{ anyOf: oneOf }];
}

/** An alternative without another one is none. */
export function withoutLoneBranch(schema: JsonObject): JsonObject {
  const { anyOf, ...rest } = schema;
  const only = Array.isArray(anyOf) && anyOf.length === 1 ? anyOf[0] : undefined;
  return isObject(only) ? joinAllOf(rest, [only]) : schema;
}

/** The schema, or null. */
export function orNull(schema: JsonObject): JsonObject {
  const { type, enum: values } = schema;
  if (Array.isArray(values) && !values.includes(null)) return orNull({ ...schema, enum: [...values, null] });
  if (typeof type === "string" && schema["const"] === undefined) {
    return { ...schema, type: type === "null" ? type : [type, "null"] };
  }
  if (Array.isArray(type)) return type.includes("null") ? schema : { ...schema, type: [...type, "null"] };
  if (Object.keys(schema).every((key) => ANNOTATIONS.has(key))) return schema;
  const { description, anyOf, ...rest } = schema;
  const told: JsonObject = description === undefined ? {} : { description };
  if (Array.isArray(anyOf) && Object.keys(rest).length === 0) return { ...told, anyOf: [...anyOf, { type: "null" }] };
  const whole = anyOf === undefined ? rest : { ...rest, anyOf };
  return { ...told, anyOf: [whole, { type: "null" }] };
}
