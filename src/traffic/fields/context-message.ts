import type { ChatRequest } from "../../core/chat.ts";

/** The chat with a text told as a system message, before the first message that is none. The same object when the text is empty. */
export function withContext(chat: ChatRequest, text: string): ChatRequest {
  if (text === "") return chat;
  const { messages } = chat;
  const first = messages.findIndex(({ role }) => role !== "system" && role !== "developer");
  const at = first < 0 ? messages.length : first;
  const context = { role: "system", content: [{ type: "text", text }] } as const;
  return { ...chat, messages: [...messages.slice(0, at), context, ...messages.slice(at)] };
}
