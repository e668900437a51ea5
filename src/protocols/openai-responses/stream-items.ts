/** The items of a stream's output: opened, filled and closed in the order the Responses API's events have. */
import type { ProtocolName } from "../../core/protocol.ts";
import type { ReasoningPart, Rest, ToolCallPart } from "../../core/chat.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { SseFrame } from "../../core/sse.ts";
import type { Losses } from "../losses.ts";
import { callItem } from "./input-encode.ts";
import { itemId, type PREFIXES, reasoningItem } from "./output-items.ts";
import { isContent } from "./reasoning.ts";

/** The output so far. */
export interface Output {
  readonly losses: Losses;
  /** Makes the ids of items unlike those of other answers'. */
  readonly base: string;
  /** The number of the next event. */
  sequence: number;
  readonly items: Item[];
  /** The item of each block; null for a block that cannot be said. */
  readonly blocks: Map<number, Part | null>;
}

/** An item of the output. `wire` is what is known of it; whole when it is done. */
export interface Item {
  readonly index: number;
  readonly id: string;
  /** `id` as JSON text, for events put together by hand. */
  readonly idText: string;
  wire: JsonObject;
  readonly parts: Part[];
  done: boolean;
}

interface PartBase {
  readonly item: Item;
  readonly path: string;
  text: string;
  ended: boolean;
}

/** A text or a refusal of a message, at its place in the message's content. */
export interface SaidPart extends PartBase {
  readonly kind: "output_text" | "refusal";
  readonly place: number;
  readonly annotations: JsonObject[];
  readonly logprobs: Json[];
}

/** The one part of a reasoning item. */
export interface ThoughtPart extends PartBase {
  readonly kind: "reasoning";
  signature?: string;
  redacted?: string;
  sealedBy?: ProtocolName;
  rest?: Rest;
}

/** A call's input. */
export interface CallPart extends PartBase {
  readonly kind: "function" | "custom";
  readonly call: Pick<ToolCallPart, "id" | "name" | "kind">;
  /** Fields of the vendor's own. */
  readonly own: JsonObject;
}

export type Part = SaidPart | ThoughtPart | CallPart;

/** Adds an event. */
export function emit(output: Output, type: string, fields: JsonObject, out: SseFrame[]): void {
  out.push({ event: type, data: JSON.stringify({ type, sequence_number: output.sequence++, ...fields }) });
}

/** Opens an item, whose `wire` lacks its id. */
function openItem(output: Output, kind: keyof typeof PREFIXES, wire: JsonObject, out: SseFrame[]): Item {
  const last = output.items.at(-1);
  if (last !== undefined && last.parts.every(({ ended }) => ended)) closeItem(output, last, out);
  const index = output.items.length;
  const id = typeof wire.id === "string" ? wire.id : itemId(kind, output.base, index);
  const item: Item = { index, id, idText: JSON.stringify(id), wire: { ...wire, id }, parts: [], done: false };
  output.items.push(item);
  emit(output, "response.output_item.added", { output_index: index, item: item.wire }, out);
  return item;
}

/** Adds an item that is complete from the first. */
export function wholeItem(output: Output, wire: JsonObject, out: SseFrame[]): void {
  closeItem(output, openItem(output, "message", wire, out), out);
}

/** Opens a text or a refusal: in the message that came last, or in a new one. */
export function openSaid(output: Output, kind: SaidPart["kind"], path: string, out: SseFrame[]): SaidPart {
  const last = output.items.at(-1);
  const open = last !== undefined && !last.done && last.wire.type === "message" ? last : undefined;
  const head: JsonObject = { type: "message", status: "in_progress", role: "assistant", content: [] };
  const item = open ?? openItem(output, "message", head, out);
  const place = item.parts.length;
  const part: SaidPart = { item, kind, path, place, text: "", annotations: [], logprobs: [], ended: false };
  item.parts.push(part);
  emit(output, "response.content_part.added", { ...placeOf(part), part: saidValue(part) }, out);
  return part;
}

/** Opens a reasoning item; its text's own events follow with the text. */
export function openThought(output: Output, path: string, rest: Rest | undefined, out: SseFrame[]): ThoughtPart {
  const own = output.losses.restOfThought(rest);
  const id: JsonObject = typeof own?.id === "string" ? { id: own.id } : {};
  const item = openItem(output, "reasoning", { ...id, type: "reasoning", summary: [] }, out);
  const part: ThoughtPart = {
    item,
    kind: "reasoning",
    path,
    text: "",
    ended: false,
    ...(rest === undefined ? {} : { rest }),
  };
  item.parts.push(part);
  return part;
}

/** Opens the part that a reasoning's text goes into: a summary's, or one of the reasoning itself. */
export function openThoughtText(output: Output, part: ThoughtPart, out: SseFrame[]): void {
  const { item, rest } = part;
  const place = { item_id: item.id, output_index: item.index };
  if (isContent(rest)) {
    const value = { type: "reasoning_text", text: "" };
    emit(output, "response.content_part.added", { ...place, content_index: 0, part: value }, out);
  } else {
    const value = { type: "summary_text", text: "" };
    emit(output, "response.reasoning_summary_part.added", { ...place, summary_index: 0, part: value }, out);
  }
}

/** Opens a call. */
export function openCall(
  output: Output,
  call: CallPart["call"],
  own: JsonObject,
  path: string,
  out: SseFrame[],
): CallPart {
  const kind = call.kind === "custom" ? "custom" : "function";
  const field: JsonObject = kind === "custom" ? { input: "" } : { arguments: "" };
  const type = kind === "custom" ? "custom_tool_call" : "function_call";
  const item = openItem(output, type, { ...own, ...callItem(call, ""), status: "in_progress", ...field }, out);
  const part: CallPart = { item, kind, path, call, own, text: "", ended: false };
  item.parts.push(part);
  return part;
}

function placeOf({ item, place }: SaidPart): JsonObject {
  return { item_id: item.id, output_index: item.index, content_index: place };
}

function saidValue({ kind, text, annotations, logprobs }: SaidPart): JsonObject {
  return kind === "refusal" ? { type: kind, refusal: text } : { type: kind, text, annotations, logprobs };
}

/** Ends a part; an item of one part is done with it, a message when another item follows. */
export function endPart(output: Output, part: Part, out: SseFrame[]): void {
  if (part.ended) return;
  if (part.kind === "reasoning") endThought(output, part, out);
  else if ("place" in part) endSaid(output, part, out);
  else endCall(output, part, out);
  part.ended = true;
  if (part.item.wire.type !== "message") closeItem(output, part.item, out);
}

function endSaid(output: Output, part: SaidPart, out: SseFrame[]): void {
  const { kind, text, logprobs } = part;
  const place = placeOf(part);
  if (kind === "refusal") emit(output, "response.refusal.done", { ...place, refusal: text }, out);
  else emit(output, "response.output_text.done", { ...place, text, logprobs }, out);
  emit(output, "response.content_part.done", { ...place, part: saidValue(part) }, out);
}

function endThought(output: Output, part: ThoughtPart, out: SseFrame[]): void {
  const { item, text, rest } = part;
  const place = { item_id: item.id, output_index: item.index };
  if (text !== "" && isContent(rest)) {
    emit(output, "response.reasoning_text.done", { ...place, content_index: 0, text }, out);
    const value = { type: "reasoning_text", text };
    emit(output, "response.content_part.done", { ...place, content_index: 0, part: value }, out);
  } else if (text !== "") {
    emit(output, "response.reasoning_summary_text.done", { ...place, summary_index: 0, text }, out);
    const value = { type: "summary_text", text };
    emit(output, "response.reasoning_summary_part.done", { ...place, summary_index: 0, part: value }, out);
  }
  const thought: Omit<ReasoningPart, "type"> = part;
  // Its id went out already, whatever the vendor calls it in the end.
  item.wire = { ...reasoningItem(thought, item.id, output.losses), id: item.id };
}

function endCall(output: Output, part: CallPart, out: SseFrame[]): void {
  const { item, kind, call, own } = part;
  const place = { item_id: item.id, output_index: item.index };
  if (kind === "custom") {
    emit(output, "response.custom_tool_call_input.done", { ...place, input: part.text }, out);
  } else {
    // Clients parse the arguments as JSON; a call without any has an empty object.
    if (part.text === "") {
      part.text = "{}";
      emit(output, "response.function_call_arguments.delta", { ...place, delta: part.text }, out);
    }
    emit(output, "response.function_call_arguments.done", { ...place, name: call.name, arguments: part.text }, out);
  }
  item.wire = { ...own, id: item.id, status: "completed", ...callItem(call, part.text) };
}

function closeItem(output: Output, item: Item, out: SseFrame[], status = "completed"): void {
  if (item.done) return;
  item.done = true;
  if (item.wire.type === "message" && item.parts.length > 0) {
    const content = item.parts.flatMap((part) => ("place" in part ? [saidValue(part)] : []));
    item.wire = { ...item.wire, status, content };
  }
  emit(output, "response.output_item.done", { output_index: item.index, item: item.wire }, out);
}

/** Closes all that is open; `cut`: the answer was cut short in the message it ends in. */
export function closeAll(output: Output, cut: boolean, out: SseFrame[]): void {
  const last = output.items.at(-1);
  for (const item of output.items) {
    for (const part of item.parts) endPart(output, part, out);
    closeItem(output, item, out, cut && item === last ? "incomplete" : "completed");
  }
}
