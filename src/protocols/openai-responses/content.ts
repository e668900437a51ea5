/** The parts of a message's or a tool output's content list, in both directions. */
import type { ContentPart, MediaPart, MediaSource, TextPart } from "../../core/chat.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { formatDataUrl, parseDataUrl } from "../data-url.ts";
import { invalid, optional, required } from "../fields.ts";
import { isForeign } from "../foreign-files.ts";
import type { Losses } from "../losses.ts";
import { restOf, writeRest } from "../rest.ts";
import { decodeCitation } from "./citations.ts";
import { objects, PROTOCOL } from "./wire.ts";

/** How a part is read, and what of it the canonical form has a place for. */
interface Reader {
  readonly known: ReadonlySet<string>;
  read(part: JsonObject, path: string): ContentPart;
}

const reader = (fields: string, read: Reader["read"]): Reader => ({
  known: new Set(`type ${fields}`.split(" ")),
  read,
});

const READERS: Readonly<Record<string, Reader>> = {
  input_text: reader("text", (part, path) => ({ type: "text", text: required(part.text, "string", `${path}.text`) })),
  text: reader("text", (part, path) => ({ type: "text", text: required(part.text, "string", `${path}.text`) })),
  output_text: reader("text annotations logprobs", outputText),
  refusal: reader("refusal", (part, path) => ({
    type: "refusal",
    text: required(part.refusal, "string", `${path}.refusal`),
  })),
  input_image: reader("image_url file_id detail", image),
  input_file: reader("file_data file_id file_url filename", file),
  input_audio: reader("input_audio", audio),
};

const NESTED = { input_audio: new Set(["data", "format"]) };

/** A `content`, or a tool's `output`: a string or a list of parts. */
export function decodeContent(content: Json | undefined, path: string): ContentPart[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  if (!Array.isArray(content)) throw invalid(path, "a string or a list of parts");
  return content.map((part, index) => decodePart(part, `${path}[${index}]`));
}

function decodePart(part: Json, path: string): ContentPart {
  const value = required(part, "object", path);
  const type = required(value.type, "string", `${path}.type`);
  const found = Object.hasOwn(READERS, type) ? READERS[type] : undefined;
  if (found === undefined) return { type: "native", protocol: PROTOCOL, value };
  const rest = restOf(PROTOCOL, value, found.known, NESTED);
  const decoded = found.read(value, path);
  return rest === undefined ? decoded : { ...decoded, rest };
}

function outputText(part: JsonObject, path: string): TextPart {
  const citations = objects(part.annotations).map(decodeCitation);
  const { logprobs } = part;
  return {
    type: "text",
    text: required(part.text, "string", `${path}.text`),
    ...(citations.length === 0 ? {} : { citations }),
    ...(Array.isArray(logprobs) && logprobs.length > 0 ? { logprobs } : {}),
  };
}

function image(part: JsonObject, path: string): MediaPart {
  const id = optional(part.file_id, "string", `${path}.file_id`);
  const detail = optional(part.detail, "string", `${path}.detail`);
  const source: MediaSource =
    id === undefined ? sourceOf(required(part.image_url, "string", `${path}.image_url`)) : { type: "file", id };
  return { type: "media", kind: "image", source, ...(detail === undefined ? {} : { detail }) };
}

function sourceOf(url: string): MediaSource {
  const data = parseDataUrl(url);
  return data === undefined ? { type: "url", url } : { type: "base64", ...data };
}

function file(part: JsonObject, path: string): MediaPart {
  const id = optional(part.file_id, "string", `${path}.file_id`);
  const url = optional(part.file_url, "string", `${path}.file_url`);
  const filename = optional(part.filename, "string", `${path}.filename`);
  const source: MediaSource =
    id !== undefined
      ? { type: "file", id }
      : url !== undefined
        ? { type: "url", url }
        : fileData(required(part.file_data, "string", `${path}.file_data`));
  return { type: "media", kind: "document", source, ...(filename === undefined ? {} : { filename }) };
}

/** A data URL, in older clients bare base64. */
function fileData(data: string): MediaSource {
  const source = sourceOf(data);
  return source.type === "base64" ? source : { type: "base64", mediaType: "application/pdf", data };
}

/** OpenAI's words for audio formats where they are not the media type's second half. */
const AUDIO_FORMATS: ReadonlyMap<string, string> = new Map([
  ["audio/mpeg", "mp3"],
  ["audio/x-wav", "wav"],
]);

function audio(part: JsonObject, path: string): MediaPart {
  const at = `${path}.input_audio`;
  const holder = required(part.input_audio, "object", at);
  const data = required(holder.data, "string", `${at}.data`);
  const format = required(holder.format, "string", `${at}.format`);
  const mediaType = format === "mp3" ? "audio/mpeg" : `audio/${format}`;
  return { type: "media", kind: "audio", source: { type: "base64", mediaType, data } };
}

/** Types of content parts, which native parts of a message are told by from items. */
const CONTENT_TYPE = /^(?:input|output)_|^(?:computer_screenshot|reasoning_text|summary_text)$/;

/** Whether a native value belongs into a content list, rather than being an item of its own. */
export function isContentPart(value: JsonObject): boolean {
  return typeof value.type === "string" && CONTENT_TYPE.test(value.type);
}

/** Writes a part that is not the model's; an empty list when it cannot be said. */
export function encodeInputPart(part: ContentPart, path: string, losses: Losses): JsonObject[] {
  const wire = inputValue(part, path, losses);
  if (wire === undefined) return [];
  return [finished(wire, part, path, losses)];
}

function finished(wire: JsonObject, part: ContentPart, path: string, losses: Losses): JsonObject {
  if (part.cacheControl !== undefined) losses.dropped(`${path}.cache_control`);
  writeRest(wire, part.rest, path, losses);
  return wire;
}

function inputValue(part: ContentPart, path: string, losses: Losses): JsonObject | undefined {
  switch (part.type) {
    case "text":
      if (part.citations !== undefined) losses.dropped(`${path}.citations`);
      return { type: "input_text", text: part.text };
    case "refusal":
      return { type: "input_text", text: part.text };
    case "media":
      return encodeMedia(part, path, losses);
    case "native":
      if (part.protocol === PROTOCOL) return { ...part.value };
  }
  losses.dropped(path);
  return undefined;
}

/** Writes a text or a refusal that the model said. */
export function encodeOutputPart(
  part: Extract<ContentPart, { type: "text" | "refusal" }>,
  path: string,
  losses: Losses,
): JsonObject {
  if (part.type === "refusal") return finished({ type: "refusal", refusal: part.text }, part, path, losses);
  const wire: JsonObject = { type: "output_text", text: part.text };
  const own = (part.citations ?? []).filter(({ protocol }) => protocol === PROTOCOL);
  if (own.length > 0) wire.annotations = own.map(({ value }) => value);
  if (own.length < (part.citations?.length ?? 0)) losses.dropped(`${path}.citations`);
  if (part.logprobs !== undefined) wire.logprobs = part.logprobs;
  return finished(wire, part, path, losses);
}

function encodeMedia(part: MediaPart, path: string, losses: Losses): JsonObject | undefined {
  const { kind, source } = part;
  if (isForeign(part, PROTOCOL, path, losses)) return undefined;
  if (kind === "image" && source.type !== "text") {
    const detail: JsonObject = part.detail === undefined ? {} : { detail: part.detail };
    const place: JsonObject = source.type === "file" ? { file_id: source.id } : { image_url: urlOf(source) };
    return { type: "input_image", ...place, ...detail };
  }
  if (kind === "audio" && source.type === "base64") {
    const { mediaType, data } = source;
    const format = AUDIO_FORMATS.get(mediaType) ?? mediaType.slice(mediaType.indexOf("/") + 1);
    return { type: "input_audio", input_audio: { data, format } };
  }
  if (kind === "document") return document(part, path, losses);
  losses.dropped(path, `${kind} is not taken in this form`);
  return undefined;
}

function urlOf(source: Extract<MediaSource, { type: "url" | "base64" }>): string {
  return source.type === "url" ? source.url : formatDataUrl(source.mediaType, source.data);
}

function document(part: MediaPart, path: string, losses: Losses): JsonObject {
  const { source, title, context } = part;
  if (part.citations === true) losses.dropped(`${path}.citations`);
  if (source.type === "text") {
    losses.approximated(`${path}.source`, "a document's text is sent as text");
    return {
      type: "input_text",
      text: [title, context, source.text].filter((text) => text !== undefined).join("\n\n"),
    };
  }
  if (context !== undefined) losses.dropped(`${path}.context`);
  if (title !== undefined && part.filename !== undefined) losses.dropped(`${path}.title`);
  else if (title !== undefined) losses.approximated(`${path}.title`, "sent as the file's name");
  const name = part.filename ?? title;
  const filename: JsonObject = name === undefined ? {} : { filename: name };
  if (source.type === "file") return { type: "input_file", file_id: source.id, ...filename };
  if (source.type === "url") return { type: "input_file", file_url: source.url, ...filename };
  // OpenAI refuses file data without a name.
  return { type: "input_file", filename: fallbackName(source.mediaType), ...filename, file_data: urlOf(source) };
}

function fallbackName(mediaType: string): string {
  return `document.${mediaType === "text/plain" ? "txt" : mediaType.slice(mediaType.indexOf("/") + 1)}`;
}
