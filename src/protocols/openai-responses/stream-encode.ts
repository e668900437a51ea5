import type { ChatEvent, FinishEvent, ReasoningEvent, ToolCallEvent, Usage } from "../../core/chat.ts";
import type { ResponseTarget, Stepper } from "../../core/codec.ts";
import { faultOf } from "../../core/error-event.ts";
import type { Fault } from "../../core/fault.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Loss } from "../../core/protocol.ts";
import type { SseFrame } from "../../core/sse.ts";
import { Losses } from "../losses.ts";
import { writeRest } from "../rest.ts";
import { allSayNothing, saysNothing } from "../vendor-metadata.ts";
import { encodeCitation } from "./citations.ts";
import { errorFrame } from "./error.ts";
import { encodeFinish, isCutShort } from "./finish-reason.ts";
import { encodeImageItem } from "./images.ts";
import { itemId } from "./output-items.ts";
import { isContent } from "./reasoning.ts";
import { type Head, responseHead } from "./response-object.ts";
import {
  closeAll,
  emit,
  endPart,
  openCall,
  openSaid,
  openThought,
  openThoughtText,
  type Output,
  type Part,
  type SaidPart,
  wholeItem,
} from "./stream-items.ts";
import { encodeUsage } from "./usage.ts";
import { PROTOCOL } from "./wire.ts";
import { cutShort } from "../stream-faults.ts";

interface State extends Output {
  readonly target: ResponseTarget;
  /** The answer's own fields; undefined until it begins. */
  head: JsonObject | undefined;
  usage: Usage | undefined;
  finish: FinishEvent | undefined;
  refused: boolean;
  failed: boolean;
}

/** Writes canonical events as those of the Responses API. The last event waits for `end`, since it holds the usage. */
export function createEncoder(
  target: ResponseTarget,
): Stepper<ChatEvent, SseFrame> & { readonly losses: readonly Loss[] } {
  const losses = new Losses(PROTOCOL, saysNothing);
  const state: State = {
    target,
    losses,
    base: target.id(),
    sequence: 0,
    items: [],
    blocks: new Map(),
    head: undefined,
    usage: undefined,
    finish: undefined,
    refused: false,
    failed: false,
  };
  return { step: (event) => step(state, event), end: () => end(state), losses: losses.list };
}

function step(state: State, event: ChatEvent): SseFrame[] {
  const out: SseFrame[] = [];
  if (state.failed) return out;
  if ("choice" in event && event.choice !== undefined && event.choice > 0) {
    state.losses.dropped(`choices[${event.choice}]`);
    return out;
  }
  if (state.finish !== undefined && event.type !== "usage" && event.type !== "error") return out;
  (HANDLERS[event.type] as Handler<ChatEvent>)(state, event, out);
  return out;
}

type Handler<E> = (state: State, event: E, out: SseFrame[]) => void;

const HANDLERS: { readonly [K in ChatEvent["type"]]: Handler<Extract<ChatEvent, { type: K }>> } = {
  start: (state, event, out) => begin(state, event, out),
  text(state, { block, text, logprobs }, out) {
    const part = saidPart(state, block, "output_text", text, out);
    if (part === undefined) return;
    part.text += text;
    let scores = "[]";
    if (Array.isArray(logprobs)) {
      part.logprobs.push(...logprobs);
      scores = JSON.stringify(logprobs);
    }
    const tail = `,"content_index":${part.place},"delta":${JSON.stringify(text)},"logprobs":${scores}}`;
    delta(state, "response.output_text.delta", part, tail, out);
  },
  refusal(state, { block, text, logprobs }, out) {
    if (logprobs !== undefined) state.losses.dropped("logprobs");
    const part = saidPart(state, block, "refusal", text, out);
    if (part === undefined) return;
    state.refused = true;
    part.text += text;
    const tail = `,"content_index":${part.place},"delta":${JSON.stringify(text)}}`;
    delta(state, "response.refusal.delta", part, tail, out);
  },
  citation(state, { block, citation }, out) {
    const part = saidPart(state, block, "output_text", undefined, out);
    if (part === undefined) return;
    const annotation = encodeCitation(citation, part.text.length, `${part.path}.citations`, state.losses);
    if (annotation === undefined) return;
    const place = { item_id: part.item.id, output_index: part.item.index, content_index: part.place };
    const index = part.annotations.push(annotation) - 1;
    const fields = { ...place, annotation_index: index, annotation };
    emit(state, "response.output_text.annotation.added", fields, out);
  },
  reasoning: think,
  "tool-call": call,
  "tool-input"(state, { block, text }, out) {
    const part = state.blocks.get(block);
    if (part === undefined || part === null || part.ended || text === "") return;
    if (part.kind !== "function" && part.kind !== "custom") return;
    part.text += text;
    const type = part.kind === "custom" ? "response.custom_tool_call_input" : "response.function_call_arguments";
    delta(state, `${type}.delta`, part, `,"delta":${JSON.stringify(text)}}`, out);
  },
  media(state, { block, part }, out) {
    begin(state, {}, out);
    const item = encodeImageItem(part, itemId("image_generation_call", state.base, state.items.length));
    if (item === undefined) state.losses.dropped(`${contentPath(block)}.${part.kind}`);
    else wholeItem(state, item, out);
  },
  native(state, { block, protocol, value }, out) {
    begin(state, {}, out);
    if (protocol === PROTOCOL) wholeItem(state, value, out);
    else if (!allSayNothing(value)) state.losses.dropped(contentPath(block), "a part only its own protocol knows");
  },
  "block-end"(state, { block }, out) {
    const part = state.blocks.get(block);
    if (part !== undefined && part !== null) endPart(state, part, out);
  },
  finish(state, event, out) {
    begin(state, {}, out);
    closeAll(state, isCutShort(event.reason, state.refused), out);
    state.finish = event;
  },
  usage(state, { usage }) {
    state.usage = usage;
  },
  ping(_state, _event, out) {
    out.push({ comment: "ping" });
  },
  error(state, event, out) {
    fail(state, faultOf(event), out);
  },
};

function contentPath(block: number): string {
  return `choices[0].content[${block}]`;
}

function begin(state: State, head: Head, out: SseFrame[]): void {
  if (state.head !== undefined) return;
  state.head = responseHead(head, state.target, state.base, state.losses);
  const response: JsonObject = {
    ...state.head,
    status: "in_progress",
    incomplete_details: null,
    error: null,
    output: [],
    usage: null,
  };
  emit(state, "response.created", { response }, out);
  emit(state, "response.in_progress", { response }, out);
}

/** A piece's event, put together by hand: this is what runs for every token. `tail` goes on behind the item's place. */
function delta(state: State, type: string, { item }: Part, tail: string, out: SseFrame[]): void {
  const place = `"item_id":${item.idText},"output_index":${item.index}`;
  out.push({ event: type, data: `{"type":"${type}","sequence_number":${state.sequence++},${place}${tail}` });
}

/** The text or refusal of a block, opened when it is new; undefined when there is nothing to add to it. */
function saidPart(
  state: State,
  block: number,
  kind: SaidPart["kind"],
  text: string | undefined,
  out: SseFrame[],
): SaidPart | undefined {
  let part = state.blocks.get(block);
  if (text === "") return undefined;
  if (part === undefined) {
    begin(state, {}, out);
    part = openSaid(state, kind, contentPath(block), out);
    state.blocks.set(block, part);
  }
  return part !== null && part.kind === kind && !part.ended ? part : undefined;
}

function think(state: State, event: ReasoningEvent, out: SseFrame[]): void {
  const { block, text, signature, redacted, sealedBy, rest } = event;
  let part = state.blocks.get(block);
  if (part === undefined) {
    begin(state, {}, out);
    part = openThought(state, contentPath(block), rest, out);
    state.blocks.set(block, part);
  }
  if (part === null || part.kind !== "reasoning" || part.ended) return;
  if (text !== "" && part.text === "") openThoughtText(state, part, out);
  // Where the text goes was said by its first piece.
  if (rest !== undefined && (part.text === "" || isContent(rest) === isContent(part.rest))) part.rest = rest;
  if (signature !== undefined) part.signature = signature;
  if (redacted !== undefined) part.redacted = redacted;
  if (sealedBy !== undefined) part.sealedBy = sealedBy;
  if (text === "") return;
  part.text += text;
  const [type, place] = isContent(part.rest)
    ? (["response.reasoning_text.delta", "content_index"] as const)
    : (["response.reasoning_summary_text.delta", "summary_index"] as const);
  delta(state, type, part, `,"${place}":0,"delta":${JSON.stringify(text)}}`, out);
}

function call(state: State, event: ToolCallEvent, out: SseFrame[]): void {
  const { block, rest, kind } = event;
  const path = contentPath(block);
  begin(state, {}, out);
  if (kind === "server") {
    state.losses.dropped(path, "a tool its vendor ran");
    state.blocks.set(block, null);
    return;
  }
  if (state.blocks.has(block)) return;
  const own: JsonObject = {};
  writeRest(own, rest, path, state.losses);
  state.blocks.set(block, openCall(state, event, own, path, out));
}

function fail(state: State, fault: Fault, out: SseFrame[]): void {
  state.failed = true;
  out.push(errorFrame(fault, state.sequence++));
}

/** The last event says that the answer is whole, so one without a finish reason gets an error in its place. */
function end(state: State): SseFrame[] {
  const out: SseFrame[] = [];
  if (state.failed) return out;
  const { finish, losses, usage } = state;
  if (finish === undefined) {
    fail(state, cutShort(), out);
    return out;
  }
  const ending = encodeFinish(finish.reason, state.refused, losses);
  writeRest(ending, finish.rest, "choices[0]", losses);
  const response: JsonObject = {
    ...state.head,
    ...ending,
    error: null,
    output: state.items.map(({ wire }) => wire),
    usage: usage === undefined ? null : encodeUsage(usage, losses),
  };
  const type = ending.status === "incomplete" ? "response.incomplete" : "response.completed";
  emit(state, type, { response }, out);
  return out;
}
