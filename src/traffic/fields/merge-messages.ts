import type { ChatMessage, ChatRequest, ContentPart, TextPart } from "../../core/chat.ts";

/** Joins neighbouring messages of the user, and of the assistant, for models that want the two to take turns. The same object when there are none. */
export function merged(chat: ChatRequest): ChatRequest {
  const messages: ChatMessage[] = [];
  for (const message of chat.messages) {
    const last = messages.at(-1);
    if (last !== undefined && belongTogether(last, message)) messages[messages.length - 1] = joined(last, message);
    else messages.push(message);
  }
  return messages.length === chat.messages.length ? chat : { ...chat, messages };
}

function belongTogether(a: ChatMessage, b: ChatMessage): boolean {
  const alike = a.role === b.role && (a.role === "user" || a.role === "assistant");
  // Two participants, or fields that belong to one message alone.
  return alike && a.name === b.name && (a.rest === undefined || b.rest === undefined);
}

function joined(a: ChatMessage, b: ChatMessage): ChatMessage {
  const rest = a.rest ?? b.rest;
  return { ...a, content: joinedContent(a.content, b.content), ...(rest === undefined ? {} : { rest }) };
}

/** A blank line between two texts; everything else one after the other. */
function joinedContent(a: readonly ContentPart[], b: readonly ContentPart[]): ContentPart[] {
  const [last, first] = [a.at(-1), b[0]];
  if (!isPlain(last) || !isPlain(first)) return [...a, ...b];
  return [...a.slice(0, -1), { type: "text", text: `${last.text}\n\n${first.text}` }, ...b.slice(1)];
}

function isPlain(part: ContentPart | undefined): part is TextPart {
  return part?.type === "text" && Object.keys(part).every((key) => key === "type" || key === "text");
}
