/** Where an answer's words come from: `groundingMetadata` and `citationMetadata` as citations, in both directions. */
import type { Citation } from "../../core/chat.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import type { Losses } from "../losses.ts";
import { objects, PROTOCOL, textOf } from "./wire.ts";

/** What of `groundingMetadata` becomes citations; its queries and the search widget have no place. */
const GROUNDING = ["groundingChunks", "groundingSupports"] as const;

/** Citations, and the candidate's fields without what they say. */
interface Sources {
  readonly citations: readonly Citation[];
  readonly fields: JsonObject;
}

/** Reads the sources among a candidate's fields. */
export function decodeSources(fields: JsonObject): Sources {
  const { groundingMetadata, citationMetadata, ...others } = fields;
  const citations: Citation[] = [];
  if (isObject(citationMetadata)) {
    const { citationSources, citations: renamed } = citationMetadata;
    const list = objects(citationSources).concat(objects(renamed)).map(pageOf);
    citations.push(...cited(list, { citationMetadata }));
    if (list.length === 0) others.citationMetadata = citationMetadata;
  }
  if (isObject(groundingMetadata)) {
    const { groundingChunks, groundingSupports, ...rest } = groundingMetadata;
    const said: JsonObject = {};
    for (const [index, value] of [groundingChunks, groundingSupports].entries()) {
      if (value !== undefined) said[GROUNDING[index] ?? ""] = value;
    }
    const list = objects(groundingChunks).map(chunkOf);
    citations.push(...cited(list, { groundingMetadata: said }));
    const left = list.length === 0 ? groundingMetadata : rest;
    if (Object.keys(left).length > 0) others.groundingMetadata = left;
  }
  return { citations, fields: others };
}

interface Page {
  readonly url?: string;
  readonly title?: string;
}

function pageOf({ uri, title }: JsonObject): Page {
  const url = textOf(uri);
  const name = textOf(title);
  return { ...(url === undefined ? {} : { url }), ...(name === undefined ? {} : { title: name }) };
}

/** A chunk holds one source under the name of its kind: `web`, `retrievedContext`, `maps`, `image`. */
function chunkOf(chunk: JsonObject): Page {
  const source = Object.values(chunk).find(isObject) ?? {};
  return pageOf(source.uri === undefined ? { ...source, uri: source.sourceUri ?? null } : source);
}

/** One citation a page; the first holds all that Gemini said, so that it can be written back as it was. */
function cited(pages: readonly Page[], whole: JsonObject): Citation[] {
  return pages.map((page, index) => ({ protocol: PROTOCOL, value: index === 0 ? whole : {}, ...page }));
}

/** Citations as a candidate's fields; another protocol's as pages that were searched. */
export function encodeSources(citations: readonly Citation[], path: string, losses: Losses): JsonObject {
  const fields: JsonObject = {};
  const chunks: Json[] = [];
  for (const { protocol, value, url, title } of citations) {
    if (protocol === PROTOCOL) Object.assign(fields, value);
    else if (url === undefined) losses.dropped(`${path}.citations`, "a citation without a URL");
    else {
      losses.approximated(`${path}.citations`, "the cited passage");
      chunks.push({ web: { uri: url, ...(title === undefined ? {} : { title }) } });
    }
  }
  if (chunks.length > 0) fields.groundingMetadata ??= { groundingChunks: chunks };
  return fields;
}
