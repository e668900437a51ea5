import { expect } from "bun:test";
import type { Response, ResponseOutputItem, ResponseStreamEvent } from "openai/resources/responses/responses";
import type { ResponseTarget } from "#src/core/codec.ts";
import type { SseFrame } from "#src/core/sse.ts";

/** What was told of one item. */
interface Seen {
  readonly id: string;
  readonly type: string;
  /** The pieces of its parts, and what each part's end said of the whole. */
  readonly pieces: Map<number, string>;
  readonly open: Set<number>;
  done: ResponseOutputItem | undefined;
}

/** Checks the frames of a complete answer against what OpenAI's reference says of the events of a stream. */
export function checkGrammar(frames: readonly SseFrame[], target: ResponseTarget): void {
  const events = frames.flatMap((frame) => {
    if ("comment" in frame) return [];
    const event = JSON.parse(frame.data) as ResponseStreamEvent;
    expect(frame.event).toBe(event.type);
    return [event];
  });
  expect(events.map((event) => event.sequence_number)).toEqual([...events.keys()]);
  expect(events.slice(0, 2).map(({ type }) => type)).toEqual(["response.created", "response.in_progress"]);
  const items: Seen[] = [];
  for (const event of events.slice(2, -1)) checkEvent(event, items);
  const last = events.at(-1);
  if (last?.type !== "response.completed" && last?.type !== "response.incomplete") throw new Error("no last event");
  checkLast(last.response, last.type, items, target);
}

function checkLast(response: Response, type: string, items: readonly Seen[], target: ResponseTarget): void {
  expect(response.output).toEqual(items.map(({ done }) => done as ResponseOutputItem));
  expect(`response.${response.status}`).toBe(type);
  expect(response.incomplete_details === null).toBe(type === "response.completed");
  if (target.model !== undefined) expect(response.model).toBe(target.model);
  expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
}

/** Events that begin a part, add to it, and tell the whole of it, with the field of the whole. */
const BEGINS = new Set(["response.content_part.added", "response.reasoning_summary_part.added"]);
const ENDS = new Set(["response.content_part.done", "response.reasoning_summary_part.done"]);
const WHOLES: Readonly<Record<string, string>> = {
  "response.output_text.done": "text",
  "response.refusal.done": "refusal",
  "response.reasoning_summary_text.done": "text",
  "response.reasoning_text.done": "text",
  "response.function_call_arguments.done": "arguments",
  "response.custom_tool_call_input.done": "input",
};
const CALLS = new Set(["function_call", "custom_tool_call"]);

type Fields = Readonly<Record<string, unknown>> & { readonly type: string };

function checkEvent(event: ResponseStreamEvent, items: Seen[]): void {
  if (event.type === "response.output_item.added") {
    expect(event.output_index).toBe(items.length);
    const { id, type } = event.item as { id: string; type: string };
    expect(id).toBeString();
    items.push({ id, type, pieces: new Map(), open: new Set(), done: undefined });
    return;
  }
  const fields = event as unknown as Fields;
  const item = items[fields.output_index as number];
  if (item === undefined) throw new Error(`${event.type} of an item that is not there`);
  expect(item.done).toBeUndefined();
  if (event.type !== "response.output_item.done") {
    expect(fields.item_id).toBe(item.id);
    checkPart(fields, item);
    return;
  }
  expect(item.open.size).toBe(0);
  expect(event.item.id).toBe(item.id);
  item.done = event.item;
}

function checkPart(event: Fields, item: Seen): void {
  const place = (event.content_index ?? event.summary_index ?? 0) as number;
  if (BEGINS.has(event.type)) {
    expect(item.pieces.has(place)).toBeFalse();
    expect(place).toBe(item.pieces.size);
    item.pieces.set(place, "");
    item.open.add(place);
    return;
  }
  if (!CALLS.has(item.type)) expect(item.open.has(place)).toBeTrue();
  const field = WHOLES[event.type];
  if (ENDS.has(event.type)) item.open.delete(place);
  else if (field !== undefined) expect(event[field]).toBe(item.pieces.get(place) ?? "");
  else if (event.type.endsWith(".delta")) {
    expect(event.delta).not.toBe("");
    item.pieces.set(place, (item.pieces.get(place) ?? "") + String(event.delta));
  } else {
    expect(event.type).toBe("response.output_text.annotation.added");
  }
}
