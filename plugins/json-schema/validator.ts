import { isDeeperThan, isObject, type Json, type JsonObject, MAX_DEPTH } from "#src/core/json.ts";
import type { Compiling, Draft, Keyword, Test } from "./keyword.ts";
import { PART_KEYWORDS } from "./part-keywords.ts";
import { type Located, SchemaFiles } from "./references.ts";
import { VALUE_KEYWORDS } from "./value-keywords.ts";

/** What is not here says nothing of whether a value fits. */
const KEYWORDS: Readonly<Record<string, Keyword>> = { ...VALUE_KEYWORDS, ...PART_KEYWORDS };

/** Whether a value is what a schema asks for. */
export type SchemaValidator = (value: Json) => boolean;

/**
 * Compiles a JSON Schema of draft 4 or 7 to functions. Unlike validators that generate code it runs on hosts that forbid that; unlike those
 * that read the schema each time it compiles patterns once, for an engine that takes linear time; and a client's value cannot make it slow: equal
 * items are found by their text, and what a reference says of a value is remembered. Rejects with an Error that says what cannot be used.
 */
export async function compileSchema(schema: Json, preferred: Draft): Promise<SchemaValidator> {
  const draft = draftOf(schema) ?? preferred;
  const compiler = new Compiler(schema, draft);
  const test = await compiler.root();
  const validator: SchemaValidator = (value) => !isDeeperThan(MAX_DEPTH, value) && test(value, new Map());
  // References that lead back without going into the value are found with the first value of a type.
  for (const sample of [null, true, 0, "", [], {}]) validator(sample);
  return validator;
}

function draftOf(schema: Json): Draft | undefined {
  const uri = isObject(schema) ? schema["$schema"] : undefined;
  if (typeof uri !== "string") return undefined;
  if (uri.includes("/draft-04/")) return 4;
  if (uri.includes("/draft-06/") || uri.includes("/draft-07/")) return 7;
  throw new Error(`${JSON.stringify(uri)} is a draft that is not known; draft-04 to draft-07 are.`);
}

class Compiler implements Compiling {
  readonly draft: Draft;
  readonly #files: SchemaFiles;
  /** Referred to, by schema: compiled one after the other, as they may refer to each other. */
  readonly #referred = new Map<Json, { test: Test | undefined }>();
  readonly #waiting: Located[] = [];

  constructor(schema: Json, draft: Draft) {
    this.draft = draft;
    this.#files = new SchemaFiles(schema, draft === 4 ? "id" : "$id");
  }

  async root(): Promise<Test> {
    const test = await this.compile(this.#files.root);
    for (let next = this.#waiting.pop(); next !== undefined; next = this.#waiting.pop()) {
      const place = this.#referred.get(next.schema);
      if (place !== undefined) place.test = await this.compile(next);
    }
    return test;
  }

  async compile(located: Located): Promise<Test> {
    const { schema } = located;
    if (typeof schema === "boolean" && this.draft > 4) return () => schema;
    if (!isObject(schema)) throw new Error(`${located.path} is no schema: it is ${JSON.stringify(schema)}.`);
    const base = this.#files.baseOf(located);
    const { $ref: reference } = schema;
    // In these drafts what stands beside it does not count.
    if (typeof reference === "string") return this.#refer(reference, base, located.path);
    const tests = await Promise.all(
      Object.entries(schema).map(([keyword, argument]) =>
        this.#keyword(keyword, argument, { ...located, schema, base }),
      ),
    );
    const all = tests.filter((test) => test !== undefined);
    return (value, run) => all.every((test) => test(value, run));
  }

  async #keyword(
    keyword: string,
    argument: Json,
    place: Located & { readonly schema: JsonObject },
  ): Promise<Test | undefined> {
    const known = Object.hasOwn(KEYWORDS, keyword) ? KEYWORDS[keyword] : undefined;
    if (known === undefined || known.since > this.draft) return undefined;
    const path = `${place.path}/${keyword}`;
    return known.compile(argument, { ...place, path }, this);
  }

  #refer(reference: string, base: string, path: string): Test {
    const target = this.#files.resolve(reference, base);
    if (target === undefined) {
      throw new Error(`${path}/$ref: ${JSON.stringify(reference)} is nothing in the schema, and nothing is fetched.`);
    }
    const known = this.#referred.get(target.schema);
    const place: { test: Test | undefined } = known ?? { test: undefined };
    if (known === undefined) {
      this.#referred.set(target.schema, place);
      this.#waiting.push(target);
    }
    return (value, run) => {
      const { test } = place;
      if (test === undefined) throw new Error("The schema was used before it was compiled.");
      const told = run.get(place) ?? new Map<Json, boolean | undefined>();
      run.set(place, told);
      const before = told.get(value);
      if (before !== undefined) return before;
      // Under way already. Engines with tail calls would not even run out of stack.
      if (told.has(value)) throw new RangeError("A $ref leads back to itself without end.");
      told.set(value, undefined);
      const fits = test(value, run);
      told.set(value, fits);
      return fits;
    };
  }
}
