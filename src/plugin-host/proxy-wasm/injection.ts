/** Higress' InjectEncodedDataToFilterChainArguments: a protobuf of `body` (1, bytes) and `endstream` (2, bool). */
export interface Injection {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly last: boolean;
}

const BODY = (1 << 3) | 2;
const END_STREAM = 2 << 3;

/** Reads one; undefined for what is none. */
export function decodeInjection(bytes: Uint8Array): Injection | undefined {
  let body = new Uint8Array();
  let last = false;
  let at = 0;

  function varint(): number | undefined {
    let value = 0;
    for (let shift = 0; shift < 35 && at < bytes.length; shift += 7) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    return undefined;
  }

  while (at < bytes.length) {
    const tag = varint();
    const value = varint();
    if (value === undefined) return undefined;
    if (tag === END_STREAM) last = value !== 0;
    else if (tag === BODY && at + value <= bytes.length) {
      body = bytes.slice(at, at + value);
      at += value;
    } else return undefined;
  }
  return { body, last };
}
