import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import type { Problems } from "../problem.ts";
import { type Documents, type Located, referenceOf, type Target } from "../references.ts";
import { ANNOTATIONS, define, joinAllOf } from "./all-of.ts";
import { tagBranches } from "./discriminator.ts";
import { cutLoops } from "./loops.ts";
import { allowsNull, impliedBy, KEYWORDS } from "./keywords.ts";

/** Schemas nested deeper than this are open at the bottom. */
const DEEPEST = 80;

/** How far properties are looked for in what a schema is joined from. */
const MOST_PARENTS = 8;

/** A document's schemas in JSON Schema 2020-12, as one side of a call needs them. */
export interface WriterOptions {
  readonly documents: Documents;
  /** Keys of the schemas that are referred to rather than repeated. */
  readonly shared: ReadonlySet<string>;
  /** What this side leaves out: who asks does not send what is `readOnly`, and is not answered what is `writeOnly`. */
  readonly hides: "readOnly" | "writeOnly";
  readonly problems: Problems;
  /** Names the operation in problems. */
  readonly where: string;
}

interface Place {
  readonly document: string;
  readonly depth: number;
  /** The keys of the schemas this one stands in, which cannot be repeated within themselves. */
  readonly within: readonly string[];
}

/** Writes the schemas of one tool. */
export class SchemaWriter {
  /** What `#/$defs/NAME` stands for in what was written. */
  readonly defs: JsonObject = {};
  readonly #options: WriterOptions;
  readonly #names = new Map<string, string>();

  constructor(options: WriterOptions) {
    this.#options = options;
  }

  /** A schema as it is written where it stands; `$ref`s in it name {@link defs}. */
  write({ value, document }: Located): JsonObject {
    const known = this.#names.size;
    const schema = this.#schema(value, { document, depth: 0, within: [] });
    if (this.#names.size > known && cutLoops(this.defs)) {
      this.#problem("A schema is a condition of itself: what it asks for in that place is left open.");
    }
    return schema;
  }

  /** The same, but never as a `$ref`: for who has to look into it. */
  writeOpen(located: Located): JsonObject {
    return this.open(this.write(located));
  }

  /** What a written schema is, with what it refers to in its place. */
  open(schema: JsonObject): JsonObject {
    const name = referenceOf(schema)?.slice("#/$defs/".length);
    const target = name === undefined ? undefined : this.defs[name];
    const { $ref: _, ...beside } = schema;
    return isObject(target) ? { ...target, ...beside } : schema;
  }

  #schema(value: Json, place: Place): JsonObject {
    if (!isObject(value)) return value === false ? { not: {} } : {};
    if (place.depth > DEEPEST) {
      this.#problem(`A schema is nested more than ${DEEPEST} deep: what is below is left open.`);
      return {};
    }
    const reference = referenceOf(value) ?? dynamicReference(value);
    return reference === undefined ? this.#plain(value, place) : this.#reference(reference, value, place);
  }

  #reference(reference: string, schema: JsonObject, place: Place): JsonObject {
    const target = this.#options.documents.find(reference, place.document);
    if (target === undefined) this.#problem(`There is no '${reference}': anything is taken in its place.`);
    const there = target === undefined ? {} : this.#target(target, place);
    const { $ref: _, $dynamicRef: __, ...rest } = schema;
    const beside = this.#plain(rest, place);
    // A type that only the properties beside it imply is the target's to say.
    if (rest["type"] === undefined && there["$ref"] !== undefined) delete beside["type"];
    const tells = Object.keys(beside).every((key) => ANNOTATIONS.has(key));
    const joined = tells ? { ...there, ...beside } : joinAllOf(beside, [there]);
    return rest["nullable"] === true ? orNull(joined) : joined;
  }

  #target(target: Target, place: Place): JsonObject {
    const { key, value, document } = target;
    if (!this.#options.shared.has(key) && !place.within.includes(key)) {
      return this.#schema(value, { document, depth: place.depth + 1, within: [...place.within, key] });
    }
    return { $ref: `#/$defs/${this.#define(key, value, document)}` };
  }

  #define(key: string, value: Json, document: string): string {
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const name = unusedName(key, this.defs);
    this.#names.set(key, name);
    // Taken before it is written: it may stand in itself.
    this.defs[name] = {};
    this.defs[name] = this.#schema(value, { document, depth: 0, within: [key] });
    return name;
  }

  #plain(schema: JsonObject, place: Place): JsonObject {
    const own: JsonObject = impliedBy(schema);
    for (const [keyword, value] of Object.entries(schema)) {
      const written = Object.hasOwn(KEYWORDS, keyword)
        ? KEYWORDS[keyword]?.(value, schema)
        : this.#nested(keyword, value, place);
      if (written !== undefined) own[keyword] = written;
    }
    // How drafts before 2020-12 wrote a tuple.
    if (Array.isArray(schema["items"])) own["prefixItems"] = this.#branches(schema["items"], place);
    useAnyOf(own);
    const branches = schema["allOf"];
    const joined = Array.isArray(branches) ? joinAllOf(own, this.#branches(branches, place)) : own;
    this.#dropHidden(joined, schema, place);
    const tagged = tagBranches(joined, schema, this.#options.documents, place.document);
    const whole = withoutLoneBranch(tagged);
    return allowsNull(schema) ? orNull(whole) : whole;
  }

  /** The keywords with schemas in them. */
  #nested(keyword: string, value: Json, place: Place): Json | undefined {
    const inner = { ...place, depth: place.depth + 1 };
    switch (NESTED.get(keyword)) {
      case "schema":
        return typeof value === "boolean" ? value : this.#schema(value, inner);
      case "items":
        return Array.isArray(value) ? undefined : this.#schema(value, inner);
      case "map":
        return isObject(value) ? this.#map(value, inner) : undefined;
      case "list":
        return Array.isArray(value) && value.length > 0 ? this.#branches(value, place) : undefined;
      default:
        return undefined;
    }
  }

  #map(schemas: JsonObject, place: Place): JsonObject {
    const out: JsonObject = {};
    for (const [name, schema] of Object.entries(schemas)) {
      if (!this.#hidden(schema, place)) define(out, name, this.#schema(schema, place));
    }
    return out;
  }

  #branches(schemas: readonly Json[], place: Place): JsonObject[] {
    return schemas.map((schema) => this.#schema(schema, { ...place, depth: place.depth + 1 }));
  }

  /** What this side does not see is not asked for either. */
  #dropHidden(own: JsonObject, schema: JsonObject, place: Place): void {
    const { required } = own;
    if (!Array.isArray(required)) return;
    const hidden = this.#hiddenNames(schema, place);
    const seen = required.filter((name) => typeof name !== "string" || !hidden.has(name));
    if (seen.length === 0) delete own["required"];
    else own["required"] = seen;
  }

  /** The names of hidden properties, those of the parts it is joined from among them. */
  #hiddenNames(schema: JsonObject, place: Place, depth = 0): Set<string> {
    const properties = isObject(schema["properties"]) ? Object.entries(schema["properties"]) : [];
    const names = new Set(properties.filter(([, one]) => this.#hidden(one, place)).map(([name]) => name));
    if (!Array.isArray(schema["allOf"]) || depth > MOST_PARENTS) return names;
    for (const branch of schema["allOf"]) {
      const end = this.#options.documents.object({ value: branch, document: place.document });
      if (end === undefined) continue;
      const there = { ...place, document: end.document };
      for (const name of this.#hiddenNames(end.value, there, depth + 1)) names.add(name);
    }
    return names;
  }

  #hidden(schema: Json, { document }: Place): boolean {
    const { hides, documents } = this.#options;
    if (isObject(schema) && schema[hides] === true) return true;
    return documents.object({ value: schema, document })?.value[hides] === true;
  }

  #problem(message: string): void {
    this.#options.problems.add(this.#options.where, message);
  }
}

/**
 * `anyOf` for `oneOf`: the alternatives people write overlap, an integer beside a number, and by the letter of `oneOf` a value that fits
 * both would fit neither. Models' vendors, too, take `anyOf` more often.
 */
function useAnyOf(own: JsonObject): void {
  const { oneOf } = own;
  if (oneOf === undefined) return;
  delete own["oneOf"];
  if (own["anyOf"] === undefined) own["anyOf"] = oneOf;
  else own["allOf"] = [{ anyOf: oneOf }];
}

/** An alternative without another one is none. */
function withoutLoneBranch(schema: JsonObject): JsonObject {
  const { anyOf, ...rest } = schema;
  const only = Array.isArray(anyOf) && anyOf.length === 1 ? anyOf[0] : undefined;
  return isObject(only) ? joinAllOf(rest, [only]) : schema;
}

type Nesting = "schema" | "items" | "map" | "list";

/** How a keyword holds schemas. `allOf` is not here: it is joined. */
const NESTED: ReadonlyMap<string, Nesting> = new Map([
  ...named("items", "items"),
  ...named(
    "schema",
    "additionalProperties",
    "unevaluatedProperties",
    "unevaluatedItems",
    "propertyNames",
    "contains",
    "not",
    "if",
    "then",
    "else",
  ),
  ...named("map", "properties", "patternProperties", "dependentSchemas"),
  ...named("list", "prefixItems", "oneOf", "anyOf"),
]);

function named(kind: Nesting, ...keywords: readonly string[]): (readonly [string, Nesting])[] {
  return keywords.map((keyword) => [keyword, kind] as const);
}

/** `$dynamicRef` to a place is a `$ref` wherever nobody replaces the place, which OpenAPI documents do not. */
function dynamicReference({ $dynamicRef: reference }: JsonObject): string | undefined {
  return typeof reference === "string" ? reference : undefined;
}

/** The schema, or null. */
function orNull(schema: JsonObject): JsonObject {
  const { type } = schema;
  if (typeof type === "string" && schema["const"] === undefined) {
    return { ...schema, type: type === "null" ? type : [type, "null"] };
  }
  if (Array.isArray(type)) return type.includes("null") ? schema : { ...schema, type: [...type, "null"] };
  if (Object.keys(schema).every((key) => ANNOTATIONS.has(key))) return schema;
  const { description, anyOf, ...rest } = schema;
  const told: JsonObject = description === undefined ? {} : { description };
  if (Array.isArray(anyOf) && Object.keys(rest).length === 0) return { ...told, anyOf: [...anyOf, { type: "null" }] };
  const whole = anyOf === undefined ? rest : { ...rest, anyOf };
  return { ...told, anyOf: [whole, { type: "null" }] };
}

/** A name for a definition from the last part of its place, such as `Pet` from `#/components/schemas/Pet`. */
function unusedName(key: string, taken: JsonObject): string {
  const last = key.split(/[/#]/).findLast((part) => part !== "") ?? "";
  const base = last.replaceAll(/[^\w.-]+/g, "_").slice(0, 60) || "schema";
  let name = base;
  for (let number = 2; Object.hasOwn(taken, name); number++) name = `${base}_${number}`;
  return name;
}
