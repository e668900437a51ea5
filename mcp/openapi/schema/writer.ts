import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import type { Problems } from "../problem.ts";
import { type Documents, type Located, referenceOf, type Target } from "../references.ts";
import { ANNOTATIONS, define, joinAllOf } from "./all-of.ts";
import { orNull, useAnyOf, withoutLoneBranch } from "./alternatives.ts";
import { tagBranches, taggedBranch } from "./discriminator.ts";
import { cutLoops } from "./loops.ts";
import { allowsNull, impliedBy, KEYWORDS } from "./keywords.ts";
import { NESTED } from "./nesting.ts";
import type { Subtypes } from "./subtypes.ts";

/** Schemas nested deeper than this are open at the bottom. */
const DEEPEST = 80;

/** How far properties are looked for in what a schema is joined from. */
const MOST_PARENTS = 8;

/** A document's schemas in JSON Schema 2020-12, as one side of a call needs them. */
export interface WriterOptions {
  readonly documents: Documents;
  /** Keys of the schemas that are referred to rather than repeated. */
  readonly shared: ReadonlySet<string>;
  readonly subtypes: Subtypes;
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
  /** The schema's own key, where it is the target of a reference. */
  readonly key?: string;
  /** It is what another schema extends: its alternatives, that one among them, do not matter. */
  readonly extended?: boolean;
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
    return reference === undefined ? this.#object(value, place) : this.#reference(reference, value, place);
  }

  #reference(reference: string, schema: JsonObject, place: Place): JsonObject {
    const target = this.#options.documents.find(reference, place.document);
    if (target === undefined) this.#problem(`There is no '${reference}': anything is taken in its place.`);
    const there = target === undefined ? {} : this.#target(target, place);
    const { $ref: _, $dynamicRef: __, ...rest } = schema;
    const beside = this.#plain(rest, { ...inside(place), depth: place.depth });
    // A type that only the properties beside it imply is the target's to say.
    if (rest["type"] === undefined && there["$ref"] !== undefined) delete beside["type"];
    const tells = Object.keys(beside).every((key) => ANNOTATIONS.has(key));
    const joined = tells ? { ...there, ...beside } : joinAllOf(beside, [there]);
    return rest["nullable"] === true ? orNull(joined) : joined;
  }

  #target(target: Target, place: Place): JsonObject {
    const { key, value, document } = target;
    const { shared, subtypes } = this.#options;
    const { within, depth, extended = false } = place;
    // A base within a subtype of its own is its properties alone, once.
    const base = extended && subtypes.of(key).length > 0 && within.indexOf(key) === within.lastIndexOf(key);
    if (base || (!shared.has(key) && !within.includes(key))) {
      return this.#schema(value, { document, depth: depth + 1, within: [...within, key], key, extended });
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
    this.defs[name] = this.#schema(value, { document, depth: 0, within: [key], key });
    return name;
  }

  /** A schema object, with its subtypes as alternatives. */
  #object(schema: JsonObject, place: Place): JsonObject {
    const written = this.#plain(schema, place);
    const { key, extended = false } = place;
    const open =
      schema["oneOf"] === undefined && schema["anyOf"] === undefined && schema["discriminator"] !== undefined;
    const subtypes = key === undefined || extended || !open ? [] : this.#options.subtypes.of(key);
    if (subtypes.length === 0) return written;
    const branches = subtypes.flatMap(({ reference }) => {
      const target = this.#options.documents.find(reference, this.#options.documents.root);
      if (target === undefined) return [];
      const branch = this.#target(target, inside(place));
      return [taggedBranch(branch, reference, schema, this.#options.documents)];
    });
    // The base itself comes last: everything that fits one of the others fits it as well.
    return { anyOf: [...branches, written] };
  }

  #plain(schema: JsonObject, place: Place): JsonObject {
    const own: JsonObject = impliedBy(schema);
    for (const [keyword, value] of Object.entries(schema)) {
      const written = Object.hasOwn(KEYWORDS, keyword)
        ? KEYWORDS[keyword]?.(value, schema)
        : this.#nested(keyword, value, place);
      if (written !== undefined) own[keyword] = written;
    }
    // How drafts before 2020-12 wrote a tuple; one of nothing says nothing.
    const { items } = schema;
    if (Array.isArray(items) && items.length > 0) own["prefixItems"] = this.#branches(items, place);
    useAnyOf(own);
    const branches = schema["allOf"];
    const joined = Array.isArray(branches) ? joinAllOf(own, this.#branches(branches, place, true)) : own;
    this.#dropHidden(joined, schema, place);
    const tagged = tagBranches(joined, schema, this.#options.documents, place.document);
    const whole = withoutLoneBranch(tagged);
    return allowsNull(schema) ? orNull(whole) : whole;
  }

  /** The keywords with schemas in them. */
  #nested(keyword: string, value: Json, place: Place): Json | undefined {
    const inner = inside(place);
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

  #branches(schemas: readonly Json[], place: Place, extended = false): JsonObject[] {
    return schemas.map((schema) => this.#schema(schema, { ...inside(place), extended }));
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

/** The place of what stands in a schema. */
function inside({ document, depth, within }: Place): Place {
  return { document, depth: depth + 1, within };
}

/** `$dynamicRef` to a place is a `$ref` wherever nobody replaces the place, which OpenAPI documents do not. */
function dynamicReference({ $dynamicRef: reference }: JsonObject): string | undefined {
  return typeof reference === "string" ? reference : undefined;
}

/** A name for a definition from the last part of its place, such as `Pet` from `#/components/schemas/Pet`. */
function unusedName(key: string, taken: JsonObject): string {
  const last = key.split(/[/#]/).findLast((part) => part !== "") ?? "";
  const base =
    last
      .replaceAll(/[^\w.-]+/g, "_")
      .replace(/^_+/, "")
      .slice(0, 60) || "schema";
  let name = base;
  for (let number = 2; Object.hasOwn(taken, name); number++) name = `${base}_${number}`;
  return name;
}
