import type { Json, JsonObject } from "#src/core/json.ts";
import { parseDocument } from "./parse.ts";
import { type Problems } from "./problem.ts";
import { Documents, referenceOf, uriOf } from "./references.ts";

/** Where a document of the file system pretends to lie: what it refers to must be below this. */
const FOLDER = "file:///document/";

/** How many documents one may be spread over, and how long all of them may be together. */
const MOST_DOCUMENTS = 500;
const LONGEST = 128 * 1024 * 1024;

/** How the other documents are got at. */
export interface Access {
  /** A file below the document's folder, by its relative path. Left out: files are not read. */
  readonly readFile?: (path: string) => Promise<string> | string;
  /** Left out: what is at a URL is not fetched. */
  readonly readUrl?: (url: string) => Promise<string>;
}

/** The document that was asked for, as it was read. */
export interface Origin {
  readonly document: JsonObject;
  /** Its URL, or its file's name; left out for one that stands in the configuration. */
  readonly url?: string;
  readonly file?: string;
}

/** Reads all documents that one refers to. What cannot be read is a problem, and its references lead nowhere. */
export async function loadDocuments(origin: Origin, access: Access, problems: Problems): Promise<Documents> {
  const root = origin.url ?? `${FOLDER}${encodeURIComponent(origin.file ?? "openapi")}`;
  const documents = new Map([[root, origin.document]]);
  const refused = new Set<string>();
  let length = 0;
  // A map is walked in the order of its making: what is added on the way is still to come.
  for (const [uri, document] of documents) {
    for (const reference of foreignReferences(document)) {
      const next = uriOf(reference.split("#")[0] ?? "", uri);
      if (next === undefined || documents.has(next) || refused.has(next)) continue;
      try {
        if (documents.size >= MOST_DOCUMENTS) throw new Error(`more than ${MOST_DOCUMENTS} documents are not read`);
        const text = await read(next, access);
        length += text.length;
        if (length > LONGEST) throw new Error(`more than ${LONGEST} characters are not read`);
        documents.set(next, parseDocument(text));
      } catch (error) {
        refused.add(next);
        problems.add(reference, `cannot be read: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
  return new Documents(root, documents);
}

async function read(uri: string, { readFile, readUrl }: Access): Promise<string> {
  if (uri.startsWith("file:")) {
    const path = uri.startsWith(FOLDER) ? decodeURIComponent(uri.slice(FOLDER.length)) : "..";
    // An escaped slash is no slash to the URL, but it is one to the file system.
    if (/(?:^|[/\\])(?:\.\.(?:[/\\]|$)|[/\\])/.test(path))
      throw new Error("only files below the document's own folder are read");
    if (readFile === undefined) throw new Error("a document in the configuration cannot refer to files");
    return readFile(path);
  }
  if (/^https?:/.test(uri) && readUrl !== undefined) return readUrl(uri);
  throw new Error("references to URLs are not followed unless 'urlReferences' allows it");
}

/** The references to other documents. Walks without recursion: documents are deep at times. */
function foreignReferences(document: JsonObject): Iterable<string> {
  const found = new Set<string>();
  const stack: Json[] = [document];
  for (let value = stack.pop(); value !== undefined; value = stack.pop()) {
    if (typeof value !== "object" || value === null) continue;
    const reference = referenceOf(value);
    if (reference !== undefined && !reference.startsWith("#")) found.add(reference);
    for (const inner of Object.values(value)) if (typeof inner === "object") stack.push(inner);
  }
  return found;
}
