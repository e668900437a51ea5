import type { ChatMessage, ChatRequest, ChatTool, ContentPart, MediaPart } from "../core/chat.ts";
import type { Json } from "../core/json.ts";
import { o200k, tokensOf, type Encoder } from "./text-tokens.ts";

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

/** What is counted of a request: its texts, and the tokens of what is none. */
interface Tally {
  readonly texts: string[];
  frame: number;
}

/**
 * An estimate of the tokens a request's input has, for providers that do not count themselves. Text is counted with OpenAI's o200k_base
 * vocabulary; Claude's own is not public and gives some ten to thirty percent more. Messages, system text, tools and the schema of the
 * answer are counted; media by the constants of this file. Always a whole number of at least 1.
 * Of more than 100,000 characters a sample is counted; other work gets its turn in between.
 */
export async function countTokens(request: ChatRequest, encoder?: Encoder): Promise<number> {
  const tally: Tally = { texts: [], frame: PER_ANSWER };
  for (const message of request.messages) addMessage(tally, message);
  for (const tool of request.tools ?? []) addTool(tally, tool);
  if (request.responseFormat?.type === "json-schema") addJson(tally, request.responseFormat.schema);
  const tokens = await tokensOf(tally.texts, encoder ?? (await o200k()));
  return Math.max(1, Math.ceil(tally.frame + tokens));
}

function addMessage(tally: Tally, { name, content }: ChatMessage): void {
  tally.frame += PER_MESSAGE;
  if (name !== undefined) {
    tally.frame += 1;
    tally.texts.push(name);
  }
  addParts(tally, content);
}

function addParts(tally: Tally, parts: readonly ContentPart[]): void {
  for (const part of parts) addPart(tally, part);
}

function addPart(tally: Tally, part: ContentPart): void {
  switch (part.type) {
    case "text":
    case "refusal":
      tally.texts.push(part.text);
      return;
    case "reasoning":
      tally.texts.push(part.text);
      // Encrypted reasoning is base64 of about what it says.
      tally.frame += Math.ceil((part.redacted?.length ?? 0) / 4);
      return;
    case "tool-call":
      tally.frame += PER_TOOL;
      tally.texts.push(part.name, part.input);
      return;
    case "tool-result":
      tally.frame += PER_TOOL;
      addParts(tally, part.content);
      return;
    case "media":
      addMedia(tally, part);
      return;
    case "native":
      addJson(tally, part.value);
  }
}

function addMedia(tally: Tally, part: MediaPart): void {
  const { source, kind } = part;
  if (source.type !== "text" && kind === "image") {
    tally.frame += part.detail === "low" ? IMAGE_LOW : IMAGE;
    return;
  }
  tally.texts.push(part.title ?? "", part.context ?? "");
  if (source.type === "text") {
    tally.texts.push(source.text);
    return;
  }
  const bytes = source.type === "base64" ? (source.data.length * 3) / 4 : PAGE_BYTES;
  tally.frame +=
    kind === "document" ? PER_PAGE * Math.ceil(bytes / PAGE_BYTES) : PER_SECOND * Math.ceil(bytes / SECOND_BYTES);
}

function addTool(tally: Tally, tool: ChatTool): void {
  tally.frame += PER_TOOL;
  if (tool.type === "native") {
    addJson(tally, tool.value);
    return;
  }
  tally.texts.push(tool.name, tool.description ?? "");
  addJson(tally, tool.type === "function" ? tool.inputSchema : (tool.format ?? {}));
}

function addJson(tally: Tally, value: Json): void {
  tally.texts.push(JSON.stringify(value));
}
