import { joined } from "./bytes.ts";
import { LONGEST_ANSWER } from "./call.ts";

/**
 * Messages of the Dubbo protocol (https://dubbo.apache.org/en/docs/v2.7/dev/implementation/): 16 bytes of header (magic number, flags and
 * serialization, status, id, length), and a body.
 */

const HEADER = 16;
const MAGIC = 0xdabb;
const REQUEST = 0x80;
const TWO_WAY = 0x40;
const EVENT = 0x20;
const SERIALIZATION = 0x1f;

/** The number of Hessian 2 among serializations. */
export const HESSIAN2 = 2;

/** The status of an answer that holds a result. */
export const OK = 20;

/** Hessian's `null`: what a heartbeat says. */
const NULL = Uint8Array.of(0x4e);

/** A message as it came. */
export interface Message {
  /** `event`: somebody asks whether this end is alive, or says something of the connection. */
  readonly kind: "answer" | "event" | "request";
  /** An answer is wanted. */
  readonly twoWay: boolean;
  readonly id: bigint;
  readonly status: number;
  /** How the body is written: a call's answer as the call was, but errors of a provider's framework as it likes. */
  readonly serialization: number;
  /** Undefined: it is longer than what is read. */
  readonly body: Uint8Array | undefined;
}

/** A call. */
export function callFrame(id: bigint, body: Uint8Array): Uint8Array {
  return framed(REQUEST | TWO_WAY | HESSIAN2, 0, id, body);
}

/** The question whether the other end is alive. */
export function heartbeat(id: bigint): Uint8Array {
  return framed(REQUEST | TWO_WAY | EVENT | HESSIAN2, 0, id, NULL);
}

/** The answer to it. */
export function heartbeatAnswer(id: bigint): Uint8Array {
  return framed(EVENT | HESSIAN2, OK, id, NULL);
}

function framed(flags: number, status: number, id: bigint, body: Uint8Array): Uint8Array {
  const header = new Uint8Array(HEADER);
  const view = new DataView(header.buffer);
  view.setUint16(0, MAGIC);
  view.setUint8(2, flags);
  view.setUint8(3, status);
  view.setBigInt64(4, id);
  view.setInt32(12, body.length);
  return joined([header, body]);
}

interface Header extends Omit<Message, "body"> {
  readonly length: number;
}

/** Cuts what comes into messages, wherever the pieces are cut. */
export class MessageReader {
  /** What has come of the next header or body: put together once, however many pieces it is in. */
  #pieces: Uint8Array[] = [];
  #size = 0;
  /** Of the message whose body is awaited. */
  #header: Header | undefined;
  /** So much of a body that is too long is still to come. */
  #skip = 0;

  /** Throws an Error at what is not Dubbo. */
  *read(chunk: Uint8Array): Generator<Message> {
    this.#add(chunk);
    for (;;) {
      this.#header ??= this.#readHeader();
      const header = this.#header;
      if (header === undefined) return;
      const { length, ...message } = header;
      if (length <= LONGEST_ANSWER && this.#size < length) return;
      this.#header = undefined;
      yield { ...message, body: length <= LONGEST_ANSWER ? this.#take(length) : this.#leaveOut(length) };
    }
  }

  #add(chunk: Uint8Array): void {
    const rest = chunk.subarray(Math.min(this.#skip, chunk.length));
    this.#skip -= chunk.length - rest.length;
    if (rest.length > 0) this.#pieces.push(rest);
    this.#size += rest.length;
  }

  #take(count: number): Uint8Array {
    const [first] = this.#pieces;
    const whole = first === undefined || this.#pieces.length > 1 ? joined(this.#pieces) : first;
    this.#size -= count;
    this.#pieces = this.#size === 0 ? [] : [whole.subarray(count)];
    return whole.subarray(0, count);
  }

  #leaveOut(count: number): undefined {
    const rest = this.#take(this.#size);
    this.#skip = count;
    this.#add(rest);
  }

  #readHeader(): Header | undefined {
    if (this.#size < HEADER) return undefined;
    const bytes = this.#take(HEADER);
    const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER);
    if (view.getUint16(0) !== MAGIC) throw new Error("what came is not the Dubbo protocol");
    const flags = view.getUint8(2);
    const kind = (flags & EVENT) !== 0 ? "event" : (flags & REQUEST) !== 0 ? "request" : "answer";
    return {
      kind,
      twoWay: (flags & (REQUEST | TWO_WAY)) === (REQUEST | TWO_WAY),
      id: view.getBigInt64(4),
      status: view.getUint8(3),
      serialization: flags & SERIALIZATION,
      length: view.getUint32(12),
    };
  }
}
