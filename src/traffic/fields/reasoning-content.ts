import type { ChatEvent, ReasoningEvent } from "../../core/chat.ts";
import type { Reducer } from "../../core/codec.ts";

/** What becomes of a model's reasoning: left out of the answer, or put before its text. */
export type ReasoningContentMode = "ignore" | "concat";

const OPEN = "<think>";
const CLOSE = "</think>\n";

interface State {
  /** Blocks whose reasoning can be read. */
  readonly readable: Set<number>;
  /** By choice, the block whose text is still open. */
  readonly open: Map<number, number>;
}

type Content = Extract<ChatEvent, { readonly block: number }>;

/**
 * Treats the reasoning of an answer. A block that nobody can read, because its vendor sealed it whole, stays: without it the conversation
 * cannot go on where it was.
 */
export function reasoningContent(mode: ReasoningContentMode): Reducer<State, ChatEvent, ChatEvent> {
  return {
    init: () => ({ readable: new Set(), open: new Map() }),
    step: (state, event) => step(state, event, mode),
    end: () => [],
  };
}

function step(state: State, event: ChatEvent, mode: ReasoningContentMode): ChatEvent[] {
  if (event.type === "reasoning") return reasoned(state, event, mode);
  const choice = "choice" in event ? (event.choice ?? 0) : 0;
  if (event.type === "block-end" && state.readable.has(event.block)) return closed(state, choice);
  const ends = "block" in event || event.type === "finish";
  return ends ? [...closed(state, choice), event] : [event];
}

function reasoned(state: State, event: ReasoningEvent, mode: ReasoningContentMode): ChatEvent[] {
  const { block, choice = 0, text } = event;
  if (text !== "") state.readable.add(block);
  if (!state.readable.has(block)) return event.signature === undefined && event.redacted === undefined ? [] : [event];
  if (mode === "ignore" || text === "") return [];
  const begun = state.open.get(choice) === block;
  const out = begun ? [] : closed(state, choice);
  state.open.set(choice, block);
  return [...out, said(event, begun ? text : OPEN + text)];
}

/** Ends the text of the reasoning that is open in a choice. */
function closed({ open }: State, choice: number): ChatEvent[] {
  const block = open.get(choice);
  if (block === undefined) return [];
  open.delete(choice);
  const place = { block, ...(choice === 0 ? {} : { choice }) };
  return [
    { type: "text", text: CLOSE, ...place },
    { type: "block-end", ...place },
  ];
}

function said({ block, choice }: Content, text: string): ChatEvent {
  return { type: "text", block, text, ...(choice === undefined ? {} : { choice }) };
}
