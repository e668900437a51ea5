import { isObject, type Json, type JsonObject } from "#src/core/json.ts";

/** A value with the document it stands in, against which its references are read. */
export interface Located {
  readonly value: Json;
  /** The document's URI, a key of {@link Documents}. */
  readonly document: string;
}

/** What a reference leads to. */
export interface Target extends Located {
  /** Names the place, whichever way it was reached. */
  readonly key: string;
}

/** A chain of references longer than this leads nowhere. */
const LONGEST_CHAIN = 32;

/** A document and those it refers to, all read. */
export class Documents {
  /** The URI of the document that was asked for. */
  readonly root: string;
  readonly #documents: ReadonlyMap<string, JsonObject>;
  readonly #targets = new Map<string, Target | undefined>();

  constructor(root: string, documents: ReadonlyMap<string, JsonObject>) {
    this.root = root;
    this.#documents = documents;
  }

  /** The root document. */
  get value(): JsonObject {
    return this.#documents.get(this.root) ?? {};
  }

  /** What a `$ref` in `document` stands for, one step on; undefined when there is no such place. */
  find(reference: string, document: string): Target | undefined {
    const key = absolute(reference, document);
    if (key === undefined) return undefined;
    if (!this.#targets.has(key)) this.#targets.set(key, this.#find(key));
    return this.#targets.get(key);
  }

  #find(key: string): Target | undefined {
    const [uri = "", fragment = ""] = key.split("#");
    const document = this.#documents.get(uri);
    const value = document === undefined ? undefined : at(document, fragment);
    return value === undefined ? undefined : { key, value, document: uri };
  }

  /** Follows references to the end. Undefined when they lead nowhere. */
  resolve(located: Located): Located | undefined {
    let here: Located | undefined = located;
    for (let steps = 0; here !== undefined && steps < LONGEST_CHAIN; steps++) {
      const reference = referenceOf(here.value);
      if (reference === undefined) return here;
      here = this.find(reference, here.document);
    }
    return undefined;
  }

  /** The object at the end of the references; undefined when there is none. */
  object(located: Located): { readonly value: JsonObject; readonly document: string } | undefined {
    const end = this.resolve(located);
    return end !== undefined && isObject(end.value) ? { value: end.value, document: end.document } : undefined;
  }
}

/** The `$ref` of a reference object. */
export function referenceOf(value: Json): string | undefined {
  const reference = isObject(value) ? value["$ref"] : undefined;
  return typeof reference === "string" ? reference : undefined;
}

/** A reference as one whole URI with its fragment; undefined when it is none. */
function absolute(reference: string, document: string): string | undefined {
  const [uri = "", fragment = ""] = reference.split("#");
  const base = uri === "" ? document : uriOf(uri, document);
  return base === undefined ? undefined : `${base}#${fragment}`;
}

/** A document's URI as one that refers to it writes it; undefined when it is none. */
export function uriOf(reference: string, document: string): string | undefined {
  return URL.canParse(reference, document) ? new URL(reference, document).href.split("#")[0] : undefined;
}

/** The value a JSON pointer leads to. */
function at(document: JsonObject, pointer: string): Json | undefined {
  if (pointer === "" || pointer === "/") return document;
  if (!pointer.startsWith("/")) return undefined;
  let value: Json | undefined = document;
  for (const token of pointer.slice(1).split("/")) value = member(value, unescaped(token));
  return value;
}

function member(value: Json | undefined, token: string): Json | undefined {
  if (Array.isArray(value)) return /^\d+$/.test(token) ? value[Number(token)] : undefined;
  return isObject(value) && Object.hasOwn(value, token) ? value[token] : undefined;
}

function unescaped(token: string): string {
  return decoded(token).replaceAll("~1", "/").replaceAll("~0", "~");
}

function decoded(token: string): string {
  try {
    return decodeURIComponent(token);
  } catch {
    return token;
  }
}
