/** Gemini's `parameters` and `responseSchema`, a subset of OpenAPI 3.0 (ai.google.dev/api/caching#Schema), and JSON Schema. */
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { mapSchemas, type NarrowedSchema } from "./walk.ts";

/** Numbers that protobuf's JSON writes as text. */
const COUNTS: ReadonlySet<string> = new Set([
  "minItems",
  "maxItems",
  "minLength",
  "maxLength",
  "minProperties",
  "maxProperties",
]);

/** Gemini's OpenAPI schema as JSON Schema: types in lower case, `nullable` as a type, counts as numbers. */
export function fromOpenApi(schema: JsonObject): JsonObject {
  const mapped = mapSchemas(schema, fromOpenApi);
  const { nullable, propertyOrdering, type, ...rest } = mapped;
  const result: JsonObject = {};
  const lower = typeof type === "string" ? type.toLowerCase() : type;
  const some = lower !== undefined && lower !== "type_unspecified" && lower !== null;
  if (some) result.type = nullable === true && typeof lower === "string" ? [lower, "null"] : lower;
  Object.assign(result, rest);
  if (Array.isArray(propertyOrdering) && isObject(result.properties)) {
    result.properties = ordered(result.properties, propertyOrdering);
  }
  for (const key of COUNTS) if (typeof result[key] === "string") result[key] = Number(result[key]);
  if (nullable === true && Array.isArray(result.enum) && !result.enum.includes(null))
    result.enum = [...result.enum, null];
  if (nullable === true && !some && Array.isArray(result.anyOf)) result.anyOf = [...result.anyOf, { type: "null" }];
  return result;
}

/** Properties in this order, those it does not name behind them; elsewhere, the order is that in which they are written. */
function ordered(properties: JsonObject, order: readonly Json[]): JsonObject {
  const names = order.filter((name) => typeof name === "string" && Object.hasOwn(properties, name)).map(String);
  const entries = [...new Set([...names, ...Object.keys(properties)])].map((name): [string, Json] => [
    name,
    properties[name] as Json,
  ]);
  return Object.fromEntries(entries);
}

/** Keywords of Gemini's OpenAPI subset that are taken over as they are. */
const OPEN_API: ReadonlySet<string> = new Set([
  "title", "description", "default", "format", "enum", "required", "properties", "items", "anyOf", "pattern", "example",
  "minimum", "maximum", "nullable", "propertyOrdering", ...COUNTS,
]); // prettier-ignore

/** References put in place at most: each may hold two others, and thirty such are a schema of a thousand million. */
const MAX_INLINED = 1000;

/**
 * JSON Schema as Gemini's OpenAPI subset: references put in place (a recursive one, and those beyond a thousand, as a plain object),
 * types in upper case.
 */
export function toOpenApi(schema: JsonObject): NarrowedSchema {
  const lost = new Set<string>();
  const context = { root: schema, lost, within: [], budget: { references: MAX_INLINED } };
  return { schema: narrowed(schema, context), lost: [...lost] };
}

interface Narrowing {
  readonly root: JsonObject;
  readonly lost: Set<string>;
  /** References being put in place, to find those that hold themselves. */
  readonly within: readonly string[];
  /** How many more may be put in place, in the whole schema. */
  readonly budget: { references: number };
}

function narrowed(schema: JsonObject, context: Narrowing): JsonObject {
  if (typeof schema.$ref === "string") return inlined(schema, schema.$ref, context);
  const {
    type,
    const: constant,
    oneOf,
    allOf,
    $defs: _defs,
    definitions: _definitions,
    $schema: _schema,
    ...rest
  } = schema;
  const source: JsonObject = { ...rest };
  if (constant !== undefined) source.enum = [constant];
  if (oneOf !== undefined && source.anyOf === undefined) source.anyOf = oneOf;
  for (const one of Array.isArray(allOf) ? allOf : []) if (isObject(one)) mergeInto(source, narrowed(one, context));
  const result: JsonObject = {};
  for (const key of Object.keys(source)) {
    if (OPEN_API.has(key)) result[key] = source[key] as Json;
    // No model adds a property that its schema does not name.
    else if (key !== "additionalProperties" || source[key] !== false) context.lost.add(key);
  }
  writeType(result, type ?? source.type);
  if (Array.isArray(result.enum)) result.enum = result.enum.filter((one) => one !== null).map(String);
  return mapSchemas(result, (inner) => narrowed(inner, context));
}

function mergeInto(target: JsonObject, other: JsonObject): void {
  for (const key of Object.keys(other)) {
    const [before, later] = [target[key], other[key] as Json];
    if (isObject(before) && isObject(later)) target[key] = { ...before, ...later };
    else if (Array.isArray(before) && Array.isArray(later)) target[key] = [...new Set([...before, ...later])];
    else target[key] ??= later;
  }
}

function inlined(schema: JsonObject, ref: string, context: Narrowing): JsonObject {
  const { $ref: _, ...beside } = schema;
  const found = lookUp(context.root, ref);
  if (found === undefined || context.within.includes(ref) || context.budget.references === 0) {
    context.lost.add("$ref");
    return narrowed({ type: "object", ...beside }, context);
  }
  context.budget.references--;
  return narrowed({ ...found, ...beside }, { ...context, within: [...context.within, ref] });
}

/** What a reference within the schema names (RFC 6901). */
function lookUp(root: JsonObject, ref: string): JsonObject | undefined {
  if (!ref.startsWith("#")) return undefined;
  let at: Json | undefined = root;
  for (const step of ref.slice(1).split("/").slice(1)) {
    const key = step.replaceAll("~1", "/").replaceAll("~0", "~");
    at = isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  }
  return isObject(at) ? at : undefined;
}

function writeType(result: JsonObject, type: Json | undefined): void {
  const types = (Array.isArray(type) ? type : [type]).filter((one) => typeof one === "string");
  const [only, ...others] = types.filter((one) => one !== "null");
  if (types.includes("null")) result.nullable = true;
  if (only === undefined) return;
  if (others.length === 0) result.type = only.toUpperCase();
  else result.anyOf ??= [only, ...others].map((one) => ({ type: one }));
}
