import { joined } from "../../core/collect-bytes.ts";
import type { Json } from "../../core/json.ts";

/**
 * What gateway and process tell each other, as bytes: the length of the rest, the number of blobs, their lengths, then JSON, then the blobs. All
 * numbers are 32 bits, little endian. Neither side takes the other's objects as they are: the process is not trusted.
 */
export interface Frame {
  readonly json: Json;
  /** Bodies and other bytes, which JSON has no place for. */
  readonly blobs: readonly Uint8Array<ArrayBuffer>[];
}

/** The most that one frame may have: a body of 32 MiB, and room for what comes with it. */
const MAX_FRAME = 80 * 1024 * 1024;
const MAX_BLOBS = 4096;

/** A frame as bytes. Throws a RangeError if it would be too large. */
export function encodeFrame({
  json,
  blobs,
}: {
  readonly json: unknown;
  readonly blobs: readonly Uint8Array[];
}): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(JSON.stringify(json));
  const parts = [text, ...blobs];
  const head = 4 * (2 + parts.length);
  const size = parts.reduce((sum, part) => sum + part.byteLength, head);
  if (size > MAX_FRAME || blobs.length > MAX_BLOBS)
    throw new RangeError("What is to be sent to the plugin's process, or from it, is too large.");
  const frame = new Uint8Array(size);
  const view = new DataView(frame.buffer);
  view.setUint32(0, size - 4, true);
  view.setUint32(4, blobs.length, true);
  let at = head;
  for (const [index, part] of parts.entries()) {
    view.setUint32(8 + 4 * index, part.byteLength, true);
    frame.set(part, at);
    at += part.byteLength;
  }
  return frame;
}

/** Puts frames together from bytes that are cut anywhere. Throws an Error for what can be none. */
export class FrameDecoder {
  #chunks: Uint8Array[] = [];
  #length = 0;

  push(bytes: Uint8Array): readonly Frame[] {
    this.#chunks.push(bytes);
    this.#length += bytes.byteLength;
    const frames: Frame[] = [];
    for (let size = this.#nextSize(); size !== undefined && this.#length >= size; size = this.#nextSize()) {
      frames.push(decodeFrame(this.#take(size)));
    }
    return frames;
  }

  /** With its length; undefined until that has come. */
  #nextSize(): number | undefined {
    if (this.#length < 4) return undefined;
    const head = this.#whole();
    const size = 4 + new DataView(head.buffer, head.byteOffset).getUint32(0, true);
    if (size > MAX_FRAME) throw new Error("A message is too large.");
    // A large frame's chunks are put together once, when all have come.
    return size;
  }

  /** The first chunk, which has at least the length. */
  #whole(): Uint8Array {
    const [first] = this.#chunks;
    if (first !== undefined && first.byteLength >= 4) return first;
    return this.#joined();
  }

  #take(size: number): Uint8Array {
    const whole = this.#chunks.length === 1 ? this.#chunks[0]! : this.#joined();
    this.#chunks = whole.byteLength === size ? [] : [whole.subarray(size)];
    this.#length -= size;
    return whole.subarray(0, size);
  }

  #joined(): Uint8Array {
    const whole = joined(this.#chunks, this.#length);
    this.#chunks = [whole];
    return whole;
  }
}

/** Reads one whole frame. Throws an Error if it is none. */
export function decodeFrame(frame: Uint8Array): Frame {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const count = frame.byteLength >= 12 ? view.getUint32(4, true) : MAX_BLOBS + 1;
  let at = 4 * (3 + count);
  if (count > MAX_BLOBS || at > frame.byteLength) throw new Error("A message is damaged.");
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (let index = 0; index <= count; index++) {
    const end = at + view.getUint32(8 + 4 * index, true);
    if (end > frame.byteLength) throw new Error("A message is damaged.");
    parts.push(frame.slice(at, end));
    at = end;
  }
  const [text, ...blobs] = parts;
  if (at !== frame.byteLength) throw new Error("A message is damaged.");
  return { json: JSON.parse(new TextDecoder().decode(text)) as Json, blobs };
}
