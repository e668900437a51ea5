import type { ContentPart, MediaPart } from "../../core/chat.ts";
import type { JsonObject } from "../../core/json.ts";
import { formatDataUrl } from "../data-url.ts";
import type { Losses } from "../losses.ts";
import { PROTOCOL } from "./wire.ts";

/** What content is written with. */
export interface Context {
  readonly losses: Losses;
  /** Where documents go that a message has no place for; undefined where they stand in the content themselves. */
  readonly documents: JsonObject[] | undefined;
}

/** The parts of a message that are content: text, images, documents. Calls and reasoning are told elsewhere. */
export function encodeParts(parts: readonly ContentPart[], path: string, context: Context): JsonObject[] {
  return parts.flatMap((part, index) => {
    const at = `${path}.content[${index}]`;
    const { losses } = context;
    const wire = partOf(part, at, context);
    if (part.cacheControl !== undefined && part.type !== "tool-result") losses.dropped(`${at}.cache_control`);
    if (wire === undefined) return [];
    return [{ ...losses.rest(part.rest, at), ...wire }];
  });
}

function partOf(part: ContentPart, path: string, context: Context): JsonObject | undefined {
  const { losses } = context;
  switch (part.type) {
    case "text":
      if (part.citations?.some(({ protocol }) => protocol !== PROTOCOL) === true) losses.dropped(`${path}.citations`);
      return part.text === "" ? undefined : { type: "text", text: part.text };
    case "refusal":
      losses.approximated(`${path}.refusal`, "sent as text");
      return { type: "text", text: part.text };
    case "media":
      return part.kind === "image" ? image(part, path, losses) : document(part, path, context);
    case "native":
      if (part.protocol === PROTOCOL) return part.value;
      losses.dropped(path);
      return undefined;
    case "reasoning":
    case "tool-call":
      return undefined;
    case "tool-result":
      losses.dropped(path);
      return undefined;
  }
}

const DETAILS: ReadonlySet<string> = new Set(["auto", "low", "high"]);

function image({ source, detail }: MediaPart, path: string, losses: Losses): JsonObject | undefined {
  if (source.type !== "url" && source.type !== "base64") {
    losses.dropped(path, "an image must be there as bytes or at a URL");
    return undefined;
  }
  const url = source.type === "url" ? source.url : formatDataUrl(source.mediaType, source.data);
  const known = detail !== undefined && DETAILS.has(detail);
  if (detail !== undefined && !known) losses.dropped(`${path}.detail`);
  return { type: "image_url", image_url: { url, ...(known ? { detail } : {}) } };
}

/** A document's text; Cohere reads nothing else. In a message it becomes a document of the whole request. */
function document(part: MediaPart, path: string, { losses, documents }: Context): JsonObject | undefined {
  const text = part.kind === "document" ? textOf(part) : undefined;
  if (text === undefined) {
    losses.dropped(path, `${part.kind} that is not text`);
    return undefined;
  }
  if (part.context !== undefined) losses.dropped(`${path}.context`);
  const title = part.title ?? part.filename;
  const wire: JsonObject = { data: { text, ...(title === undefined ? {} : { title }) } };
  if (documents === undefined) return { type: "document", document: wire };
  losses.approximated(path, "sent as a document of the request");
  documents.push(wire);
  return undefined;
}

function textOf({ source }: MediaPart): string | undefined {
  if (source.type === "text") return source.text;
  if (source.type !== "base64" || !/^(?:text\/|application\/json\b)/.test(source.mediaType)) return undefined;
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(source.data), (character) => character.charCodeAt(0)));
  } catch {
    return undefined;
  }
}
