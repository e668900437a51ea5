import type { ChatEvent, ChatRequest } from "./chat.ts";

/** Changes an answer's events one by one. A promise is waited for before the next event is given. */
export interface EventEditor {
  step(event: ChatEvent): readonly ChatEvent[] | Promise<readonly ChatEvent[]>;
  /** What is due when no event comes any more. */
  end(): readonly ChatEvent[] | Promise<readonly ChatEvent[]>;
}

/** What is done to one exchange's chat, whatever protocols are spoken on either side. */
export interface ChatHooks {
  /** The request changed; the same object when it stays as it is, so that its bytes can go on untouched. */
  request?(chat: ChatRequest): ChatRequest | Promise<ChatRequest>;
  /** A fresh editor of an answer. With it every answer is decoded, in the client's own protocol as well. */
  answer?(): EventEditor;
}
