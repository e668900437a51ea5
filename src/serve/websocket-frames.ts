/**
 * The frames of RFC 6455 as either side reads and writes them: a reducer over bytes, cut anywhere. No extensions.
 */

import { joined } from "../core/collect-bytes.ts";

/** What the peer sent. `text` and `binary` are whole messages. */
export type WebSocketInput =
  | { readonly type: "text"; readonly data: string }
  | { readonly type: "binary"; readonly data: Uint8Array<ArrayBuffer> }
  | { readonly type: "ping" | "pong"; readonly data: Uint8Array }
  | { readonly type: "close"; readonly code: number; readonly reason: string }
  /** The peer broke the protocol: close with this code. Nothing after it is read. */
  | { readonly type: "violation"; readonly code: 1002 | 1007 | 1009; readonly reason: string };

/** The opcodes of section 5.2. */
export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

interface Message {
  readonly opcode: number;
  readonly parts: Uint8Array<ArrayBuffer>[];
  size: number;
}

/** What is known between two pieces of input. Only `readFrames` changes it. */
export interface FrameState {
  /** Bytes of a frame that has not come whole. */
  pending: Uint8Array;
  /** A message whose last fragment has not come. */
  message: Message | undefined;
  ended: boolean;
  readonly limit: number;
  /** Whether the peer has to mask its frames: clients must, servers must not. */
  readonly masked: boolean;
}

/** A reader's begin; a message longer than `limit` bytes is a violation. What a server reads is `masked`. */
export function frameState(limit: number, masked = true): FrameState {
  return { pending: new Uint8Array(0), message: undefined, ended: false, limit, masked };
}

interface Frame {
  readonly final: boolean;
  readonly opcode: number;
  readonly payload: Uint8Array<ArrayBuffer>;
  readonly size: number;
}

/** Takes the next bytes and gives what they complete, in order. */
export function readFrames(state: FrameState, bytes: Uint8Array): WebSocketInput[] {
  const inputs: WebSocketInput[] = [];
  let rest = state.pending.length === 0 ? bytes : joined([state.pending, bytes]);
  while (!state.ended) {
    const frame = nextFrame(rest, state);
    if (frame === undefined) break;
    const input = "type" in frame ? frame : take(state, frame);
    if (input !== undefined) inputs.push(input);
    if (input?.type === "violation" || input?.type === "close") state.ended = true;
    if ("type" in frame) break;
    rest = rest.subarray(frame.size);
  }
  // A copy: the socket may use its buffer again.
  state.pending = state.ended ? new Uint8Array(0) : rest.slice();
  return inputs;
}

function violation(code: 1002 | 1007 | 1009, reason: string): WebSocketInput & { type: "violation" } {
  return { type: "violation", code, reason };
}

function nextFrame(
  bytes: Uint8Array,
  { limit, masked }: FrameState,
): Frame | (WebSocketInput & { type: "violation" }) | undefined {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return undefined;
  if ((first & 0x70) !== 0) return violation(1002, "reserved bits are set");
  if (((second & 0x80) !== 0) !== masked)
    return violation(1002, masked ? "a client's frames must be masked" : "a server's frames must not be masked");
  const opcode = first & 0x0f;
  const control = opcode >= 8;
  const final = (first & 0x80) !== 0;
  const short = second & 0x7f;
  if (control && (!final || short > 125)) return violation(1002, "a control frame is fragmented or too long");
  const wide = short === 126 ? 2 : short === 127 ? 8 : 0;
  const head = 2 + wide + (masked ? 4 : 0);
  if (bytes.length < head) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = wide === 2 ? view.getUint16(2) : wide === 8 ? Number(view.getBigUint64(2)) : short;
  if (length > limit) return violation(1009, "the message is too big");
  if (bytes.length < head + length) return undefined;
  const sent = bytes.subarray(head, head + length);
  const payload = masked ? unmasked(sent, bytes.subarray(head - 4, head)) : sent.slice();
  return { final, opcode, payload, size: head + length };
}

function unmasked(masked: Uint8Array, key: Uint8Array): Uint8Array<ArrayBuffer> {
  const plain = new Uint8Array(masked.length);
  for (let at = 0; at < masked.length; at++) plain[at] = (masked[at] ?? 0) ^ (key[at & 3] ?? 0);
  return plain;
}

function take(state: FrameState, frame: Frame): WebSocketInput | undefined {
  const { opcode, payload } = frame;
  if (opcode === OPCODE.ping) return { type: "ping", data: payload };
  if (opcode === OPCODE.pong) return { type: "pong", data: payload };
  if (opcode === OPCODE.close) return closing(payload);
  if (opcode > OPCODE.binary) return violation(1002, "the frame's kind is unknown");
  if ((opcode === OPCODE.continuation) !== (state.message !== undefined)) {
    return violation(1002, "fragments are out of order");
  }
  const message = (state.message ??= { opcode, parts: [], size: 0 });
  message.parts.push(payload);
  message.size += payload.length;
  if (message.size > state.limit) return violation(1009, "the message is too big");
  if (!frame.final) return undefined;
  state.message = undefined;
  const data = payloadOf(message.parts);
  if (message.opcode === OPCODE.binary) return { type: "binary", data };
  const text = decoded(data);
  return text === undefined ? violation(1007, "the text is not UTF-8") : { type: "text", data: text };
}

/** Codes a close frame may carry (section 7.4). */
function isSendable(code: number): boolean {
  return (code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006) || isPrivate(code);
}

function isPrivate(code: number): boolean {
  return code >= 3000 && code <= 4999;
}

function closing(payload: Uint8Array): WebSocketInput {
  if (payload.length === 0) return { type: "close", code: 1005, reason: "" };
  const code = ((payload[0] ?? 0) << 8) | (payload[1] ?? 0);
  if (payload.length === 1 || !isSendable(code)) return violation(1002, "the close code is not allowed");
  const reason = decoded(payload.subarray(2));
  return reason === undefined ? violation(1007, "the text is not UTF-8") : { type: "close", code, reason };
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function payloadOf(parts: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  return joined(parts);
}

/** One whole frame, masked with a key of four bytes where one is given. */
export function writeFrame(opcode: number, payload: Uint8Array, key?: Uint8Array): Uint8Array {
  const { length } = payload;
  const wide = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const frame = new Uint8Array(2 + wide + (key?.length ?? 0) + length);
  const view = new DataView(frame.buffer);
  frame[0] = 0x80 | opcode;
  frame[1] = wide === 0 ? length : wide === 2 ? 126 : 127;
  if (wide === 2) view.setUint16(2, length);
  if (wide === 8) view.setBigUint64(2, BigInt(length));
  if (key === undefined) frame.set(payload, 2 + wide);
  else {
    frame[1] |= 0x80;
    frame.set(key, 2 + wide);
    frame.set(unmasked(payload, key), 2 + wide + key.length);
  }
  return frame;
}

/** A close frame; a code that may not be sent (1005, 1006, …) gives one without a code. */
export function writeClose(code: number, reason: string, key?: Uint8Array): Uint8Array {
  if (!isSendable(code)) return writeFrame(OPCODE.close, new Uint8Array(0), key);
  const payload = new Uint8Array(125);
  payload[0] = code >> 8;
  payload[1] = code & 0xff;
  // `encodeInto` never writes half a character, so a long reason stays UTF-8.
  const { written } = new TextEncoder().encodeInto(reason, payload.subarray(2));
  return writeFrame(OPCODE.close, payload.subarray(0, 2 + written), key);
}
