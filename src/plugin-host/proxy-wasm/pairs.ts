import type { Header } from "../../core/header-list.ts";
import { latin1Of } from "./guest-memory.ts";

const encoder = new TextEncoder();

/** More than any proxy lets through; a count that is larger is a broken guest's. */
const MAX_PAIRS = 10_000;

/**
 * A header map as the ABI writes it, little endian: the count, then the sizes of each key and value, then each key and value with a NUL
 * behind it. No headers are no bytes.
 */
export function encodePairs(pairs: readonly Header[]): Uint8Array<ArrayBuffer> {
  if (pairs.length === 0) return new Uint8Array();
  let text = "";
  for (const [name, value] of pairs) text += `${name}\0${value}\0`;
  const head = 4 + pairs.length * 8;
  const bytes = new Uint8Array(head + text.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, pairs.length, true);
  for (const [index, [name, value]] of pairs.entries()) {
    view.setUint32(4 + index * 8, name.length, true);
    view.setUint32(8 + index * 8, value.length, true);
  }
  writeLatin1(text, bytes.subarray(head));
  return bytes;
}

/** Reads what {@link encodePairs} writes; names come out in lower case. Undefined for anything else. */
export function decodePairs(bytes: Uint8Array): readonly Header[] | undefined {
  // An empty map may also be one zero byte, and some SDKs write a count of 0.
  if (bytes.length < 4) return bytes.every((byte) => byte === 0) ? [] : undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint32(0, true);
  const head = 4 + count * 8;
  if (count > MAX_PAIRS || head > bytes.length) return undefined;
  // One text that is cut costs less than many.
  const text = latin1Of(bytes.subarray(head));
  let at = 0;
  const pairs: Header[] = [];
  for (let index = 0; index < count; index++) {
    const nameEnd = at + view.getUint32(4 + index * 8, true);
    const valueEnd = nameEnd + 1 + view.getUint32(8 + index * 8, true);
    if (valueEnd >= text.length) return undefined;
    pairs.push([text.slice(at, nameEnd).toLowerCase(), text.slice(nameEnd + 1, valueEnd)]);
    at = valueEnd + 1;
  }
  return pairs;
}

/** ASCII, which headers nearly always are, goes in one step. */
function writeLatin1(text: string, room: Uint8Array): void {
  const { read, written } = encoder.encodeInto(text, room);
  if (read === text.length && written === text.length) return;
  for (let at = 0; at < text.length; at++) room[at] = text.charCodeAt(at);
}
