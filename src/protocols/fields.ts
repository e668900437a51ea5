/**
 * Readers of a client's JSON: each checks one field and throws a Fault that names it by its wire path. `null` counts as absent, as
 * vendors document it for optional fields.
 */
import { Fault } from "../core/fault.ts";
import { isObject, type Json, type JsonObject } from "../core/json.ts";

/** The fault of a field that is not what it must be. */
export function invalid(path: string, expected: string): Fault {
  return new Fault("invalid_request", `${path} must be ${expected}.`, { param: path });
}

function missing(path: string): Fault {
  return new Fault("invalid_request", `${path} is required.`, { param: path });
}

/** What a kind of field is tested by, and how the fault calls it. */
interface Kind<T extends Json> {
  readonly name: string;
  test(value: Json): value is T;
}

const KINDS = {
  string: { name: "a string", test: (value: Json): value is string => typeof value === "string" },
  number: { name: "a number", test: (value: Json): value is number => typeof value === "number" },
  integer: {
    name: "a whole number",
    test: (value: Json): value is number => typeof value === "number" && Number.isInteger(value),
  },
  boolean: { name: "true or false", test: (value: Json): value is boolean => typeof value === "boolean" },
  object: { name: "an object", test: (value: Json): value is JsonObject => isObject(value) },
  list: { name: "a list", test: (value: Json): value is Json[] => Array.isArray(value) },
} satisfies Record<string, Kind<Json>>;

/** What a reader gives for each kind. */
export interface KindValues {
  string: string;
  number: number;
  integer: number;
  boolean: boolean;
  object: JsonObject;
  list: Json[];
}

/** `value` as a `kind`, or undefined when it is absent. */
export function optional<K extends keyof KindValues>(
  value: Json | undefined,
  kind: K,
  path: string,
): KindValues[K] | undefined {
  if (value === undefined || value === null) return undefined;
  const { name, test } = KINDS[kind];
  if (!test(value)) throw invalid(path, name);
  return value as KindValues[K];
}

/** `value` as a `kind`. */
export function required<K extends keyof KindValues>(value: Json | undefined, kind: K, path: string): KindValues[K] {
  const found = optional(value, kind, path);
  if (found === undefined) throw missing(path);
  return found;
}

/** One of the words of a closed set. */
export function oneOf<Word extends string>(value: Json | undefined, words: ReadonlySet<Word>, path: string): Word {
  const word = required(value, "string", path);
  if (!words.has(word as Word)) throw invalid(path, `one of ${[...words].join(", ")}`);
  return word as Word;
}
