/** The few messages of ZooKeeper's protocol (jute) that reading takes. Numbers are big-endian, texts and buffers begin with their length. */

/** What is asked of a path, and its number on the wire. */
export const OPERATIONS = { exists: 3, getData: 4, getChildren: 8 } as const;

/** An operation on a path; each leaves a watch. */
export type Operation = keyof typeof OPERATIONS;

const PING = 11;
const CLOSE = -11;
const PING_XID = -2;
const EVENT_XID = -1;

/** An answer, or a message without a question. */
export type Incoming =
  | { readonly kind: "answer"; readonly xid: number; readonly error: number; readonly body: Reader }
  | { readonly kind: "event"; readonly path: string }
  | { readonly kind: "ping" };

/** Asks for a new session. */
export function connectMessage(sessionTimeout: number): Buffer {
  const body = Buffer.alloc(45);
  body.writeInt32BE(sessionTimeout, 12);
  body.writeInt32BE(16, 24);
  return framed(body);
}

/** The session's time-out in the answer to that; 0 or less: there is none. */
export function readConnected(frame: Buffer): number {
  return new Reader(frame).skip(4).int();
}

/** A question; its answer has the same `xid`. */
export function requestMessage(xid: number, operation: Operation, path: string): Buffer {
  const text = Buffer.from(path);
  const body = Buffer.alloc(13 + text.length);
  body.writeInt32BE(xid, 0);
  body.writeInt32BE(OPERATIONS[operation], 4);
  body.writeInt32BE(text.length, 8);
  text.copy(body, 12);
  body.writeUInt8(1, 12 + text.length);
  return framed(body);
}

/** A sign of life. */
export function pingMessage(): Buffer {
  return bare(PING_XID, PING);
}

/** Ends the session. */
export function closeMessage(xid: number): Buffer {
  return bare(xid, CLOSE);
}

/** Reads what comes after the session is there. */
export function readIncoming(frame: Buffer): Incoming {
  const body = new Reader(frame);
  const xid = body.int();
  const error = body.skip(8).int();
  if (xid === PING_XID) return { kind: "ping" };
  if (xid === EVENT_XID) return { kind: "event", path: body.skip(8).text() };
  return { kind: "answer", xid, error, body };
}

function bare(xid: number, type: number): Buffer {
  const body = Buffer.alloc(8);
  body.writeInt32BE(xid, 0);
  body.writeInt32BE(type, 4);
  return framed(body);
}

function framed(body: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeInt32BE(body.length);
  return Buffer.concat([head, body]);
}

/** Reads a frame from left to right; what is beyond its end throws a RangeError. */
export class Reader {
  readonly #frame: Buffer;
  #at = 0;

  constructor(frame: Buffer) {
    this.#frame = frame;
  }

  skip(bytes: number): this {
    this.#at += bytes;
    return this;
  }

  int(): number {
    const value = this.#frame.readInt32BE(this.#at);
    this.#at += 4;
    return value;
  }

  /** Empty for none. */
  bytes(): Buffer {
    const length = Math.max(0, this.int());
    if (this.#at + length > this.#frame.length) throw new RangeError("a length beyond the message's end");
    const value = this.#frame.subarray(this.#at, this.#at + length);
    this.#at += length;
    return value;
  }

  text(): string {
    return this.bytes().toString("utf8");
  }

  texts(): readonly string[] {
    const texts: string[] = [];
    for (let left = this.int(); left > 0; left--) texts.push(this.text());
    return texts;
  }
}

/** Cuts a stream into frames. Throws a RangeError for one that is larger than `most`. */
export class FrameCutter {
  #rest: Buffer = Buffer.alloc(0);
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  /** Frames that are whole now. */
  *cut(chunk: Buffer): Generator<Buffer> {
    let data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (data.length >= 4) {
      const length = data.readInt32BE(0);
      if (length < 0 || length > this.#most) throw new RangeError(`a message of ${length} bytes`);
      if (data.length < 4 + length) break;
      const frame = data.subarray(4, 4 + length);
      data = data.subarray(4 + length);
      yield frame;
    }
    this.#rest = data;
  }
}
