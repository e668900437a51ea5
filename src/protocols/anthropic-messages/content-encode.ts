import type { ContentPart, MediaPart, ReasoningPart, TextPart, ToolCallPart, ToolResultPart } from "../../core/chat.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { isForeign } from "../foreign-files.ts";
import type { Losses } from "../losses.ts";
import { parseShallow } from "../parse-shallow.ts";
import { writeRest } from "../rest.ts";
import { toClaudeId } from "./tool-ids.ts";
import { PROTOCOL } from "./wire.ts";

/** What encoding a part needs to know. */
export interface Context {
  readonly losses: Losses;
  /** False where reasoning without a signature is refused: Claude's own models take back only what they sealed. */
  readonly unsignedReasoning: boolean;
}

/** A part as a content block of a request; undefined when nothing of it can be said, which is then a loss. */
function encodePart(part: ContentPart, path: string, context: Context): JsonObject | undefined {
  const block = blockOf(part, path, context);
  if (block === undefined) return undefined;
  if (part.cacheControl !== undefined) block.cache_control = { ...part.cacheControl };
  // What a decoder kept whole replaces what was made of it.
  if (part.rest?.protocol === PROTOCOL) Object.assign(block, part.rest.fields);
  else writeRest(block, part.rest, path, context.losses);
  return block;
}

function blockOf(part: ContentPart, path: string, context: Context): JsonObject | undefined {
  switch (part.type) {
    case "text":
      return encodeText(part, path, context.losses);
    case "refusal":
      context.losses.approximated(`${path}.refusal`, "sent as text");
      return part.text === "" ? undefined : { type: "text", text: part.text };
    case "reasoning":
      return encodeReasoningPart(part, path, context);
    case "media":
      return encodeMedia(part, path, context.losses);
    case "tool-call":
      return encodeCall(part, path, context.losses);
    case "tool-result":
      return encodeResult(part, path, context);
    case "native":
      if (part.protocol === PROTOCOL) return { ...part.value };
      context.losses.dropped(path);
      return undefined;
  }
}

/** Empty text is left out: Claude refuses it, and it says nothing. */
function encodeText(part: TextPart, path: string, losses: Losses): JsonObject | undefined {
  if (part.text === "") return undefined;
  const block: JsonObject = { type: "text", text: part.text };
  const citations = encodeCitations(part, path, losses);
  if (citations.length > 0) block.citations = citations;
  return block;
}

/** The citations Claude made itself; others are a loss. */
export function encodeCitations(part: TextPart, path: string, losses: Losses): Json[] {
  const own: Json[] = [];
  for (const citation of part.citations ?? []) {
    if (citation.protocol === PROTOCOL) own.push(citation.value);
    else losses.dropped(`${path}.citations`);
  }
  return own;
}

/** Whether a seal, if there is one, is Claude's, who takes no other. */
function isOwnSeal({ sealedBy = PROTOCOL }: ReasoningPart): boolean {
  return sealedBy === PROTOCOL;
}

function encodeReasoningPart(part: ReasoningPart, path: string, context: Context): JsonObject | undefined {
  const own = isOwnSeal(part);
  if (part.redacted !== undefined) {
    if (own) return { type: "redacted_thinking", data: part.redacted };
    context.losses.dropped(`${path}.reasoning`, "another vendor's encrypted reasoning");
    return undefined;
  }
  if (own && part.signature !== undefined) return { type: "thinking", thinking: part.text, signature: part.signature };
  if (context.unsignedReasoning) return { type: "thinking", thinking: part.text, signature: "" };
  context.losses.dropped(`${path}.reasoning`, "reasoning without a signature is refused");
  return undefined;
}

function encodeMedia(part: MediaPart, path: string, losses: Losses): JsonObject | undefined {
  if (part.kind === "audio" || part.kind === "video") {
    losses.dropped(`${path}.${part.kind}`);
    return undefined;
  }
  if (isForeign(part, PROTOCOL, path, losses)) return undefined;
  if (part.detail !== undefined && part.detail !== "auto") losses.dropped(`${path}.detail`);
  if (part.kind === "image") {
    if (part.source.type !== "text") return { type: "image", source: encodeSource(part.source) };
    losses.dropped(`${path}.image`);
    return undefined;
  }
  const block: JsonObject = { type: "document", source: encodeDocumentSource(part, path, losses) };
  const title = part.title ?? part.filename;
  if (title !== undefined) block.title = title;
  if (part.context !== undefined) block.context = part.context;
  if (part.citations !== undefined) block.citations = { enabled: part.citations };
  return block;
}

function encodeSource(source: MediaPart["source"]): JsonObject {
  switch (source.type) {
    case "base64":
      return { type: "base64", media_type: source.mediaType, data: source.data };
    case "url":
      return { type: "url", url: source.url };
    case "file":
      return { type: "file", file_id: source.id };
    case "text":
      return { type: "text", media_type: "text/plain", data: source.text };
  }
}

/** Claude takes PDFs as base64 and every other document as plain text; a file of text is unpacked, another type is left for it to judge. */
function encodeDocumentSource(part: MediaPart, path: string, losses: Losses): JsonObject {
  const { source } = part;
  if (source.type !== "base64" || !isText(source.mediaType)) return encodeSource(source);
  const text = textOf(source.data);
  if (text === undefined) return encodeSource(source);
  if (!source.mediaType.startsWith("text/plain")) losses.approximated(`${path}.file`, "sent as plain text");
  return { type: "text", media_type: "text/plain", data: text };
}

function isText(mediaType: string): boolean {
  return mediaType.startsWith("text/") || mediaType.startsWith("application/json");
}

function textOf(base64: string): string | undefined {
  try {
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function encodeCall(part: ToolCallPart, path: string, losses: Losses): JsonObject {
  const type = part.kind === "server" ? "server_tool_use" : "tool_use";
  return { type, id: toClaudeId(part.id), name: part.name, input: encodeInput(part, path, losses) };
}

/**
 * A call's input as the object Claude demands. Free text of a custom tool stands under `input`, as the tool was declared; what is no JSON
 * object, since models do write such, is kept under the same name.
 */
export function encodeInput(part: ToolCallPart, path: string, losses: Losses): JsonObject {
  if (part.kind === "custom") {
    losses.approximated(`${path}.tool_call`, "a custom tool's text is sent as a function's input");
    return { input: part.input };
  }
  if (part.input.trim() === "") return {};
  const value = parseShallow(part.input);
  if (isObject(value)) return value;
  losses.approximated(`${path}.input`, "not a JSON object");
  return { input: value ?? part.input };
}

function encodeResult(part: ToolResultPart, path: string, context: Context): JsonObject {
  const block: JsonObject = { type: "tool_result", tool_use_id: toClaudeId(part.toolCallId) };
  const [first] = part.content;
  if (part.content.length === 1 && first !== undefined && isPlainText(first)) block.content = first.text;
  else if (part.content.length > 0) block.content = encodeParts(part.content, path, context);
  if (part.isError !== undefined) block.is_error = part.isError;
  return block;
}

/** The blocks of a list of parts. */
export function encodeParts(parts: readonly ContentPart[], path: string, context: Context): JsonObject[] {
  const blocks: JsonObject[] = [];
  for (let i = 0; i < parts.length; i++) {
    const block = encodePart(parts[i] as ContentPart, `${path}.content[${i}]`, context);
    if (block !== undefined) blocks.push(block);
  }
  return blocks;
}

function isPlainText(part: ContentPart): part is TextPart {
  return (
    part.type === "text" && part.cacheControl === undefined && part.rest === undefined && part.citations === undefined
  );
}

/** Blocks in the short form where there is nothing but one plain text. */
export function contentOf(blocks: JsonObject[]): Json {
  const [first] = blocks;
  if (blocks.length !== 1 || first === undefined || first.type !== "text") return blocks;
  return Object.keys(first).length === 2 ? (first["text"] as string) : blocks;
}
