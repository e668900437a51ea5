import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import { referenceOf } from "../references.ts";

/** Keywords whose schemas hold for the value itself, and not for a part of it. */
const IN_PLACE = ["allOf", "anyOf", "oneOf", "not", "if", "then", "else"] as const;

/**
 * Takes out references by which a definition is a condition of itself, with no property or item between: a validator that follows those
 * never ends, and they say nothing. Changes the definitions; answers whether there were any.
 */
export function cutLoops(defs: JsonObject): boolean {
  const done = new Set<string>();
  const open = new Set<string>();
  let found = false;
  const visit = (name: string): void => {
    const schema = defs[name];
    if (done.has(name) || schema === undefined) return;
    open.add(name);
    for (const holder of holdersIn(schema)) {
      const target = referenceOf(holder)?.slice("#/$defs/".length) ?? "";
      if (open.has(target)) {
        delete holder["$ref"];
        found = true;
      } else visit(target);
    }
    open.delete(name);
    done.add(name);
  };
  for (const name of Object.keys(defs)) visit(name);
  return found;
}

/** The schemas with a `$ref` that hold for the value itself. */
function holdersIn(schema: Json): JsonObject[] {
  if (!isObject(schema)) return [];
  const inner = IN_PLACE.flatMap((keyword) => schema[keyword] ?? []).flatMap(holdersIn);
  return referenceOf(schema) === undefined ? inner : [schema, ...inner];
}
