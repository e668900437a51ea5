import type { ChatMessage, ContentPart, ToolResultPart } from "../../core/chat.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import type { Losses } from "../losses.ts";
import { parseShallow } from "../parse-shallow.ts";
import { writeRest } from "../rest.ts";
import { isMadeUp } from "./call-ids.ts";
import { encodeMedia, encodeParts, type SealWriter } from "./part-encode.ts";
import { STAND_IN } from "./stand-in-signature.ts";
import { PROTOCOL } from "./wire.ts";

/** A vendor's seal goes to that vendor only. */
const ownSeal: SealWriter = (part, value) => (part.sealedBy === PROTOCOL ? value : undefined);

/** Writes `systemInstruction` and `contents`. `signed`: the model refuses calls without a signature (Gemini 3). */
export function encodeContents(
  wire: JsonObject,
  messages: readonly ChatMessage[],
  signed: boolean,
  losses: Losses,
): void {
  const contents: JsonObject[] = [];
  const names = new Map<string, string>();
  const leading = messages.findIndex(({ role }) => role !== "system" && role !== "developer");
  const begin = leading < 0 ? messages.length : leading;
  if (begin > 0) wire.systemInstruction = instruction(messages.slice(0, begin), losses);
  for (const [index, message] of messages.entries()) {
    if (index < begin) continue;
    const path = `messages[${index}]`;
    if (message.name !== undefined) losses.dropped(`${path}.name`);
    if (message.role === "tool")
      encodeResults(message, path, contents, { names, losses, open: messages[index - 1]?.role === "tool" });
    else {
      const turn = encodeTurn(message, path, names, signed, losses);
      // Gemini refuses a turn without parts, which is what is left of one whose parts it cannot be told.
      if (message.content.length === 0 || !isEmpty(turn)) contents.push(turn);
    }
  }
  wire.contents = contents;
}

function isEmpty({ parts }: JsonObject): boolean {
  return Array.isArray(parts) && parts.length === 0;
}

function instruction(messages: readonly ChatMessage[], losses: Losses): JsonObject {
  const parts: JsonObject[] = [];
  const content: JsonObject = { parts };
  for (const [index, message] of messages.entries()) {
    parts.push(...encodeParts(message.content, `messages[${index}].content`, losses, ownSeal));
    writeRest(content, message.rest, `messages[${index}]`, losses);
  }
  return content;
}

function encodeTurn(
  message: ChatMessage,
  path: string,
  names: Map<string, string>,
  signed: boolean,
  losses: Losses,
): JsonObject {
  const model = message.role === "assistant";
  if (!model && message.role !== "user") losses.approximated(`${path}.role`, "sent as a user's turn");
  for (const part of message.content) if (part.type === "tool-call") names.set(part.id, part.name);
  const parts = encodeParts(message.content, `${path}.content`, losses, ownSeal);
  if (model && signed) signFirst(parts);
  const content: JsonObject = { role: model ? "model" : "user", parts };
  writeRest(content, message.rest, path, losses);
  return content;
}

/** Of parallel calls, the first alone is signed. */
function signFirst(parts: readonly JsonObject[]): void {
  const first = parts.find(({ functionCall }) => functionCall !== undefined);
  if (first !== undefined) first.thoughtSignature ??= STAND_IN;
}

interface Context {
  readonly names: ReadonlyMap<string, string>;
  readonly losses: Losses;
  /** The turn before holds results as well: Gemini wants those of parallel calls in one. */
  readonly open: boolean;
}

function encodeResults(message: ChatMessage, path: string, contents: JsonObject[], context: Context): void {
  const parts: JsonObject[] = [];
  for (const [index, part] of message.content.entries()) {
    const at = `${path}.content[${index}]`;
    if (part.type === "tool-result") parts.push(encodeResult(part, at, context));
    else context.losses.dropped(at);
  }
  const last = contents.at(-1);
  const target = context.open && Array.isArray(last?.parts) ? last : { role: "user", parts: [] as JsonObject[] };
  (target.parts as JsonObject[]).push(...parts);
  writeRest(target, message.rest, path, context.losses);
  if (target !== last) contents.push(target);
}

function encodeResult(result: ToolResultPart, path: string, { names, losses }: Context): JsonObject {
  const { toolCallId, content } = result;
  if (result.cacheControl !== undefined) losses.dropped(`${path}.cache_control`);
  const response: JsonObject = {
    ...(isMadeUp(toolCallId) ? {} : { id: toolCallId }),
    name: names.get(toolCallId) ?? toolCallId,
    response: responseOf(result, path, losses),
  };
  const media = content.flatMap((part, index) => encodeInner(part, `${path}.content[${index}]`, losses));
  if (media.length > 0) response.parts = media;
  const wire: JsonObject = { functionResponse: response };
  writeRest(wire, result.rest, path, losses);
  return wire;
}

function encodeInner(part: ContentPart, path: string, losses: Losses): JsonObject[] {
  if (part.type === "text") return [];
  if (part.type === "media") return [encodeMedia(part, path, losses) ?? []].flat();
  if (part.type === "native" && part.protocol === PROTOCOL) return [part.value];
  losses.dropped(path);
  return [];
}

/** Text that is a JSON object is sent as one when nothing of its writing is lost. */
function responseOf({ content, isError }: ToolResultPart, path: string, losses: Losses): JsonObject {
  const texts = content.flatMap((part) => (part.type === "text" ? [part.text] : []));
  if (texts.length > 1) losses.approximated(`${path}.content`, "its texts are joined");
  const text = texts.join("\n");
  if (isError === true) return { error: text };
  if (texts.length === 0) return {};
  const object = text.startsWith("{") ? parseShallow(text) : undefined;
  const plain = isObject(object) && Object.keys(object).length > 0 && !("output" in object) && !("error" in object);
  return plain && JSON.stringify(object) === text ? object : { output: text };
}
