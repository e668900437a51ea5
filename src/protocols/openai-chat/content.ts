/** The parts of a message's `content` list, in both directions. */
import type { CacheControl, ContentPart, MediaPart, MediaSource } from "../../core/chat.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { formatDataUrl, parseDataUrl } from "../data-url.ts";
import { invalid, optional, required } from "../fields.ts";
import { isForeign } from "../foreign-files.ts";
import type { Losses } from "../losses.ts";
import { restOf, writeRest } from "../rest.ts";
import { PROTOCOL } from "./wire.ts";

type PartReader = (part: JsonObject, path: string) => ContentPart;

const READERS: Readonly<Record<string, PartReader>> = {
  text: (part, path) => ({ type: "text", text: required(part.text, "string", `${path}.text`) }),
  refusal: (part, path) => ({ type: "refusal", text: required(part.refusal, "string", `${path}.refusal`) }),
  image_url: (part, path) => media("image", part.image_url, `${path}.image_url`),
  video_url: (part, path) => media("video", part.video_url, `${path}.video_url`),
  input_audio: audio,
  file,
};

/** What of each part the canonical form has a place for; the field of the part's own name may be an object. */
const KNOWN: Readonly<Record<string, ReadonlySet<string>>> = Object.fromEntries(
  Object.keys(READERS).map((type) => [type, new Set(["type", "cache_control", type])]),
);

const NESTED: Readonly<Record<string, ReadonlySet<string>>> = {
  image_url: new Set(["url", "detail"]),
  video_url: new Set(["url"]),
  input_audio: new Set(["data", "format"]),
  file: new Set(["file_id", "file_data", "filename"]),
};

/** A message's `content`: a string, a list of parts, or, where the role allows it, nothing. */
export function decodeContent(content: Json | undefined, path: string): ContentPart[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  if (!Array.isArray(content)) throw invalid(path, "a string or a list of parts");
  return content.map((part, index) => decodePart(part, `${path}[${index}]`));
}

function decodePart(part: Json, path: string): ContentPart {
  if (typeof part === "string") return { type: "text", text: part };
  const value = required(part, "object", path);
  const type = required(value.type, "string", `${path}.type`);
  const read = Object.hasOwn(READERS, type) ? READERS[type] : undefined;
  if (read === undefined) return { type: "native", protocol: PROTOCOL, value };
  const cacheControl = decodeCacheControl(value.cache_control);
  const rest = restOf(PROTOCOL, value, KNOWN[type] ?? new Set(), NESTED);
  const decoded = read(value, path);
  if (cacheControl === undefined && rest === undefined) return decoded;
  return {
    ...decoded,
    ...(cacheControl === undefined ? {} : { cacheControl }),
    ...(rest === undefined ? {} : { rest }),
  };
}

/** Anthropic's mark of a cached prefix, which OpenRouter and others take on parts and tools. */
export function decodeCacheControl(value: Json | undefined): CacheControl | undefined {
  if (!isObject(value)) return undefined;
  return typeof value.ttl === "string" ? { type: "ephemeral", ttl: value.ttl } : { type: "ephemeral" };
}

/** The wire form of a cache mark. */
export function encodeCacheControl(mark: CacheControl): JsonObject {
  return mark.ttl === undefined ? { type: "ephemeral" } : { type: "ephemeral", ttl: mark.ttl };
}

function media(kind: "image" | "video", value: Json | undefined, path: string): MediaPart {
  // Some clients write the URL in place of the object.
  const holder = typeof value === "string" ? { url: value } : required(value, "object", path);
  const url = required(holder.url, "string", `${path}.url`);
  const detail = kind === "image" ? optional(holder.detail, "string", `${path}.detail`) : undefined;
  return { type: "media", kind, source: sourceOf(url), ...(detail === undefined ? {} : { detail }) };
}

function sourceOf(url: string): MediaSource {
  const data = parseDataUrl(url);
  return data === undefined ? { type: "url", url } : { type: "base64", ...data };
}

/** An image the model made, as answers and what is sent back of them carry it (OpenRouter's `images`); undefined for what is none. */
export function decodeImage(value: Json): MediaPart | undefined {
  const holder = isObject(value) ? value.image_url : undefined;
  const url = isObject(holder) ? holder.url : holder;
  return typeof url === "string" ? { type: "media", kind: "image", source: sourceOf(url) } : undefined;
}

/** The `index`th image of an answer; undefined for other media, and for an image whose bytes are elsewhere. */
export function encodeImage({ kind, source }: MediaPart, index: number): JsonObject | undefined {
  const url = kind === "image" ? urlOf(source) : undefined;
  return url === undefined ? undefined : { type: "image_url", image_url: { url }, index };
}

/** OpenAI's audio formats and the media types other protocols know them by; of any other, one is made of the other. */
const AUDIO_TYPES: ReadonlyMap<string, string> = new Map([
  ["mp3", "audio/mpeg"],
  ["wav", "audio/wav"],
]);
const AUDIO_FORMATS: ReadonlyMap<string, string> = new Map([
  ["audio/mpeg", "mp3"],
  ["audio/mp3", "mp3"],
  ["audio/wav", "wav"],
  ["audio/x-wav", "wav"],
]);

function audio(part: JsonObject, path: string): MediaPart {
  const at = `${path}.input_audio`;
  const holder = required(part.input_audio, "object", at);
  const data = required(holder.data, "string", `${at}.data`);
  const format = required(holder.format, "string", `${at}.format`);
  const mediaType = AUDIO_TYPES.get(format) ?? `audio/${format}`;
  return { type: "media", kind: "audio", source: { type: "base64", mediaType, data } };
}

function file(part: JsonObject, path: string): MediaPart {
  const at = `${path}.file`;
  const holder = required(part.file, "object", at);
  const filename = optional(holder.filename, "string", `${at}.filename`);
  const id = optional(holder.file_id, "string", `${at}.file_id`);
  const source: MediaSource =
    id === undefined ? fileData(required(holder.file_data, "string", `${at}.file_data`)) : { type: "file", id };
  return { type: "media", kind: "document", source, ...(filename === undefined ? {} : { filename }) };
}

/** OpenAI's `file_data` is a data URL, in older clients bare base64; OpenRouter also takes the URL of a file. */
function fileData(data: string): MediaSource {
  const source = sourceOf(data);
  if (source.type === "base64" || data.startsWith("http://") || data.startsWith("https://")) return source;
  return { type: "base64", mediaType: "application/pdf", data };
}

/** Writes a part of a message; an empty list when it cannot be said at all. */
export function encodePart(part: ContentPart, path: string, cacheControl: boolean, losses: Losses): JsonObject[] {
  const wire = encodeValue(part, path, losses);
  if (wire === undefined) return [];
  if (part.cacheControl !== undefined) {
    if (cacheControl) wire.cache_control = encodeCacheControl(part.cacheControl);
    else losses.dropped(`${path}.cache_control`);
  }
  writeRest(wire, part.rest, path, losses);
  return [wire];
}

function encodeValue(part: ContentPart, path: string, losses: Losses): JsonObject | undefined {
  switch (part.type) {
    case "text":
      if (part.citations !== undefined) losses.dropped(`${path}.citations`);
      return { type: "text", text: part.text };
    case "refusal":
      return { type: "refusal", refusal: part.text };
    case "media":
      if (isForeign(part, PROTOCOL, path, losses)) return undefined;
      return MEDIA_WRITERS[part.kind](part, path, losses);
    case "native":
      if (part.protocol === PROTOCOL) return { ...part.value };
  }
  losses.dropped(path);
  return undefined;
}

type MediaWriter = (part: MediaPart, path: string, losses: Losses) => JsonObject | undefined;

const MEDIA_WRITERS: Readonly<Record<MediaPart["kind"], MediaWriter>> = {
  image(part, path, losses) {
    const url = urlOf(part.source);
    // The file store's ids have no place in an image part; in a file part OpenAI takes them, for images as well.
    if (url === undefined) return document(part, path, losses);
    const image: JsonObject = part.detail === undefined ? { url } : { url, detail: part.detail };
    return { type: "image_url", image_url: image };
  },
  video(part, path, losses) {
    const url = urlOf(part.source);
    if (url === undefined) return document(part, path, losses);
    return { type: "video_url", video_url: { url } };
  },
  audio(part, path, losses) {
    const { source } = part;
    if (source.type !== "base64") {
      losses.dropped(path, "audio is taken as base64 only");
      return undefined;
    }
    const format = AUDIO_FORMATS.get(source.mediaType) ?? source.mediaType.slice(source.mediaType.indexOf("/") + 1);
    return { type: "input_audio", input_audio: { data: source.data, format } };
  },
  document,
};

function urlOf(source: MediaSource): string | undefined {
  if (source.type === "url") return source.url;
  return source.type === "base64" ? formatDataUrl(source.mediaType, source.data) : undefined;
}

function document(part: MediaPart, path: string, losses: Losses): JsonObject {
  const { source, title, context } = part;
  if (part.citations === true) losses.dropped(`${path}.citations`);
  if (source.type === "text") {
    losses.approximated(`${path}.source`, "a document's text is sent as text");
    return { type: "text", text: [title, context, source.text].filter((text) => text !== undefined).join("\n\n") };
  }
  if (context !== undefined) losses.dropped(`${path}.context`);
  const filename = filenameOf(part, path, losses);
  if (source.type === "file") {
    if (part.kind !== "document") losses.approximated(path, "sent as a file");
    return { type: "file", file: { file_id: source.id, ...(filename === undefined ? {} : { filename }) } };
  }
  // OpenAI refuses a URL here and says so, OpenRouter fetches it; the URL as text would only seem to have been read.
  if (source.type === "url") losses.approximated(`${path}.source`, "not every provider fetches a file by its URL");
  return { type: "file", file: { file_data: urlOf(source) ?? "", filename: filename ?? fallbackName(source) } };
}

function filenameOf(part: MediaPart, path: string, losses: Losses): string | undefined {
  if (part.title === undefined) return part.filename;
  if (part.filename === undefined) losses.approximated(`${path}.title`, "sent as the file's name");
  else losses.dropped(`${path}.title`);
  return part.filename ?? part.title;
}

/** OpenAI refuses file data without a name. */
function fallbackName(source: MediaSource): string {
  if (source.type !== "base64") return "document.pdf";
  return `document.${source.mediaType === "text/plain" ? "txt" : source.mediaType.slice(source.mediaType.indexOf("/") + 1)}`;
}
