import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import type { Located } from "./references.ts";

/** Drafts that differ in what this plugin knows of; 6 is like 7. */
export type Draft = 4 | 7;

/** Tells whether a value fits; `run` is what is remembered while one value is looked at. */
export type Test = (value: Json, run: Run) => boolean;
export type Run = Map<object, Map<Json, boolean | undefined>>;

/** What keywords need of the compiler. */
export interface Compiling {
  readonly draft: Draft;
  compile(located: Located): Promise<Test>;
}

/** Where a keyword stands. */
export type KeywordPlace = Located & { readonly schema: JsonObject };

export interface Keyword {
  readonly since: Draft;
  compile(argument: Json, place: KeywordPlace, compiler: Compiling): Test | undefined | Promise<Test | undefined>;
}

export type CompileKeyword = Keyword["compile"];

/** By the type they are about; values of other types fit. */
export const number =
  (fits: (value: number) => boolean): Test =>
  (value) =>
    typeof value !== "number" || fits(value);
export const text =
  (fits: (value: string) => boolean): Test =>
  (value) =>
    typeof value !== "string" || fits(value);
export const list =
  (fits: (value: readonly Json[], run: Run) => boolean): Test =>
  (value, run) =>
    !Array.isArray(value) || fits(value, run);
export const object =
  (fits: (value: JsonObject, run: Run) => boolean): Test =>
  (value, run) =>
    !isObject(value) || fits(value, run);

export function refused({ path }: KeywordPlace, wanted: string): Error {
  return new Error(`${path} has to be ${wanted}.`);
}

export function numberOf(argument: Json, place: KeywordPlace): number {
  if (typeof argument !== "number") throw refused(place, "a number");
  return argument;
}

export function namesOf(argument: Json, place: KeywordPlace): readonly string[] {
  const names = Array.isArray(argument) ? argument.filter((name) => typeof name === "string") : [];
  if (!Array.isArray(argument) || names.length < argument.length) throw refused(place, "a list of names");
  return names;
}

/** `true` and `false`, where draft 4 knows them too. */
export function schemaOf(argument: Json): Json {
  return argument === true ? {} : argument === false ? { not: {} } : argument;
}

export function schemas(list: readonly Json[], place: KeywordPlace, compiler: Compiling): Promise<readonly Test[]> {
  return Promise.all(list.map((schema, at) => compiler.compile({ ...place, schema, path: `${place.path}/${at}` })));
}

export async function schemaMap(
  argument: Json,
  place: KeywordPlace,
  compiler: Compiling,
): Promise<readonly (readonly [string, Test])[]> {
  if (!isObject(argument)) throw refused(place, "a mapping to schemas");
  const compiled = Object.entries(argument).map(async ([name, schema]): Promise<readonly [string, Test]> => {
    return [name, await compiler.compile({ ...place, schema, path: `${place.path}/${name}` })];
  });
  return Promise.all(compiled);
}
