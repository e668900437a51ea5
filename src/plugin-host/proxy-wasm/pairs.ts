import type { Header } from "../../core/header-list.ts";
import { latin1Of } from "./guest-memory.ts";

/** More than any proxy lets through; a count that is larger is a broken guest's. */
const MAX_PAIRS = 10_000;

/**
 * A header map as the ABI writes it, little endian: the count, then the sizes of each key and value, then each key and value with a NUL
 * behind it. No headers are no bytes.
 */
export function encodePairs(pairs: readonly Header[]): Uint8Array<ArrayBuffer> {
  if (pairs.length === 0) return new Uint8Array();
  let size = 4;
  for (const [name, value] of pairs) size += 10 + name.length + value.length;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, pairs.length, true);
  let sizeAt = 4;
  let at = 4 + pairs.length * 8;
  for (const pair of pairs) {
    for (const text of pair) {
      view.setUint32(sizeAt, text.length, true);
      sizeAt += 4;
      for (let index = 0; index < text.length; index++) bytes[at + index] = text.charCodeAt(index);
      at += text.length + 1;
    }
  }
  return bytes;
}

/** Reads what {@link encodePairs} writes; names come out in lower case. Undefined for anything else. */
export function decodePairs(bytes: Uint8Array): readonly Header[] | undefined {
  // An empty map may also be one zero byte, and some SDKs write a count of 0.
  if (bytes.length < 4) return bytes.every((byte) => byte === 0) ? [] : undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint32(0, true);
  let at = 4 + count * 8;
  if (count > MAX_PAIRS || at > bytes.length) return undefined;
  const pairs: Header[] = [];
  for (let index = 0; index < count; index++) {
    const nameEnd = at + view.getUint32(4 + index * 8, true);
    const valueEnd = nameEnd + 1 + view.getUint32(8 + index * 8, true);
    if (valueEnd >= bytes.length) return undefined;
    pairs.push([latin1Of(bytes.subarray(at, nameEnd)).toLowerCase(), latin1Of(bytes.subarray(nameEnd + 1, valueEnd))]);
    at = valueEnd + 1;
  }
  return pairs;
}
