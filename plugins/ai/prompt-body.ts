import { isObject, type Json, type JsonObject } from "#src/core/json.ts";

/** Writes a body's messages, which stand in OpenAI's shape, as the API of a path wants them. */
type Write = (messages: readonly Json[]) => JsonObject;

/** APIs by their paths' endings; all others read OpenAI's `messages`. */
const SHAPES: readonly (readonly [ending: RegExp, write: Write])[] = [
  [/\/messages(?:\/count_tokens)?$/, claude],
  [/\/responses$/, (messages) => ({ input: [...messages] })],
  [/:(?:generateContent|streamGenerateContent|countTokens)$/, gemini],
];

/** The members of a body that hold these messages. */
export function messagesFor(path: string, messages: readonly Json[]): JsonObject {
  const shape = SHAPES.find(([ending]) => ending.test(path));
  return shape === undefined ? { messages: [...messages] } : shape[1](messages);
}

function claude(messages: readonly Json[]): JsonObject {
  const { system, others } = apart(messages);
  return { ...(system === "" ? {} : { system }), messages: [...others] };
}

function gemini(messages: readonly Json[]): JsonObject {
  const { system, others } = apart(messages);
  const contents = others
    .filter((message) => isObject(message))
    .map(({ role, content }) => ({
      role: role === "assistant" ? "model" : "user",
      parts: [{ text: textOf(content) }],
    }));
  return { ...(system === "" ? {} : { systemInstruction: { parts: [{ text: system }] } }), contents };
}

function apart(messages: readonly Json[]): { readonly system: string; readonly others: readonly Json[] } {
  const isSystem = (message: Json): boolean =>
    isObject(message) && (message["role"] === "system" || message["role"] === "developer");
  const system = messages.filter(isSystem).map((message) => (isObject(message) ? textOf(message["content"]) : ""));
  return { system: system.join("\n\n"), others: messages.filter((message) => !isSystem(message)) };
}

function textOf(content: Json | undefined): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((part) => (isObject(part) && typeof part["text"] === "string" ? part["text"] : "")).join("");
}
