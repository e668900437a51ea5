import { readSync, writeSync } from "node:fs";
import { decodeFrame, encodeFrame, type Frame } from "./frames.ts";
import { ANSWERS, OUTPUT } from "./descriptors.ts";

/** In the process: reading and writing that the whole process waits for. */

/** Milliseconds until it is tried again where a descriptor does not wait by itself. */
const PAUSE = 1;

const pausing = new Int32Array(new SharedArrayBuffer(4));

function waiting(operate: () => number): number {
  for (;;) {
    try {
      return operate();
    } catch (error) {
      if ((error as { readonly code?: unknown }).code !== "EAGAIN") throw error;
      Atomics.wait(pausing, 0, 0, PAUSE);
    }
  }
}

export function writeFrame(frame: { readonly json: unknown; readonly blobs: readonly Uint8Array[] }): void {
  const bytes = encodeFrame(frame);
  for (let at = 0; at < bytes.byteLength;) at += waiting(() => writeSync(OUTPUT, bytes, at, bytes.byteLength - at));
}

/** The next answer. The process ends when there are none any more: the gateway is gone. */
export function readAnswer(): Frame {
  const head = new Uint8Array(4);
  fill(head);
  const size = new DataView(head.buffer).getUint32(0, true);
  const frame = new Uint8Array(4 + size);
  frame.set(head);
  fill(frame.subarray(4));
  return decodeFrame(frame);
}

function fill(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.byteLength;) {
    const count = waiting(() => readSync(ANSWERS, bytes, at, bytes.byteLength - at, null));
    if (count === 0) throw new Error("The gateway is gone.");
    at += count;
  }
}
