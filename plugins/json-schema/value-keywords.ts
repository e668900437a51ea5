import { isObject, type Json } from "#src/core/json.ts";
import { compileLinear } from "#src/core/linear-regex.ts";
import { FORMATS } from "./formats.ts";
import {
  type CompileKeyword,
  type Keyword,
  list,
  namesOf,
  number,
  numberOf,
  object,
  refused,
  type Test,
  text,
} from "./keyword.ts";
import { identityOf, isMultiple, lengthIn } from "./values.ts";

const TYPES: Readonly<Record<string, (value: Json) => boolean>> = {
  null: (value) => value === null,
  boolean: (value) => typeof value === "boolean",
  number: (value) => typeof value === "number",
  integer: (value) => typeof value === "number" && Number.isInteger(value),
  string: (value) => typeof value === "string",
  array: (value) => Array.isArray(value),
  object: (value) => isObject(value),
};

const type: CompileKeyword = (argument, place) => {
  const names = Array.isArray(argument) ? argument : [argument];
  const tests = names.map((name) => {
    const known = typeof name === "string" && Object.hasOwn(TYPES, name) ? TYPES[name] : undefined;
    if (known === undefined) throw refused(place, "a type, or a list of types");
    return known;
  });
  return (value) => tests.some((test) => test(value));
};

/** A limit, to which `exclusive` may belong in draft 4. */
/** In draft 4, and in OpenAPI 3.0, `exclusive` is a word that belongs to the limit. */
const limit =
  (fits: (value: number, limit: number) => boolean, exclusive: string): CompileKeyword =>
  (argument, place) => {
    const bound = numberOf(argument, place);
    const strict = place.schema[exclusive] === true;
    return number((value) => fits(value, bound) && !(strict && value === bound));
  };

const exclusiveLimit =
  (fits: (value: number, limit: number) => boolean): CompileKeyword =>
  (argument, place) => {
    if (typeof argument === "boolean") return undefined;
    const bound = numberOf(argument, place);
    return number((value) => fits(value, bound));
  };

const size =
  (make: (fits: (size: number) => boolean) => Test, fits: (size: number, limit: number) => boolean): CompileKeyword =>
  (argument, place) => {
    const count = numberOf(argument, place);
    if (!Number.isInteger(count) || count < 0) throw refused(place, "a whole number");
    return make((found) => fits(found, count));
  };

const least = (found: number, wanted: number): boolean => found >= wanted;
const most = (found: number, wanted: number): boolean => found <= wanted;
const characters = (fits: (size: number) => boolean): Test => text((value) => fits(lengthIn(value)));
const items = (fits: (size: number) => boolean): Test => list((value) => fits(value.length));
const members = (fits: (size: number) => boolean): Test => object((value) => fits(Object.keys(value).length));

const pattern: CompileKeyword = async (argument, place) => {
  if (typeof argument !== "string") throw refused(place, "a regular expression");
  const compiled = await compileLinear(argument);
  return text((value) => compiled.test(value));
};

const format: CompileKeyword = (argument) => {
  const known = typeof argument === "string" && Object.hasOwn(FORMATS, argument) ? FORMATS[argument] : undefined;
  return known === undefined ? undefined : text(known);
};

const enumeration: CompileKeyword = (argument, place) => {
  if (!Array.isArray(argument)) throw refused(place, "a list");
  const known = new Set(argument.map(identityOf));
  return (value) => known.has(identityOf(value));
};

const constant: CompileKeyword = (argument) => {
  const wanted = identityOf(argument);
  return (value) => identityOf(value) === wanted;
};

const uniqueItems: CompileKeyword = (argument) =>
  argument === true ? list((value) => new Set(value.map(identityOf)).size === value.length) : undefined;

const required: CompileKeyword = (argument, place) => {
  const names = namesOf(argument, place);
  return object((value) => names.every((name) => Object.hasOwn(value, name)));
};

const multipleOf: CompileKeyword = (argument, place) => {
  const of = numberOf(argument, place);
  if (of <= 0) throw refused(place, "a number above 0");
  return number((value) => isMultiple(value, of));
};

/** What is said of a value without looking at its parts. */
export const VALUE_KEYWORDS: Readonly<Record<string, Keyword>> = {
  type: { since: 4, compile: type },
  enum: { since: 4, compile: enumeration },
  const: { since: 7, compile: constant },
  multipleOf: { since: 4, compile: multipleOf },
  maximum: { since: 4, compile: limit(most, "exclusiveMaximum") },
  minimum: { since: 4, compile: limit(least, "exclusiveMinimum") },
  exclusiveMaximum: { since: 4, compile: exclusiveLimit((value, bound) => value < bound) },
  exclusiveMinimum: { since: 4, compile: exclusiveLimit((value, bound) => value > bound) },
  maxLength: { since: 4, compile: size(characters, most) },
  minLength: { since: 4, compile: size(characters, least) },
  pattern: { since: 4, compile: pattern },
  format: { since: 4, compile: format },
  maxItems: { since: 4, compile: size(items, most) },
  minItems: { since: 4, compile: size(items, least) },
  uniqueItems: { since: 4, compile: uniqueItems },
  maxProperties: { since: 4, compile: size(members, most) },
  minProperties: { since: 4, compile: size(members, least) },
  required: { since: 4, compile: required },
};
