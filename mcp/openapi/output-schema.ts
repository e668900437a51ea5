import { isObject, type JsonObject } from "#src/core/json.ts";
import { loosened } from "./schema/loose.ts";
import type { SchemaWriter } from "./schema/writer.ts";
import type { Located } from "./references.ts";

/**
 * The schema of a tool's structured answer; undefined when the answer may be neither an object nor a list, or when the schema would be
 * longer than `longest` characters: a model reads it with every request.
 */
export function outputSchemaOf(answer: Located, writer: SchemaWriter, longest: number): JsonObject | undefined {
  const schema = writer.writeOpen(answer);
  const type = (["object", "array"] as const).find((one) => isAlways(one, schema, writer, 0));
  if (type === undefined) return undefined;
  const defs = loosened({ $defs: writer.defs })["$defs"];
  const shared: JsonObject = isObject(defs) && Object.keys(defs).length > 0 ? { $defs: defs } : {};
  const whole = { ...loosened(schema), type, ...shared };
  return JSON.stringify(whole).length > longest ? undefined : whole;
}

/** Whether every answer that fits is of the type. */
function isAlways(wanted: "object" | "array", schema: JsonObject, writer: SchemaWriter, depth: number): boolean {
  const { type, anyOf, allOf } = writer.open(schema);
  if (depth > 8) return false;
  if (type !== undefined) return [type].flat().every((one) => one === wanted || one === "null");
  const inner = (branch: unknown): boolean => isObject(branch) && isAlways(wanted, branch, writer, depth + 1);
  return (Array.isArray(anyOf) && anyOf.every(inner)) || (Array.isArray(allOf) && allOf.some(inner));
}
