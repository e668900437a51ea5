import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import type { RestArg, RestTool } from "./format.ts";
import { mended, mendedProperties, requiredIn } from "./tidy.ts";

/** A tool's input schema. */
export function inputSchemaOf({ args = [], schemas }: RestTool): JsonObject {
  const required = args.filter((arg) => arg.required === true).map(({ name }) => name);
  return {
    type: "object",
    properties: Object.fromEntries(args.map((arg) => [arg.name, schemaOf(arg)])),
    ...(required.length > 0 && { required }),
    ...(schemas !== undefined && { $defs: schemas }),
  };
}

function schemaOf(arg: RestArg): JsonObject {
  const { type = "string", items, properties } = arg;
  const known = arg.schema ?? {
    type,
    ...(arg.enum !== undefined && arg.enum.length > 0 && { enum: [...arg.enum] }),
    ...(type === "array" && items !== undefined && { items: mended(items) }),
    ...(type === "object" && properties !== undefined && membersOf(properties)),
  };
  return {
    ...known,
    ...(arg.description !== undefined && { description: arg.description }),
    ...(arg.default !== undefined && arg.default !== null && { default: arg.default }),
  };
}

function membersOf(properties: JsonObject): JsonObject {
  const required = [...requiredIn(properties)];
  return { properties: mendedProperties(properties), ...(required.length > 0 && { required }) };
}

/**
 * Makes the arguments those of the schema: defaults for what is left out, and numbers and truths out of the texts that models write for
 * them. What cannot be made into one stays, and the schema's check tells. Undefined where nothing is ever to do.
 */
export function coercionOf({ args = [] }: RestTool): ((given: JsonObject) => JsonObject) | undefined {
  const rules = args.flatMap(ruleOf);
  if (rules.length === 0) return undefined;
  return (given) => {
    let changed: JsonObject | undefined;
    for (const { name, fallback, coerce } of rules) {
      const value = given[name];
      const made = value === undefined ? fallback : typeof value === "string" ? coerce?.(value) : undefined;
      if (made !== undefined) (changed ??= { ...given })[name] = made;
    }
    return changed ?? given;
  };
}

interface Rule {
  readonly name: string;
  readonly fallback: Json | undefined;
  /** Undefined when the text is none. */
  readonly coerce: ((text: string) => Json | undefined) | undefined;
}

function ruleOf(arg: RestArg): readonly Rule[] {
  const fallback = arg.default === null ? undefined : arg.default;
  const type = arg.schema === undefined ? (arg.type ?? "string") : arg.schema["type"];
  const coerce = typeof type === "string" && Object.hasOwn(COERCIONS, type) ? COERCIONS[type] : undefined;
  return fallback === undefined && coerce === undefined ? [] : [{ name: arg.name, fallback, coerce }];
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

const COERCIONS: Readonly<Record<string, (text: string) => Json | undefined>> = {
  boolean: (text) => (text === "true" || text === "false" ? text === "true" : undefined),
  integer: (text) => (/^-?\d{1,15}$/.test(text) ? Number(text) : undefined),
  number: (text) => (NUMBER.test(text) && Number.isFinite(Number(text)) ? Number(text) : undefined),
  array: (text) => jsonOf(text, Array.isArray),
  object: (text) => jsonOf(text, isObject),
};

/** Models write lists and objects as JSON in a text now and then. */
function jsonOf(text: string, fits: (value: unknown) => boolean): Json | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return fits(value) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}
