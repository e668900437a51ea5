import type { ChatMessage, ChatRequest, ChatTool, ContentPart, MediaPart } from "../core/chat.ts";
import type { Json } from "../core/json.ts";

/** Tokens of the frame around a message (role and separators), as in OpenAI's published counting rule. */
const PER_MESSAGE = 3;
/** Tokens that open the answer. */
const PER_ANSWER = 3;
/** Tokens of the frame around a tool's definition, a call and a result. */
const PER_TOOL = 8;
/**
 * An image whose size is not known. Both vendors count by area: 1,024 by 1,024 pixels are 1,400 of Claude's tokens and 765 of OpenAI's in
 * high detail; of OpenAI's in low detail it is 85.
 */
const IMAGE = 1400;
const IMAGE_LOW = 85;
/** A page of a PDF holds 1,500 to 3,000 of Claude's tokens; a page is taken to be 50,000 bytes. */
const PER_PAGE = 2000;
const PAGE_BYTES = 50_000;
/** Seconds of sound are 10 tokens each at OpenAI; 32,000 bytes are a second of 16-bit mono at 16 kHz. */
const PER_SECOND = 10;
const SECOND_BYTES = 32_000;

type Count = (text: string) => number;

let tokenizer: Promise<Count> | undefined;

/** The vocabulary is some megabytes, so that it is loaded when the first count is asked for, and once. */
function load(): Promise<Count> {
  tokenizer ??= import("gpt-tokenizer/encoding/o200k_base").then(
    ({ countTokens: count }) =>
      // Words of the vocabulary's own control language are text here, whoever sends them.
      (text: string) =>
        count(text, { disallowedSpecial: new Set<string>() }),
  );
  return tokenizer;
}

/**
 * An estimate of the tokens a request's input has, for providers that do not count themselves. Text is counted with OpenAI's o200k_base
 * vocabulary; Claude's own is not public and gives some ten to thirty percent more. Messages, system text, tools and the schema of the
 * answer are counted; media by the constants of this file. Always a whole number of at least 1.
 */
export async function countTokens(request: ChatRequest): Promise<number> {
  const count = await load();
  let total = PER_ANSWER;
  for (const message of request.messages) total += ofMessage(message, count);
  for (const tool of request.tools ?? []) total += ofTool(tool, count);
  if (request.responseFormat?.type === "json-schema") total += ofJson(request.responseFormat.schema, count);
  return Math.max(1, Math.ceil(total));
}

function ofMessage(message: ChatMessage, count: Count): number {
  const name = message.name === undefined ? 0 : 1 + count(message.name);
  return PER_MESSAGE + name + ofParts(message.content, count);
}

function ofParts(parts: readonly ContentPart[], count: Count): number {
  let total = 0;
  for (const part of parts) total += ofPart(part, count);
  return total;
}

function ofPart(part: ContentPart, count: Count): number {
  switch (part.type) {
    case "text":
    case "refusal":
      return count(part.text);
    case "reasoning":
      // Encrypted reasoning is base64 of about what it says.
      return count(part.text) + Math.ceil((part.redacted?.length ?? 0) / 4);
    case "tool-call":
      return PER_TOOL + count(part.name) + count(part.input);
    case "tool-result":
      return PER_TOOL + ofParts(part.content, count);
    case "media":
      return ofMedia(part, count);
    case "native":
      return ofJson(part.value, count);
  }
}

function ofMedia(part: MediaPart, count: Count): number {
  const { source } = part;
  const around = count(part.title ?? "") + count(part.context ?? "");
  if (source.type === "text") return around + count(source.text);
  if (part.kind === "image") return part.detail === "low" ? IMAGE_LOW : IMAGE;
  const bytes = source.type === "base64" ? (source.data.length * 3) / 4 : PAGE_BYTES;
  if (part.kind === "document") return around + PER_PAGE * Math.ceil(bytes / PAGE_BYTES);
  return PER_SECOND * Math.ceil(bytes / SECOND_BYTES);
}

function ofTool(tool: ChatTool, count: Count): number {
  if (tool.type === "native") return PER_TOOL + ofJson(tool.value, count);
  const schema = tool.type === "function" ? ofJson(tool.inputSchema, count) : ofJson(tool.format ?? {}, count);
  return PER_TOOL + count(tool.name) + count(tool.description ?? "") + schema;
}

function ofJson(value: Json, count: Count): number {
  return count(JSON.stringify(value));
}
