import { basename, dirname, join } from "node:path";
import { isObject, type JsonObject } from "#src/core/json.ts";
import { type Access, loadDocuments, type Origin } from "./load.ts";
import { parseDocument } from "./parse.ts";
import type { Problems } from "./problem.ts";
import type { Documents } from "./references.ts";

/** What documents are read with. */
export interface DocumentWorld {
  readFile(path: string): string;
  fetch(url: string, init: RequestInit): Promise<Response>;
}

/** What a document is allowed. */
export interface OpenOptions {
  /** It may refer to what is at URLs. */
  readonly urlReferences?: boolean | undefined;
}

/** A document and its own URL, if it has one. */
export interface OpenedDocument {
  readonly documents: Documents;
  readonly url: string | undefined;
}

/** The longest document that is fetched, and how long one may take. */
const LONGEST = 64 * 1024 * 1024;
const TIMEOUT = 30_000;

/** Reads a document, given whole or by its file or URL, with all it refers to. Throws an Error that says why it cannot be read. */
export async function openDocument(
  source: string | JsonObject,
  world: DocumentWorld,
  options: OpenOptions,
  problems: Problems,
): Promise<OpenedDocument> {
  const urls: Access = options.urlReferences === true ? { readUrl: (url) => fetchText(url, world) } : {};
  if (isObject(source)) {
    return { documents: await loadDocuments({ document: source }, urls, problems), url: undefined };
  }
  if (/^https?:\/\//i.test(source)) {
    const { href } = new URL(source);
    const origin: Origin = { document: read(source, await fetchText(href, world)), url: href };
    return { documents: await loadDocuments(origin, urls, problems), url: href };
  }
  const folder = dirname(source);
  const access: Access = { ...urls, readFile: (path) => world.readFile(join(folder, path)) };
  const origin: Origin = { document: read(source, world.readFile(source)), file: basename(source) };
  return { documents: await loadDocuments(origin, access, problems), url: undefined };
}

function read(source: string, text: string): JsonObject {
  try {
    return parseDocument(text);
  } catch (error) {
    throw new Error(`${source}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

async function fetchText(url: string, world: DocumentWorld): Promise<string> {
  const headers = { accept: "application/json, application/yaml, */*" };
  const response = await world.fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT) });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`${new URL(url).origin} answered ${response.status} when it was asked for the document.`);
  }
  return collected(response, url);
}

/** The body as text, as long as it is no longer than a document can be. */
async function collected(response: Response, url: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > LONGEST)
      throw new Error(`The document at ${new URL(url).origin} is longer than ${LONGEST} characters.`);
  }
  return text + decoder.decode();
}
