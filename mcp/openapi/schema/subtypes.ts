import { isObject, type Json } from "#src/core/json.ts";
import { objectOf } from "../fields.ts";
import { type Documents, referenceOf } from "../references.ts";

/** A schema that is another one with more: it names that one in its `allOf`. */
export interface Subtype {
  /** Its own place: `#/components/schemas/Cat`. */
  readonly reference: string;
  readonly key: string;
}

/**
 * Who extends a schema with a discriminator: OpenAPI's other way of writing alternatives, in which the base does not name them. Only the
 * document itself is looked through, where its schemas are listed.
 */
export class Subtypes {
  readonly #documents: Documents;
  #byBase: ReadonlyMap<string, readonly Subtype[]> | undefined;

  constructor(documents: Documents) {
    this.#documents = documents;
  }

  /** The subtypes of the schema at this place, in the document's order. */
  of(key: string): readonly Subtype[] {
    this.#byBase ??= subtypesOf(this.#documents);
    return this.#byBase.get(key) ?? [];
  }
}

function subtypesOf(documents: Documents): ReadonlyMap<string, readonly Subtype[]> {
  const found = new Map<string, Subtype[]>();
  const { value, root } = documents;
  const places = [
    ["#/components/schemas/", objectOf(objectOf(value["components"])["schemas"])],
    ["#/definitions/", objectOf(value["definitions"])],
  ] as const;
  for (const [prefix, schemas] of places) {
    for (const [name, schema] of Object.entries(schemas)) {
      const reference = prefix + name.replaceAll("~", "~0").replaceAll("/", "~1");
      const key = documents.find(reference, root)?.key;
      if (key === undefined) continue;
      for (const base of basesOf(schema)) {
        const target = documents.find(base, root);
        // Without a discriminator it is a part that is used again, and not a base.
        if (target === undefined || !isObject(target.value) || target.value["discriminator"] === undefined) continue;
        found.set(target.key, [...(found.get(target.key) ?? []), { reference, key }]);
      }
    }
  }
  return found;
}

function basesOf(schema: Json): readonly string[] {
  const branches = isObject(schema) ? schema["allOf"] : undefined;
  return Array.isArray(branches) ? branches.flatMap((branch) => referenceOf(branch) ?? []) : [];
}
