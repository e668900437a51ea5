/** Where an answer's words come from: `groundingMetadata` and `citationMetadata` as citations, in both directions. */
import type { Citation, Span } from "../../core/chat.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import type { Losses } from "../losses.ts";
import { fromBytes, spanOf, toBytes } from "../text-spans.ts";
import { objects, PROTOCOL, textOf } from "./wire.ts";

/** What of `groundingMetadata` becomes citations; its queries and the search widget have no place. */
const GROUNDING = ["groundingChunks", "groundingSupports"] as const;

/** Citations, and the candidate's fields without what they say. */
interface Sources {
  readonly citations: readonly Citation[];
  readonly fields: JsonObject;
}

/** Reads the sources among a candidate's fields. Their passages can be told when the candidate's whole `text` is one block. */
export function decodeSources(fields: JsonObject, text?: string): Sources {
  const { groundingMetadata, citationMetadata, ...others } = fields;
  const citations: Citation[] = [];
  if (isObject(citationMetadata)) {
    const { citationSources, citations: renamed } = citationMetadata;
    const list = objects(citationSources)
      .concat(objects(renamed))
      .map((source) => Object.assign(pageOf(source), passage(source, text)));
    citations.push(...cited(list, { citationMetadata }));
    if (list.length === 0) others.citationMetadata = citationMetadata;
  }
  if (isObject(groundingMetadata)) {
    const { groundingChunks, groundingSupports, ...rest } = groundingMetadata;
    const said: JsonObject = {};
    for (const [index, value] of [groundingChunks, groundingSupports].entries()) {
      if (value !== undefined) said[GROUNDING[index] ?? ""] = value;
    }
    const list = groundedPages(objects(groundingChunks).map(chunkOf), objects(groundingSupports), text);
    citations.push(...cited(list, { groundingMetadata: said }));
    const left = list.length === 0 ? groundingMetadata : rest;
    if (Object.keys(left).length > 0) others.groundingMetadata = left;
  }
  return { citations, fields: others };
}

interface Page {
  readonly url?: string;
  readonly title?: string;
  readonly span?: Span;
}

/** The passage from `startIndex` to `endIndex`, which are bytes; the begin may be left out for 0. */
function passage({ startIndex = 0, endIndex }: JsonObject, text: string | undefined): { readonly span?: Span } {
  const bytes = text === undefined ? undefined : spanOf(startIndex, endIndex);
  const span = bytes === undefined || text === undefined ? undefined : fromBytes(bytes, text);
  return span === undefined ? {} : { span };
}

/** Each page as often as it supports a passage, and once when it supports none. */
function groundedPages(pages: readonly Page[], supports: readonly JsonObject[], text: string | undefined): Page[] {
  const found = supports.flatMap(({ segment, groundingChunkIndices: indices }) => {
    const place = isObject(segment) ? passage(segment, text) : {};
    return (Array.isArray(indices) ? indices : []).map((index) => ({ index, place }));
  });
  return pages.flatMap((page, index) => {
    const places = found.filter((one) => one.index === index && one.place.span !== undefined);
    return places.length === 0 ? [page] : places.map(({ place }) => Object.assign({ ...page }, place));
  });
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

/** The first citation holds all that Gemini said, so that it can be written back as it was. */
function cited(pages: readonly Page[], whole: JsonObject): Citation[] {
  return pages.map((page, index) =>
    Object.assign({ protocol: PROTOCOL, value: index === 0 ? whole : {} } as const, page),
  );
}

/** Citations as a candidate's fields; another protocol's as pages that were searched, with the passages of `text` they support. */
export function encodeSources(citations: readonly Citation[], text: string, path: string, losses: Losses): JsonObject {
  const fields: JsonObject = {};
  const chunks: Json[] = [];
  const supports: Json[] = [];
  for (const { protocol, value, url, title, span } of citations) {
    if (protocol === PROTOCOL) Object.assign(fields, value);
    else if (url === undefined) losses.dropped(`${path}.citations`, "a citation without a URL");
    else {
      const bytes = span === undefined ? undefined : toBytes(span, text);
      if (bytes === undefined) losses.approximated(`${path}.citations`, "the cited passage");
      else supports.push(supportOf(bytes, chunks.length));
      chunks.push({ web: { uri: url, ...(title === undefined ? {} : { title }) } });
    }
  }
  if (chunks.length > 0) {
    fields.groundingMetadata ??= {
      groundingChunks: chunks,
      ...(supports.length === 0 ? {} : { groundingSupports: supports }),
    };
  }
  return fields;
}

function supportOf({ start, end }: Span, index: number): JsonObject {
  return { segment: { startIndex: start, endIndex: end }, groundingChunkIndices: [index] };
}
