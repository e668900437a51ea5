import { isObject, type Json } from "#src/core/json.ts";
import { type Documents, type Located, referenceOf } from "../references.ts";
import { Subtypes } from "./subtypes.ts";

/** A schema of fewer values than this is repeated rather than referred to: models read it more easily in its place. */
const SMALL = 60;

interface Counted {
  /** The values of the schema itself. */
  readonly own: number;
  /** What it refers to, and how often. */
  readonly references: ReadonlyMap<string, number>;
}

/** Knows how large schemas are and what they refer to. Shared by all tools of a document, which have most schemas in common. */
export class SchemaUsage {
  readonly subtypes: Subtypes;
  readonly #documents: Documents;
  readonly #counted = new Map<string, Counted>();
  readonly #sizes = new Map<string, number>();

  constructor(documents: Documents) {
    this.#documents = documents;
    this.subtypes = new Subtypes(documents);
  }

  /** The schemas that a tool with these is to refer to, by their keys: those used again and again, and those within themselves. */
  shared(roots: readonly Located[]): ReadonlySet<string> {
    const uses = new Map<string, number>();
    const open: string[] = [];
    const use = (references: ReadonlyMap<string, number>): void => {
      for (const [key, times] of references) {
        if (!uses.has(key)) open.push(key);
        uses.set(key, (uses.get(key) ?? 0) + times);
      }
    };
    for (const { value, document } of roots) use(this.#count(value, document).references);
    for (let key = open.pop(); key !== undefined; key = open.pop()) use(this.#countKey(key).references);
    return new Set([...uses].filter(([key, times]) => times > 1 && this.#size(key) > SMALL).map(([key]) => key));
  }

  /** How large a schema is with everything it refers to; one within itself is endless. */
  #size(key: string): number {
    const known = this.#sizes.get(key);
    if (known !== undefined) return known;
    // Met again below itself, it is endless.
    this.#sizes.set(key, Infinity);
    const { own, references } = this.#countKey(key);
    let size = own;
    for (const [inner, times] of references) {
      if (size > SMALL) break;
      size += times * this.#size(inner);
    }
    this.#sizes.set(key, size);
    return size;
  }

  #countKey(key: string): Counted {
    const known = this.#counted.get(key);
    if (known !== undefined) return known;
    const target = this.#documents.find(`#${key.split("#")[1] ?? ""}`, key.split("#")[0] ?? "");
    const counted =
      target === undefined ? NOTHING : this.#withSubtypes(this.#count(target.value, target.document), key);
    this.#counted.set(key, counted);
    return counted;
  }

  /** A base is written with its subtypes. */
  #withSubtypes({ own, references }: Counted, key: string): Counted {
    const all = new Map(references);
    for (const subtype of this.subtypes.of(key)) all.set(subtype.key, (all.get(subtype.key) ?? 0) + 1);
    return { own, references: all };
  }

  #count(schema: Json, document: string): Counted {
    const references = new Map<string, number>();
    let own = 0;
    const stack: Json[] = [schema];
    for (let value = stack.pop(); value !== undefined; value = stack.pop()) {
      own += 1;
      if (typeof value !== "object" || value === null) continue;
      const reference = referenceOf(value);
      const key = reference === undefined ? undefined : this.#documents.find(reference, document)?.key;
      if (key !== undefined) references.set(key, (references.get(key) ?? 0) + 1);
      for (const [name, inner] of Object.entries(value)) {
        if (isObject(value) && UNREAD.test(name)) continue;
        stack.push(inner);
      }
    }
    return { own, references };
  }
}

const NOTHING: Counted = { own: 0, references: new Map() };

/** What of a schema is not carried over. */
const UNREAD = /^(?:x-|examples?$|externalDocs$|xml$)/;
