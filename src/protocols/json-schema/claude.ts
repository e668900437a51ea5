/** Claude's subset for answers and strict tools (platform.claude.com/docs/en/build-with-claude/structured-outputs#json-schema-limitations). */
import type { Json, JsonObject } from "../../core/json.ts";
import { closed, mapSchemas, type NarrowedSchema } from "./walk.ts";

const TAKEN: ReadonlySet<string> = new Set([
  "$defs",
  "$ref",
  "additionalProperties",
  "allOf",
  "anyOf",
  "const",
  "definitions",
  "description",
  "enum",
  "items",
  "properties",
  "required",
  "title",
  "type",
]);

/** Keywords that constrain nothing. */
const SILENT: ReadonlySet<string> = new Set(["$schema", "$id", "default", "examples", "$comment"]);

const FORMATS: ReadonlySet<Json> = new Set<Json>([
  "date-time",
  "time",
  "date",
  "duration",
  "email",
  "hostname",
  "uri",
  "ipv4",
  "ipv6",
  "uuid",
]);

/** A schema as Claude takes it. What it has no keyword for is told in the description, so that the model may still hold to it. */
export function toClaude(schema: JsonObject): NarrowedSchema {
  const lost = new Set<string>();
  return { schema: narrowed(closed(schema), lost), lost: [...lost] };
}

function narrowed(schema: JsonObject, lost: Set<string>): JsonObject {
  const { oneOf, ...source } = schema;
  if (oneOf !== undefined && source.anyOf === undefined) source.anyOf = oneOf;
  const result: JsonObject = {};
  const told: string[] = [];
  for (const key of Object.keys(source)) {
    const value = source[key] as Json;
    if (isTaken(key, value)) result[key] = value;
    else if (!SILENT.has(key)) {
      lost.add(key);
      told.push(`${key} ${JSON.stringify(value)}`);
    }
  }
  if (result.additionalProperties !== undefined && result.additionalProperties !== false) {
    lost.add("additionalProperties");
    result.additionalProperties = false;
  }
  if (told.length > 0) {
    result.description = [result.description, `Must hold: ${told.join(", ")}.`]
      .filter((text) => typeof text === "string")
      .join("\n");
  }
  return mapSchemas(result, (inner) => narrowed(inner, lost));
}

function isTaken(key: string, value: Json): boolean {
  if (key === "format") return FORMATS.has(value);
  if (key === "minItems") return value === 0 || value === 1;
  return TAKEN.has(key);
}
