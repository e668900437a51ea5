import type { CacheControl, Citation, ContentPart, MediaPart, MediaSource, Rest } from "../../core/chat.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { invalid, optional, required } from "../fields.ts";
import { restOf } from "../rest.ts";
import { readSeal } from "../seal.ts";
import { decodeCacheControl } from "./cache-control.ts";
import { fromClaudeId } from "./tool-ids.ts";
import { PROTOCOL } from "./wire.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Decode = (block: JsonObject, path: string) => ContentPart;

interface Base {
  cacheControl?: CacheControl;
  rest?: Rest;
}

const BLOCKS: Readonly<Record<string, Decode>> = {
  text: decodeText,
  image: decodeImage,
  document: decodeDocument,
  thinking: decodeThinking,
  redacted_thinking: decodeRedacted,
  tool_use: (block, path) => decodeCall(block, path, "function"),
  server_tool_use: (block, path) => decodeCall(block, path, "server"),
  tool_result: decodeResult,
};

const TEXT: ReadonlySet<string> = new Set(["type", "text", "citations"]);
const IMAGE: ReadonlySet<string> = new Set(["type", "source"]);
const DOCUMENT: ReadonlySet<string> = new Set(["type", "source", "title", "context", "citations"]);
const THINKING: ReadonlySet<string> = new Set(["type", "thinking", "signature"]);
const REDACTED: ReadonlySet<string> = new Set(["type", "data"]);
const CALL: ReadonlySet<string> = new Set(["type", "id", "name", "input"]);
const RESULT: ReadonlySet<string> = new Set(["type", "tool_use_id", "content", "is_error"]);

/** The parts of a `content`: one text, or a list of blocks. Blocks of types not known here become native parts, untouched. */
export function decodeContent(content: Json | undefined, path: string): ContentPart[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  if (!Array.isArray(content)) throw invalid(path, "a string or a list of content blocks");
  return content.map((block, index) => decodeBlock(block, `${path}.${index}`));
}

function decodeBlock(value: Json, path: string): ContentPart {
  const block = required(value, "object", path);
  const type = required(block.type, "string", `${path}.type`);
  const decode = Object.hasOwn(BLOCKS, type) ? BLOCKS[type] : undefined;
  return decode === undefined ? { type: "native", protocol: PROTOCOL, value: block } : decode(block, path);
}

/** Adds the cache mark and the fields nobody reads. */
function attached<P extends ContentPart & Base>(part: P, block: JsonObject, known: ReadonlySet<string>): P {
  const cacheControl = decodeCacheControl(block.cache_control);
  if (cacheControl !== undefined) part.cacheControl = cacheControl;
  const rest = restOf(PROTOCOL, block, known);
  if (rest === undefined) return part;
  if (cacheControl !== undefined) delete rest.fields.cache_control;
  dropDirectCaller(rest.fields);
  if (Object.keys(rest.fields).length > 0) part.rest = rest;
  return part;
}

/** A call made by the model itself is what every protocol means by a call. */
export function dropDirectCaller(fields: JsonObject): void {
  if (isObject(fields.caller) && fields.caller.type === "direct") delete fields.caller;
}

function decodeText(block: JsonObject, path: string): ContentPart {
  const part: Mutable<Extract<ContentPart, { type: "text" }>> = {
    type: "text",
    text: required(block.text, "string", `${path}.text`),
  };
  const citations = block.citations;
  if (Array.isArray(citations) && citations.length > 0) {
    part.citations = citations.map((value, index) =>
      decodeCitation(required(value, "object", `${path}.citations.${index}`)),
    );
  }
  return attached(part, block, TEXT);
}

/** A citation with what other protocols can say of it on top. */
export function decodeCitation(value: JsonObject): Citation {
  const citation: Mutable<Citation> = { protocol: PROTOCOL, value };
  if (typeof value.url === "string") citation.url = value.url;
  const title = value.title ?? value.document_title;
  if (typeof title === "string") citation.title = title;
  return citation;
}

function decodeImage(block: JsonObject, path: string): ContentPart {
  const source = decodeSource(required(block.source, "object", `${path}.source`), `${path}.source`);
  if (source === undefined) return { type: "native", protocol: PROTOCOL, value: block };
  return attached({ type: "media", kind: "image", source }, block, IMAGE);
}

function decodeDocument(block: JsonObject, path: string): ContentPart {
  const wire = required(block.source, "object", `${path}.source`);
  const inline = wire.type === "content" ? inlineText(wire.content) : undefined;
  const source =
    inline === undefined ? decodeSource(wire, `${path}.source`) : ({ type: "text", text: inline } as const);
  if (source === undefined) return { type: "native", protocol: PROTOCOL, value: block };
  const part: Mutable<MediaPart> = { type: "media", kind: "document", source };
  const title = optional(block.title, "string", `${path}.title`);
  if (title !== undefined) part.title = title;
  const context = optional(block.context, "string", `${path}.context`);
  if (context !== undefined) part.context = context;
  const citations = optional(block.citations, "object", `${path}.citations`);
  if (citations !== undefined)
    part.citations = optional(citations.enabled, "boolean", `${path}.citations.enabled`) ?? false;
  attached(part, block, DOCUMENT);
  // The blocks the text came in decide what a citation points at: they are written back as they were.
  if (inline !== undefined) part.rest = { protocol: PROTOCOL, fields: { ...part.rest?.fields, source: wire } };
  return part;
}

/** The text of a document given as blocks, when there is nothing but text in it. */
function inlineText(content: Json | undefined): string | undefined {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return undefined;
  const texts = content.map((block) => (isObject(block) && block.type === "text" ? block.text : undefined));
  return texts.every((text) => typeof text === "string") ? texts.join("\n") : undefined;
}

/** Where the bytes are; undefined for a kind of source not known here. */
function decodeSource(source: JsonObject, path: string): MediaSource | undefined {
  switch (required(source.type, "string", `${path}.type`)) {
    case "base64":
      return {
        type: "base64",
        mediaType: required(source.media_type, "string", `${path}.media_type`),
        data: required(source.data, "string", `${path}.data`),
      };
    case "url":
      return { type: "url", url: required(source.url, "string", `${path}.url`) };
    case "file":
      return { type: "file", id: required(source.file_id, "string", `${path}.file_id`) };
    case "text":
      return { type: "text", text: required(source.data, "string", `${path}.data`) };
    default:
      return undefined;
  }
}

function decodeThinking(block: JsonObject, path: string): ContentPart {
  const part: Mutable<Extract<ContentPart, { type: "reasoning" }>> = {
    type: "reasoning",
    text: required(block.thinking, "string", `${path}.thinking`),
  };
  // Reasoning of a model that signs nothing is given to Claude's clients with an empty signature; here it comes back.
  const signature = optional(block.signature, "string", `${path}.signature`);
  if (signature !== undefined && signature !== "") {
    const { sealedBy, value } = readSeal(PROTOCOL, signature);
    part.signature = value;
    part.sealedBy = sealedBy;
  }
  return attached(part, block, THINKING);
}

function decodeRedacted(block: JsonObject, path: string): ContentPart {
  const { sealedBy, value } = readSeal(PROTOCOL, required(block.data, "string", `${path}.data`));
  return attached({ type: "reasoning", text: "", redacted: value, sealedBy }, block, REDACTED);
}

function decodeCall(block: JsonObject, path: string, kind: "function" | "server"): ContentPart {
  const id = fromClaudeId(required(block.id, "string", `${path}.id`));
  const name = required(block.name, "string", `${path}.name`);
  return attached({ type: "tool-call", id, name, kind, input: JSON.stringify(block.input ?? {}) }, block, CALL);
}

function decodeResult(block: JsonObject, path: string): ContentPart {
  const content = block.content;
  const part: Mutable<Extract<ContentPart, { type: "tool-result" }>> = {
    type: "tool-result",
    toolCallId: fromClaudeId(required(block.tool_use_id, "string", `${path}.tool_use_id`)),
    content: content === undefined || content === null ? [] : decodeContent(content, `${path}.content`),
  };
  const isError = optional(block.is_error, "boolean", `${path}.is_error`);
  if (isError !== undefined) part.isError = isError;
  return attached(part, block, RESULT);
}

/** System text: a string or a list of text blocks. */
export function decodeSystem(system: Json | undefined, path: string): ContentPart[] {
  if (typeof system === "string") return [{ type: "text", text: system }];
  return required(system, "list", path).map((block, index) => decodeBlock(block, `${path}.${index}`));
}
