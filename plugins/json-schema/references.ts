import { isObject, type Json } from "#src/core/json.ts";

/** A schema, and where it stands. */
export interface Located {
  readonly schema: Json;
  /** What references in it are relative to, as a URL. */
  readonly base: string;
  /** For errors: `#/properties/a`. */
  readonly path: string;
}

/** Where a schema without an id would be. */
const NOWHERE = "https://schema.invalid/";

/** A schema and the schemas with ids in it, as references find them. */
export class SchemaFiles {
  readonly root: Located;
  readonly #id: string;
  readonly #known = new Map<string, Located>();

  /** `id`: the keyword that names schemas. */
  constructor(schema: Json, id: "id" | "$id") {
    this.#id = id;
    const base = this.baseOf({ schema, base: NOWHERE, path: "#" });
    this.root = { schema, base, path: "#" };
    this.#known.set(NOWHERE, this.root);
    this.#collect({ schema, base: NOWHERE, path: "#" });
  }

  /** What references in a schema are relative to: its own id, if it has one. */
  baseOf({ schema, base }: Located): string {
    const id = this.#idOf(schema);
    return id === undefined || id.startsWith("#") ? base : (urlOf(id, base) ?? base);
  }

  /** Undefined when it is nowhere. */
  resolve(reference: string, base: string): Located | undefined {
    const url = urlOf(reference, base);
    if (url === undefined) return undefined;
    const known = this.#known.get(url);
    if (known !== undefined) return known;
    const at = url.indexOf("#");
    const [file, fragment] = at < 0 ? [url, ""] : [url.slice(0, at), url.slice(at + 1)];
    const start = this.#known.get(file);
    return start === undefined || (fragment !== "" && !fragment.startsWith("/"))
      ? undefined
      : this.#follow(start, fragment);
  }

  #idOf(schema: Json): string | undefined {
    if (!isObject(schema) || typeof schema["$ref"] === "string") return undefined;
    const id = schema[this.#id];
    return typeof id === "string" ? id : undefined;
  }

  /** All that has an id; what cannot hold schemas is not looked into. */
  #collect(located: Located): void {
    const { schema, path } = located;
    if (typeof schema !== "object" || schema === null) return;
    const base = this.baseOf(located);
    const id = this.#idOf(schema);
    const url = id === undefined ? undefined : urlOf(id, located.base);
    if (url !== undefined && !this.#known.has(url)) this.#known.set(url, { schema, base, path });
    for (const [key, value] of Object.entries(schema)) {
      if (key !== "enum" && key !== "const") this.#collect({ schema: value, base, path: `${path}/${key}` });
    }
  }

  /** A JSON pointer from a schema on. */
  #follow(start: Located, pointer: string): Located | undefined {
    let at = start;
    for (const step of pointer.split("/").slice(1)) {
      const key = decoded(step);
      const { schema } = at;
      if (typeof schema !== "object" || schema === null || !Object.hasOwn(schema, key)) return undefined;
      const value: Json | undefined = Array.isArray(schema) ? schema[Number(key)] : schema[key];
      if (value === undefined) return undefined;
      at = { schema: value, base: this.baseOf(at), path: `${at.path}/${key}` };
    }
    return at;
  }
}

function decoded(step: string): string {
  let text = step;
  try {
    text = decodeURIComponent(step);
  } catch {
    // A percent sign that is one.
  }
  return text.replaceAll("~1", "/").replaceAll("~0", "~");
}

/** Without an empty fragment. */
function urlOf(reference: string, base: string): string | undefined {
  return URL.parse(reference, base)?.href.replace(/#$/, "");
}
