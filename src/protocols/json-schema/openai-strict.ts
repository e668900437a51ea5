/** OpenAI's strict mode (platform.openai.com/docs/guides/structured-outputs#supported-schemas). */
import { isObject, type JsonObject } from "../../core/json.ts";
import type { Losses } from "../losses.ts";
import { closed, everySchema, isObjectSchema } from "./walk.ts";

/** Keywords that a strict schema must not have. */
const REFUSED = [
  "allOf",
  "oneOf",
  "not",
  "if",
  "then",
  "else",
  "dependentRequired",
  "dependentSchemas",
  "patternProperties",
  "prefixItems",
] as const;

/**
 * A schema that strict mode takes and that means the same: its objects are closed, which they are in an answer of any vendor who holds to
 * a schema. Undefined when there is none. A property that may be left out is not made one that may be null, as OpenAI advises authors of
 * schemas: whoever wrote this one would be given nulls that it forbids.
 */
export function toStrict(schema: JsonObject): JsonObject | undefined {
  const strict = closed(schema);
  return isObjectSchema(strict) && strict.anyOf === undefined && everySchema(strict).every(isTaken)
    ? strict
    : undefined;
}

function isTaken(schema: JsonObject): boolean {
  if (REFUSED.some((key) => schema[key] !== undefined)) return false;
  if (!isObjectSchema(schema)) return true;
  if (schema.additionalProperties !== false) return false;
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  return Object.keys(isObject(schema.properties) ? schema.properties : {}).every((name) => required.has(name));
}

interface Strictness {
  readonly schema: JsonObject;
  readonly strict?: boolean;
}

/** A schema that shall be strict as OpenAI takes it: strict where it can be, else as it is, which is a loss under `path`. */
export function fitStrict(
  { schema, strict }: { readonly schema: JsonObject; readonly strict?: boolean | undefined },
  path: string,
  losses: Losses,
): Strictness {
  if (strict !== true) return strict === undefined ? { schema } : { schema, strict };
  const fitted = toStrict(schema);
  if (fitted !== undefined) return { schema: fitted, strict: true };
  losses.approximated(`${path}.strict`, "OpenAI's strict mode does not know what the schema says");
  return { schema, strict: false };
}
