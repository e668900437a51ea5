import { isObject, type Json, type JsonObject } from "#src/core/json.ts";

/** The last text of the last message from the user: in `messages` (OpenAI, Claude) or `input` (OpenAI's Responses). Empty when there is none. */
export function lastQuestion({ messages, input }: JsonObject): string {
  if (typeof input === "string") return input;
  const list = Array.isArray(messages) ? messages : Array.isArray(input) ? input : [];
  const asked = list.findLast((message) => isObject(message) && message["role"] === "user");
  return isObject(asked) ? textOf(asked["content"]) : "";
}

function textOf(content: Json | undefined): string {
  if (typeof content === "string") return content;
  const part = Array.isArray(content)
    ? content.findLast((one) => isObject(one) && typeof one["text"] === "string")
    : undefined;
  return isObject(part) && typeof part["text"] === "string" ? part["text"] : "";
}
