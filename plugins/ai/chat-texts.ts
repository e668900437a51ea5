import type { ChatMessage, ContentPart } from "#src/core/chat.ts";

/**
 * A message with its words changed: texts, also those of tools' answers. The same object when none changes, so that a request nobody
 * changed can go on with its bytes untouched.
 */
export function withWords(message: ChatMessage, edit: (text: string) => string): ChatMessage {
  const content = withPartWords(message.content, edit);
  return content === message.content ? message : { ...message, content };
}

function withPartWords(content: readonly ContentPart[], edit: (text: string) => string): readonly ContentPart[] {
  return changedList(content, (part): ContentPart => {
    if (part.type === "text" || part.type === "refusal") {
      const text = edit(part.text);
      return text === part.text ? part : { ...part, text };
    }
    if (part.type !== "tool-result") return part;
    const inner = withPartWords(part.content, edit);
    return inner === part.content ? part : { ...part, content: inner };
  });
}

/** The list with each item changed; the same list when all of them stay. */
export function changedList<T>(list: readonly T[], change: (item: T) => T): readonly T[] {
  const changed = list.map(change);
  return changed.every((item, at) => item === list[at]) ? list : changed;
}
