import type { ChatMessage, ChatRequest } from "../../core/chat.ts";

/**
 * Forgets a conversation up to the last user message that is exactly one of `commands`, the message itself included. What the system and
 * the developer said stays. The same object when no message is one.
 */
export function cleanedUp(chat: ChatRequest, commands: ReadonlySet<string>): ChatRequest {
  const at = chat.messages.findLastIndex((message) => message.role === "user" && commands.has(textOf(message)));
  if (at < 0) return chat;
  const kept = chat.messages.slice(0, at).filter(({ role }) => role === "system" || role === "developer");
  return { ...chat, messages: [...kept, ...chat.messages.slice(at + 1)] };
}

/** The text of a message that is nothing else; a text no command can be when it holds more. */
function textOf({ content }: ChatMessage): string {
  return content.every((part) => part.type === "text") ? content.map(({ text }) => text).join("") : "";
}
