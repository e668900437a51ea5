import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import type { JsonPath } from "#src/core/json-splice.ts";

/** A text in a JSON body, and where it stands. */
export interface TextPlace {
  readonly path: JsonPath;
  readonly text: string;
}

/** Members of the bodies of chat APIs that hold what is said. */
const SAID = ["messages", "contents", "input", "system", "systemInstruction", "system_instruction", "instructions"];

/** Members of theirs that are no words: names that mean something to the API, addresses, files, seals. */
const NO_WORDS: ReadonlySet<string> = new Set([
  "role",
  "type",
  "id",
  "name",
  "tool_call_id",
  "tool_use_id",
  "call_id",
  "item_id",
  "status",
  "url",
  "image_url",
  "file_url",
  "file_id",
  "file_data",
  "fileUri",
  "data",
  "media_type",
  "mimeType",
  "format",
  "detail",
  "signature",
  "thoughtSignature",
  "encrypted_content",
  "cache_control",
]);

/** The texts of a conversation in the body of a chat API. */
export function* textsOfChat(body: JsonObject): Generator<TextPlace, void, undefined> {
  for (const key of SAID) if (Object.hasOwn(body, key)) yield* textsIn(body[key], [key]);
}

function* textsIn(value: Json | undefined, path: JsonPath): Generator<TextPlace, void, undefined> {
  if (typeof value === "string") yield { path, text: value };
  else if (Array.isArray(value)) for (const [at, item] of value.entries()) yield* textsIn(item, [...path, at]);
  else if (isObject(value)) {
    for (const [key, inner] of Object.entries(value)) if (!NO_WORDS.has(key)) yield* textsIn(inner, [...path, key]);
  }
}

const CHAT_PATH = /\/(?:chat\/completions|messages|responses)$|:(?:generateContent|streamGenerateContent)$/;

/** Whether a path is that of a chat API, whoever answers there. */
export function isChatPath(path: string): boolean {
  return CHAT_PATH.test(path);
}
