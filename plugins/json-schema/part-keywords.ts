import { isObject, type Json } from "#src/core/json.ts";
import { compileLinear } from "#src/core/linear-regex.ts";
import {
  type CompileKeyword,
  type Keyword,
  list,
  namesOf,
  object,
  refused,
  type Run,
  schemaMap,
  schemaOf,
  schemas,
  type Test,
} from "./keyword.ts";

const itemsKeyword: CompileKeyword = async (argument, place, compiler) => {
  if (!Array.isArray(argument)) {
    const each = await compiler.compile({ ...place, schema: argument });
    return list((value, run) => value.every((item) => each(item, run)));
  }
  const tests = await schemas(argument, place, compiler);
  const { additionalItems = true } = place.schema;
  const rest = await compiler.compile({ ...place, schema: schemaOf(additionalItems) });
  return list((value, run) => value.every((item, at) => (tests[at] ?? rest)(item, run)));
};

const contains: CompileKeyword = async (argument, place, compiler) => {
  const test = await compiler.compile({ ...place, schema: argument });
  return list((value, run) => value.some((item) => test(item, run)));
};

const properties: CompileKeyword = async (argument, place, compiler) => {
  const tests = await schemaMap(argument, place, compiler);
  return object((value, run) =>
    tests.every(([name, test]) => {
      const found = Object.hasOwn(value, name) ? value[name] : undefined;
      return found === undefined || test(found, run);
    }),
  );
};

const patternProperties: CompileKeyword = async (argument, place, compiler) => {
  const tests = await schemaMap(argument, place, compiler);
  const patterns = await Promise.all(
    tests.map(async ([source, test]) => ({ pattern: await compileLinear(source), test })),
  );
  return object((value, run) =>
    Object.entries(value).every(([name, found]) =>
      patterns.every(({ pattern: fits, test }) => !fits.test(name) || test(found, run)),
    ),
  );
};

const additionalProperties: CompileKeyword = async (argument, place, compiler) => {
  const test = await compiler.compile({ ...place, schema: schemaOf(argument) });
  const { properties: named, patternProperties: written } = place.schema;
  const known = new Set(isObject(named) ? Object.keys(named) : []);
  const patterns = await Promise.all(
    (isObject(written) ? Object.keys(written) : []).map((source) => compileLinear(source)),
  );
  return object((value, run) =>
    Object.entries(value).every(
      ([name, found]) => known.has(name) || patterns.some((one) => one.test(name)) || test(found, run),
    ),
  );
};

const propertyNames: CompileKeyword = async (argument, place, compiler) => {
  const test = await compiler.compile({ ...place, schema: argument });
  return object((value, run) => Object.keys(value).every((name) => test(name, run)));
};

/** With a name: the others that are needed then, or what the whole has to be. */
const dependencies: CompileKeyword = async (argument, place, compiler) => {
  if (!isObject(argument)) throw refused(place, "a mapping");
  const tests = await Promise.all(
    Object.entries(argument).map(async ([name, needed]): Promise<readonly [string, Test]> => {
      const at = { ...place, path: `${place.path}/${name}` };
      if (!Array.isArray(needed)) return [name, await compiler.compile({ ...at, schema: needed })];
      const names = namesOf(needed, at);
      return [name, object((value) => names.every((one) => Object.hasOwn(value, one)))];
    }),
  );
  return object((value, run) => tests.every(([name, test]) => !Object.hasOwn(value, name) || test(value, run)));
};

const combined =
  (fits: (tests: readonly Test[], value: Json, run: Run) => boolean): CompileKeyword =>
  async (argument, place, compiler) => {
    if (!Array.isArray(argument) || argument.length === 0) throw refused(place, "a list of schemas");
    const tests = await schemas(argument, place, compiler);
    return (value, run) => fits(tests, value, run);
  };

const not: CompileKeyword = async (argument, place, compiler) => {
  const test = await compiler.compile({ ...place, schema: argument });
  return (value, run) => !test(value, run);
};

const conditional: CompileKeyword = async (argument, place, compiler) => {
  const { then: yes = true, else: no = true } = place.schema;
  const [test, whenTrue, whenFalse] = await Promise.all(
    [argument, yes, no].map((schema) => compiler.compile({ ...place, schema })),
  );
  return (value, run) => (test?.(value, run) === true ? whenTrue : whenFalse)?.(value, run) === true;
};

/**
 * What is said of a value's parts, or of the whole by other schemas. `additionalItems`, `then` and `else` are read with the keyword they belong
 * to.
 */
export const PART_KEYWORDS: Readonly<Record<string, Keyword>> = {
  items: { since: 4, compile: itemsKeyword },
  contains: { since: 7, compile: contains },
  properties: { since: 4, compile: properties },
  patternProperties: { since: 4, compile: patternProperties },
  additionalProperties: { since: 4, compile: additionalProperties },
  propertyNames: { since: 7, compile: propertyNames },
  dependencies: { since: 4, compile: dependencies },
  allOf: { since: 4, compile: combined((tests, value, run) => tests.every((test) => test(value, run))) },
  anyOf: { since: 4, compile: combined((tests, value, run) => tests.some((test) => test(value, run))) },
  oneOf: { since: 4, compile: combined((tests, value, run) => tests.filter((test) => test(value, run)).length === 1) },
  not: { since: 4, compile: not },
  if: { since: 7, compile: conditional },
};
