import type { ChatEvent, ChatRequest } from "../../core/chat.ts";
import type { Stepper } from "../../core/codec.ts";
import { Fault } from "../../core/fault.ts";

/** What a provider's settings change in chats, whatever protocols are spoken on either side. */
export interface ChatEdits {
  /** The request changed; the same object when there is nothing to change, so that its bytes can go on untouched. */
  request?(chat: ChatRequest): ChatRequest | Promise<ChatRequest>;
  /** A fresh converter of an answer's events. With it every answer is decoded, in the client's own protocol as well. */
  answer?(): Stepper<ChatEvent, ChatEvent>;
}

/** The changed request; undefined when it stays as it is. A Fault when it cannot be read or changed. */
export async function editedChat(
  inbound: { readonly chat: ChatRequest },
  edits: ChatEdits | undefined,
): Promise<ChatRequest | Fault | undefined> {
  if (edits?.request === undefined) return undefined;
  try {
    const { chat } = inbound;
    const edited = await edits.request(chat);
    return edited === chat ? undefined : edited;
  } catch (thrown) {
    return Fault.from(thrown);
  }
}

/** The events of an answer as they are to be told. */
export function editedEvents(events: readonly ChatEvent[], edits: ChatEdits | undefined): readonly ChatEvent[] {
  const editor = edits?.answer?.();
  return editor === undefined ? events : [...events.flatMap((event) => editor.step(event)), ...editor.end()];
}
