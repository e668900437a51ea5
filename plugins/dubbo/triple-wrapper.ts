import { joined } from "./bytes.ts";

/**
 * Triple's messages for services that are defined by Java interfaces (Dubbo's triple_wrapper.proto), as protocol buffers:
 * `TripleRequestWrapper { serializeType = 1, args = 2, argTypes = 3 }` and `TripleResponseWrapper { serializeType = 1, data = 2, type = 3 }`.
 * There is nothing in them but bytes with their lengths.
 */

/** What wraps the arguments of a call. */
export interface TripleRequest {
  readonly serializeType: string;
  readonly args: readonly Uint8Array[];
  readonly argTypes: readonly string[];
}

const LENGTH_DELIMITED = 2;

/** The bytes of a request. */
export function wrapped({ serializeType, args, argTypes }: TripleRequest): Uint8Array {
  const encoder = new TextEncoder();
  return joined([
    ...field(1, encoder.encode(serializeType)),
    ...args.flatMap((one) => field(2, one)),
    ...argTypes.flatMap((one) => field(3, encoder.encode(one))),
  ]);
}

function field(number: number, bytes: Uint8Array): readonly Uint8Array[] {
  return [varint((number << 3) | LENGTH_DELIMITED), varint(bytes.length), bytes];
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest & 127) | 128);
  return Uint8Array.from([...bytes, rest]);
}

/** The `data` of a response. Throws an Error when the bytes are no such message. */
export function unwrapped(bytes: Uint8Array): Uint8Array {
  let data: Uint8Array = new Uint8Array(0);
  let at = 0;
  const number = (): number => {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined) break;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
    throw new Error("it is no message of Triple");
  };
  while (at < bytes.length) {
    const tag = number();
    const end = number() + at;
    if ((tag & 7) !== LENGTH_DELIMITED || end > bytes.length) throw new Error("it is no message of Triple");
    if (tag >> 3 === 2) data = bytes.subarray(at, end);
    at = end;
  }
  return data;
}
