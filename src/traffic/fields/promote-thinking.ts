import type { ChatEvent, ReasoningEvent } from "../../core/chat.ts";
import type { Reducer } from "../../core/codec.ts";

/** Reasoning of one answer that nobody has seen yet. */
interface Held {
  events: ChatEvent[];
  size: number;
}

interface State {
  /** By choice; gone once the choice has content, or too much reasoning to hold. */
  readonly held: Map<number, Held>;
  readonly settled: Set<number>;
}

/** The most reasoning that is held back, in characters; what has more goes out as it comes. */
const MAX_HELD = 8 * 1024 * 1024;

/**
 * Makes the reasoning of an answer its text when there is no other content. Until it is known whether there is, reasoning is held back; a
 * ping in its place says that the provider is alive.
 */
export const promoteThinking: Reducer<State, ChatEvent, ChatEvent> = {
  init: () => ({ held: new Map(), settled: new Set() }),
  step(state, event) {
    if (event.type === "error") return [...[...state.held.keys()].flatMap((choice) => settle(state, choice)), event];
    if (event.type === "finish") return [...finish(state, event.choice ?? 0), event];
    if (!("block" in event)) return [event];
    const choice = event.choice ?? 0;
    if (state.settled.has(choice)) return [event];
    if (event.type === "reasoning") return hold(state, choice, event, event.text.length);
    if (event.type === "block-end") return state.held.has(choice) ? hold(state, choice, event, 0) : [event];
    return event.type === "text" && event.text === "" ? [] : [...settle(state, choice), event];
  },
  end: (state) => [...state.held.keys()].flatMap((choice) => settle(state, choice)),
};

function hold(state: State, choice: number, event: ChatEvent, size: number): ChatEvent[] {
  const held = state.held.get(choice) ?? { events: [], size: 0 };
  state.held.set(choice, held);
  held.events.push(event);
  held.size += size;
  return held.size > MAX_HELD ? settle(state, choice) : [{ type: "ping" }];
}

/** What was held goes out as it is, and nothing is held any more. */
function settle({ held, settled }: State, choice: number): ChatEvent[] {
  const events = held.get(choice)?.events ?? [];
  held.delete(choice);
  settled.add(choice);
  return events;
}

/** The choice is over: what is still held is all it has. */
function finish(state: State, choice: number): ChatEvent[] {
  const events = settle(state, choice);
  const reasoning = events.filter((event): event is ReasoningEvent => event.type === "reasoning");
  const [first] = reasoning;
  const text = readable(reasoning);
  if (first === undefined || text === "") return events;
  const place = { block: first.block, ...(choice === 0 ? {} : { choice }) };
  return [
    { type: "text", text, ...place },
    { type: "block-end", ...place },
  ];
}

/** A blank line stands between two blocks. */
function readable(reasoning: readonly ReasoningEvent[]): string {
  const blocks = new Map<number, string>();
  for (const { block, text } of reasoning) blocks.set(block, (blocks.get(block) ?? "") + text);
  return [...blocks.values()].filter((text) => text !== "").join("\n\n");
}
