/**
 * A text in the binary JSON of fastjson2, behind its length: in it providers of Dubbo 3.2 and later tell what went wrong, however they were
 * called. Undefined: it is something else.
 */
export function fastjson2Text(body: Uint8Array): string | undefined {
  const bytes = body.subarray(LENGTH);
  const [code = 0, size = 0, more = 0, last = 0] = bytes;
  if (code >= SHORT && code < ASCII) return decoded(bytes, 1, code - SHORT);
  if (code !== ASCII && code !== UTF8) return undefined;
  if (size < 0x30) return decoded(bytes, 2, size);
  if (size < 0x40) return decoded(bytes, 3, ((size - 0x38) << 8) | more);
  if (size < 0x48) return decoded(bytes, 4, ((size - 0x44) << 16) | (more << 8) | last);
  return undefined;
}

/** Bytes before the value: how long it is. */
const LENGTH = 4;

/** From here on the code itself has the length. */
const SHORT = 0x49;
const ASCII = 0x79;
const UTF8 = 0x7a;

function decoded(bytes: Uint8Array, from: number, length: number): string {
  return new TextDecoder().decode(bytes.subarray(from, from + length));
}
