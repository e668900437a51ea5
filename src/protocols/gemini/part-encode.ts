import type { ContentPart, MediaPart, ReasoningPart, Rest, ToolCallPart } from "../../core/chat.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import type { Losses } from "../losses.ts";
import { parseShallow } from "../parse-shallow.ts";
import { writeRest } from "../rest.ts";
import { isMadeUp } from "./call-ids.ts";
import { PROTOCOL } from "./wire.ts";

/** Writes a vendor's seal as `thoughtSignature`; undefined when it must not be written here. */
export type SealWriter = (part: ReasoningPart, value: string) => string | undefined;

/** Media types for URLs that do not end in one of {@link ENDINGS}. */
const FALLBACK: Readonly<Record<MediaPart["kind"], string>> = {
  image: "image/jpeg",
  audio: "audio/mpeg",
  video: "video/mp4",
  document: "application/pdf",
};

const ENDINGS: Readonly<Record<string, string>> = {
  png: "image/png",
  webp: "image/webp",
  gif: "image/gif",
  heic: "image/heic",
  wav: "audio/wav",
  ogg: "audio/ogg",
  flac: "audio/flac",
  webm: "video/webm",
  mov: "video/quicktime",
  txt: "text/plain",
  html: "text/html",
  md: "text/markdown",
};

/** The media type of what a URL names: Gemini refuses a file without one. */
function typeOf(url: string, kind: MediaPart["kind"]): string {
  const ending = /\.([a-z0-9]+)(?:[?#]|$)/i.exec(url)?.[1]?.toLowerCase() ?? "";
  return ENDINGS[ending] ?? FALLBACK[kind];
}

/** Media as a part. */
export function encodeMedia(part: MediaPart, path: string, losses: Losses): JsonObject | undefined {
  const { source, title, context } = part;
  if (part.citations === true) losses.dropped(`${path}.citations`);
  if (part.detail !== undefined && part.detail !== "auto") losses.dropped(`${path}.detail`);
  if (source.type === "text") {
    losses.approximated(`${path}.source`, "a document's text is sent as text");
    return { text: [title, context, source.text].filter((text) => text !== undefined).join("\n\n") };
  }
  if (context !== undefined) losses.dropped(`${path}.context`);
  if (title !== undefined && part.filename !== undefined) losses.dropped(`${path}.title`);
  else if (title !== undefined) losses.approximated(`${path}.title`, "sent as the file's name");
  if (source.type === "file") {
    losses.dropped(path, "a file of another vendor's store");
    return undefined;
  }
  const shown = part.filename ?? title;
  const name: JsonObject = shown === undefined ? {} : { displayName: shown };
  if (source.type === "base64") return { inlineData: { mimeType: source.mediaType, data: source.data, ...name } };
  return { fileData: { fileUri: source.url, mimeType: source.mediaType ?? typeOf(source.url, part.kind), ...name } };
}

/** A call's input as the object Gemini demands; what is none stands under `input`. */
function argsOf(kind: ToolCallPart["kind"], input: string, path: string, losses: Losses): JsonObject {
  if (kind === "custom") {
    losses.approximated(path, "a custom tool's text is sent as a function's input");
    return { input };
  }
  if (input.trim() === "") return {};
  const parsed = parseShallow(input);
  const value = parsed === undefined ? input : parsed;
  if (isObject(value)) return value;
  losses.approximated(`${path}.input`, "not a JSON object");
  return { input: value };
}

/** A call of a function. Ids that Sluice made up are left out. */
function encodeCall(call: ToolCallPart, path: string, losses: Losses): JsonObject | undefined {
  if (call.kind === "server") {
    losses.dropped(path, "a tool its vendor ran");
    return undefined;
  }
  const args = argsOf(call.kind, call.input, path, losses);
  return { functionCall: { ...(isMadeUp(call.id) ? {} : { id: call.id }), name: call.name, args } };
}

function encodeOne(part: ContentPart, path: string, losses: Losses): JsonObject | undefined {
  switch (part.type) {
    case "refusal":
      losses.approximated(`${path}.refusal`, "shown as text");
      return { text: part.text };
    case "text":
      return { text: part.text };
    case "media":
      return encodeMedia(part, path, losses);
    case "tool-call":
      return encodeCall(part, path, losses);
    case "native":
      if (part.protocol === PROTOCOL) return { ...part.value };
  }
  losses.dropped(path);
  return undefined;
}

function encodeThought(part: ReasoningPart, path: string, seal: SealWriter, losses: Losses): JsonObject | undefined {
  const raw = part.redacted ?? part.signature;
  const signature = raw === undefined ? undefined : seal(part, raw);
  if (part.text === "" && signature === undefined) {
    if (part.redacted !== undefined) losses.dropped(path, "reasoning sealed by another vendor");
    return undefined;
  }
  if (raw !== undefined && signature === undefined)
    losses.approximated(`${path}.reasoning`, "without another vendor's seal");
  // With `thought`, an empty text is the signature of the thought before it.
  const thought: JsonObject = part.redacted === undefined ? { thought: true } : {};
  return { text: part.text, ...thought, ...(signature === undefined ? {} : { thoughtSignature: signature }) };
}

/** The id of what another vendor's model drew, by which that vendor alone knows it, is nobody's loss. */
function withoutId(rest: Rest | undefined): Rest | undefined {
  if (rest === undefined || rest.protocol === PROTOCOL) return rest;
  const { id: _id, ...fields } = rest.fields;
  return { protocol: rest.protocol, fields };
}

/** Parts of a turn. A seal of Gemini's own without a text goes on the part behind it, unless that is a thought, which has its own. */
export function encodeParts(
  parts: readonly ContentPart[],
  path: string,
  losses: Losses,
  seal: SealWriter,
): JsonObject[] {
  const wire: JsonObject[] = [];
  let pending: string | undefined;
  for (const [index, part] of parts.entries()) {
    const at = `${path}[${index}]`;
    if (part.cacheControl !== undefined) losses.dropped(`${at}.cache_control`);
    if (part.type === "reasoning" && part.redacted !== undefined && part.sealedBy === PROTOCOL) {
      if (pending !== undefined) wire.push({ text: "", thoughtSignature: pending });
      pending = part.redacted;
      continue;
    }
    const one = part.type === "reasoning" ? encodeThought(part, at, seal, losses) : encodeOne(part, at, losses);
    if (one === undefined) {
      if (part.type !== "reasoning") losses.rest(part.rest, at);
      continue;
    }
    if (part.type === "reasoning") Object.assign(one, losses.restOfThought(part.rest));
    else writeRest(one, part.type === "media" ? withoutId(part.rest) : part.rest, at, losses);
    if (pending !== undefined && part.type !== "reasoning") one.thoughtSignature = pending;
    else if (pending !== undefined) wire.push({ text: "", thoughtSignature: pending });
    pending = undefined;
    wire.push(one);
  }
  if (pending !== undefined) wire.push({ text: "", thoughtSignature: pending });
  return wire;
}
