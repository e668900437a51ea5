import type { ChatEvent, ChatRequest } from "../../core/chat.ts";
import type { EventEditor } from "../../core/chat-hooks.ts";
import { Fault } from "../../core/fault.ts";

/** What a provider's settings change in chats, whatever protocols are spoken on either side. */
export interface ChatEdits {
  /** The request changed; the same object when there is nothing to change, so that its bytes can go on untouched. */
  request?(chat: ChatRequest): ChatRequest | Promise<ChatRequest>;
  /** A fresh editor of an answer's events. With it every answer is decoded, in the client's own protocol as well. */
  answer?(): EventEditor;
}

/** The changed request; undefined when it stays as it came. A Fault when it cannot be read or changed. */
export async function editedChat(
  inbound: { readonly chat: ChatRequest; readonly changed?: ChatRequest | undefined },
  edits: ChatEdits | undefined,
): Promise<ChatRequest | Fault | undefined> {
  if (edits?.request === undefined) return inbound.changed;
  try {
    const { chat } = inbound;
    const edited = await edits.request(chat);
    return edited === chat ? inbound.changed : edited;
  } catch (thrown) {
    return Fault.from(thrown);
  }
}

/** The events of an answer as they are to be told. */
export async function editedEvents(
  events: readonly ChatEvent[],
  edits: ChatEdits | undefined,
): Promise<readonly ChatEvent[]> {
  const editor = edits?.answer?.();
  if (editor === undefined) return events;
  const edited: ChatEvent[] = [];
  for (const event of events) edited.push(...(await editor.step(event)));
  return [...edited, ...(await editor.end())];
}

/** The target with its answers changed once more, after its own settings have changed them. */
export function withAnswerEdits<T extends { readonly edits?: ChatEdits }>(target: T, answer: () => EventEditor): T {
  const { edits } = target;
  const both = (): EventEditor => {
    const own = edits?.answer?.();
    return own === undefined ? answer() : new InTurn(own, answer());
  };
  return { ...target, edits: { ...edits, answer: both } };
}

/** One editor after another. */
class InTurn implements EventEditor {
  readonly #first: EventEditor;
  readonly #second: EventEditor;

  constructor(first: EventEditor, second: EventEditor) {
    this.#first = first;
    this.#second = second;
  }

  async step(event: ChatEvent): Promise<readonly ChatEvent[]> {
    return this.#rest(await this.#first.step(event));
  }

  async end(): Promise<readonly ChatEvent[]> {
    return [...(await this.#rest(await this.#first.end())), ...(await this.#second.end())];
  }

  async #rest(events: readonly ChatEvent[]): Promise<ChatEvent[]> {
    const edited: ChatEvent[] = [];
    for (const event of events) edited.push(...(await this.#second.step(event)));
    return edited;
  }
}
