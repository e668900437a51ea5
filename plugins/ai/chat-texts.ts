import type { ChatMessage, ContentPart, ToolCallPart } from "#src/core/chat.ts";

/** How the words of a message change. */
export interface WordEdit {
  /** Texts, also those of tools' answers. */
  readonly said: (text: string) => string;
  /** What a model thought; left out: it stays. */
  readonly thought?: (text: string) => string;
  /** The input of a tool's call; left out: it stays. */
  readonly input?: (text: string, kind: ToolCallPart["kind"]) => string;
}

/**
 * A message with its words changed. The same object when none changes, so that a request nobody changed can go on with its bytes
 * untouched.
 */
export function withWords(message: ChatMessage, edit: WordEdit): ChatMessage {
  const content = withPartWords(message.content, edit);
  return content === message.content ? message : { ...message, content };
}

function withPartWords(content: readonly ContentPart[], edit: WordEdit): readonly ContentPart[] {
  return changedList(content, (part) => withPartWord(part, edit));
}

function withPartWord(part: ContentPart, edit: WordEdit): ContentPart {
  switch (part.type) {
    case "text":
    case "refusal": {
      const text = edit.said(part.text);
      return text === part.text ? part : { ...part, text };
    }
    case "reasoning": {
      const text = edit.thought?.(part.text) ?? part.text;
      return text === part.text ? part : { ...part, text };
    }
    case "tool-call": {
      const input = edit.input?.(part.input, part.kind) ?? part.input;
      return input === part.input ? part : { ...part, input };
    }
    case "tool-result": {
      const inner = withPartWords(part.content, edit);
      return inner === part.content ? part : { ...part, content: inner };
    }
    default:
      return part;
  }
}

/** The list with each item changed; the same list when all of them stay. */
export function changedList<T>(list: readonly T[], change: (item: T) => T): readonly T[] {
  const changed = list.map(change);
  return changed.every((item, at) => item === list[at]) ? list : changed;
}
