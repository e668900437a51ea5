import type {
  ChatEvent,
  FinishEvent,
  NativeEvent,
  ReasoningEvent,
  StartEvent,
  ToolCallEvent,
  Usage,
} from "../../core/chat.ts";
import type { Reducer, ResponseTarget } from "../../core/codec.ts";
import { faultOf } from "../../core/error-event.ts";
import type { Fault } from "../../core/fault.ts";
import type { JsonObject } from "../../core/json.ts";
import type { SseFrame } from "../../core/sse.ts";
import { Losses } from "../losses.ts";
import { allSayNothing, saysNothing } from "../vendor-metadata.ts";
import { encodeCallHead, encodeHead, encodeSeal, endFields } from "./answer-encode.ts";
import { errorFrame } from "./error.ts";
import { encodeStopReason } from "./finish-reason.ts";
import { toClaudeId } from "./tool-ids.ts";
import { encodeDeltaUsage, encodeUsage } from "./usage.ts";
import { PROTOCOL } from "./wire.ts";
import { cutShort } from "../stream-faults.ts";

type BlockEvent = Extract<ChatEvent, { block: number }>;
type ContentEvent = Exclude<BlockEvent, { type: "block-end" }>;

/** The block that is being written; Claude has one at a time. */
interface Open {
  readonly block: number;
  readonly type: "text" | "thinking" | "call" | "custom-call";
  /** Whether a piece of a custom tool's text was written. */
  begun: boolean;
}

/** A block that must wait until the open tool call is complete. */
interface Waiting {
  readonly events: ContentEvent[];
  ended: boolean;
}

/** What an encoder of a stream remembers. */
export interface Encoding {
  readonly target: ResponseTarget;
  readonly losses: Losses;
  /** The begin, held back until the next event, which may tell the input's tokens. */
  head: StartEvent | undefined;
  started: boolean;
  finish: FinishEvent | undefined;
  failed: boolean;
  usage: Usage | undefined;
  open: Open | undefined;
  /** Index of the next block on the wire. */
  next: number;
  /** In order of appearance. */
  readonly waiting: Map<number, Waiting>;
  /** Whether a refusal, or a call that the client must run, was written. */
  refused: boolean;
  called: boolean;
}

export function newEncoding(target: ResponseTarget): Encoding {
  return {
    target,
    losses: new Losses(PROTOCOL, saysNothing),
    head: undefined,
    started: false,
    finish: undefined,
    failed: false,
    usage: undefined,
    open: undefined,
    next: 0,
    waiting: new Map(),
    refused: false,
    called: false,
  };
}

function frame(event: string, value: object): SseFrame {
  return { event, data: JSON.stringify(value) };
}

const PING: SseFrame = { event: "ping", data: `{"type":"ping"}` };

function writeStart(state: Encoding, out: SseFrame[]): void {
  if (state.started) return;
  state.started = true;
  const message = encodeHead(state.head ?? {}, state.target, state.losses);
  message.content = [];
  message.stop_reason = null;
  message.usage = encodeUsage(state.usage, state.losses);
  out.push(frame("message_start", { type: "message_start", message }));
}

/** Content of the open block is written; another block's closes it, unless it is a tool call that is not complete. */
function onContent(state: Encoding, event: ContentEvent, out: SseFrame[]): void {
  if (state.finish !== undefined) return;
  if (event.choice !== undefined && event.choice !== 0) {
    state.losses.dropped(`choices[${event.choice}]`);
    return;
  }
  const { open } = state;
  if (open?.block === event.block && !opensAnew(open, event)) {
    writePiece(state, open, event, out);
    return;
  }
  const waiting = state.waiting.get(event.block);
  if (waiting !== undefined) waiting.events.push(event);
  else if (open !== undefined && isCall(open)) state.waiting.set(event.block, { events: [event], ended: false });
  else openBlock(state, event, out);
}

function isCall(open: Open): boolean {
  return open.type === "call" || open.type === "custom-call";
}

/** Encrypted reasoning is a block of its own on this wire. */
function opensAnew(open: Open, event: ContentEvent): boolean {
  return open.type === "thinking" && event.type === "reasoning" && event.redacted !== undefined;
}

function openBlock(state: Encoding, event: ContentEvent, out: SseFrame[]): void {
  switch (event.type) {
    case "text":
    case "refusal":
      // Claude refuses empty text when the client sends it back.
      if (event.text === "") return;
      begin(state, event.block, "text", { type: "text", text: "", citations: null }, out);
      break;
    case "citation":
      if (event.citation.protocol === PROTOCOL) {
        begin(state, event.block, "text", { type: "text", text: "", citations: null }, out);
      }
      break;
    case "reasoning":
      if (!openReasoning(state, event, out)) return;
      break;
    case "tool-call":
      openCall(state, event, out);
      return;
    case "native":
      writeNative(state, event, out);
      return;
    case "media":
      state.losses.dropped(`choices[0].content[${event.block}].${event.part.kind}`);
      return;
    case "tool-input":
      return;
  }
  if (state.open !== undefined) writePiece(state, state.open, event, out);
  else if (event.type === "citation") state.losses.dropped(`choices[0].content[${event.block}].citations`);
}

/** Whether a thinking block was opened for the event's text. */
function openReasoning(state: Encoding, event: ReasoningEvent, out: SseFrame[]): boolean {
  if (event.redacted !== undefined) {
    whole(state, { type: "redacted_thinking", data: encodeSeal(event.redacted, event.sealedBy) }, out);
    return false;
  }
  if (event.text === "" && event.signature === undefined) return false;
  begin(state, event.block, "thinking", { type: "thinking", thinking: "", signature: "" }, out);
  return true;
}

function openCall(state: Encoding, event: ToolCallEvent, out: SseFrame[]): void {
  const path = `choices[0].content[${event.block}]`;
  const custom = event.kind === "custom";
  if (custom) state.losses.approximated(`${path}.tool_call`, "a custom tool's text is sent as a function's input");
  if (event.kind !== "server") state.called = true;
  const block = encodeCallHead({ ...event, id: toClaudeId(event.id) }, path, state.losses);
  begin(state, event.block, custom ? "custom-call" : "call", block, out);
}

function writeNative(state: Encoding, event: NativeEvent, out: SseFrame[]): void {
  if (event.protocol === PROTOCOL) whole(state, event.value, out);
  else if (!allSayNothing(event.value)) state.losses.dropped(`choices[0].content[${event.block}]`);
}

function begin(state: Encoding, block: number, type: Open["type"], value: JsonObject, out: SseFrame[]): void {
  closeBlock(state, out);
  state.open = { block, type, begun: false };
  out.push(frame("content_block_start", { type: "content_block_start", index: state.next, content_block: value }));
}

function whole(state: Encoding, value: JsonObject, out: SseFrame[]): void {
  begin(state, -1, "text", value, out);
  closeBlock(state, out);
}

/** Put together by hand: this is what runs for every token. */
function delta(state: Encoding, type: string, field: string, text: string, out: SseFrame[]): void {
  out.push({
    event: "content_block_delta",
    data: `{"type":"content_block_delta","index":${state.next},"delta":{"type":"${type}","${field}":${JSON.stringify(text)}}}`,
  });
}

function writePiece(state: Encoding, open: Open, event: ContentEvent, out: SseFrame[]): void {
  switch (event.type) {
    case "refusal":
      state.refused = true;
      if (event.logprobs !== undefined) state.losses.dropped("logprobs");
      if (event.text !== "") delta(state, "text_delta", "text", event.text, out);
      return;
    case "text":
      if (event.logprobs !== undefined) state.losses.dropped("logprobs");
      if (event.text !== "") delta(state, "text_delta", "text", event.text, out);
      return;
    case "reasoning":
      if (event.text !== "") delta(state, "thinking_delta", "thinking", event.text, out);
      if (event.signature !== undefined) {
        delta(state, "signature_delta", "signature", encodeSeal(event.signature, event.sealedBy), out);
      }
      return;
    case "tool-input":
      if (open.type === "custom-call") writeCustomPiece(state, open, event.text, out);
      else if (event.text !== "") delta(state, "input_json_delta", "partial_json", event.text, out);
      return;
    case "citation":
      writeCitation(state, event, out);
      return;
    default:
  }
}

function writeCitation(state: Encoding, event: Extract<ChatEvent, { type: "citation" }>, out: SseFrame[]): void {
  const { citation } = event;
  if (citation.protocol !== PROTOCOL) {
    state.losses.dropped(`choices[0].content[${event.block}].citations`);
    return;
  }
  const value = { type: "citations_delta", citation: citation.value };
  out.push(frame("content_block_delta", { type: "content_block_delta", index: state.next, delta: value }));
}

/** A custom tool's text becomes the JSON string of its one field, escaped piece by piece. */
function writeCustomPiece(state: Encoding, open: Open, text: string, out: SseFrame[]): void {
  const escaped = JSON.stringify(text).slice(1, -1);
  delta(state, "input_json_delta", "partial_json", open.begun ? escaped : `{"input":"${escaped}`, out);
  open.begun = true;
}

function closeBlock(state: Encoding, out: SseFrame[]): void {
  const { open } = state;
  if (open === undefined) return;
  if (open.type === "custom-call") {
    delta(state, "input_json_delta", "partial_json", open.begun ? `"}` : `{"input":""}`, out);
  }
  out.push({ event: "content_block_stop", data: `{"type":"content_block_stop","index":${state.next}}` });
  state.next++;
  state.open = undefined;
}

/** Writes the blocks that wait, up to one that is not complete, which becomes the open one. */
function release(state: Encoding, out: SseFrame[]): void {
  for (const [block, { events, ended }] of state.waiting) {
    if (state.open !== undefined && isCall(state.open)) return;
    state.waiting.delete(block);
    for (const event of events) onContent(state, event, out);
    if (ended && state.open?.block === block) closeBlock(state, out);
  }
}

function onBlockEnd(state: Encoding, block: number, choice: number | undefined, out: SseFrame[]): void {
  if (choice !== undefined && choice !== 0) return;
  const waiting = state.waiting.get(block);
  if (waiting !== undefined) waiting.ended = true;
  if (state.open?.block !== block) return;
  closeBlock(state, out);
  release(state, out);
}

function onFinish(state: Encoding, event: FinishEvent, out: SseFrame[]): void {
  if (state.finish !== undefined) return;
  if (event.choice !== undefined && event.choice !== 0) return;
  for (const waiting of state.waiting.values()) waiting.ended = true;
  closeBlock(state, out);
  release(state, out);
  closeBlock(state, out);
  state.finish = event;
}

function writeEnd(state: Encoding, { reason, rest }: FinishEvent, out: SseFrame[]): void {
  const { container, stop_details: details, ...besides } = endFields(rest, state.losses);
  const stop = {
    stop_reason: encodeStopReason(reason, state.refused, state.called, state.losses),
    stop_sequence: reason.stopSequence ?? null,
    stop_details: details ?? null,
    container: container ?? null,
  };
  const usage = encodeDeltaUsage(state.usage, state.losses);
  out.push(frame("message_delta", { ...besides, type: "message_delta", delta: stop, usage }));
  out.push({ event: "message_stop", data: `{"type":"message_stop"}` });
}

function fail(state: Encoding, fault: Fault, out: SseFrame[]): void {
  state.failed = true;
  out.push(errorFrame(fault, null));
}

/**
 * Claude's stream. Its grammar knows one open block: tool calls that interleave are written one after the other, the first as it comes,
 * the others as soon as it is complete. The usage and the end wait for `end`, since OpenAI's usage follows the finish.
 */
export const streamEncoder: Omit<Reducer<Encoding, ChatEvent, SseFrame>, "init"> = {
  step(state, event) {
    const out: SseFrame[] = [];
    if (state.failed) return out;
    if (event.type === "start") {
      state.head ??= event;
      return out;
    }
    if (event.type === "usage") {
      state.usage = event.usage;
      return out;
    }
    if (event.type === "error") {
      fail(state, faultOf(event), out);
      return out;
    }
    if (!state.started && (state.head !== undefined || event.type !== "ping")) writeStart(state, out);
    if (event.type === "ping") out.push(PING);
    else if (event.type === "finish") onFinish(state, event, out);
    else if (event.type === "block-end") onBlockEnd(state, event.block, event.choice, out);
    else onContent(state, event, out);
    return out;
  },
  end(state) {
    const out: SseFrame[] = [];
    if (state.failed) return out;
    if (state.finish === undefined) {
      fail(state, cutShort(), out);
      return out;
    }
    writeStart(state, out);
    writeEnd(state, state.finish, out);
    return out;
  },
};
