/** A larger message is refused. */
const MOST_BYTES = 64 * 1024 * 1024;

const HEAD = 5;

/** A message as gRPC sends it: not compressed, its length, itself. */
export function framed(message: Uint8Array): Buffer {
  const frame = Buffer.alloc(HEAD + message.length);
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, HEAD);
  return frame;
}

/** Cuts what comes in at whatever places into messages. */
export class MessageCutter {
  #chunks: Buffer[] = [];
  #size = 0;

  /** Messages that are whole now. Throws for what is none, or too large. */
  *cut(chunk: Buffer): Generator<Buffer> {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    for (let length = this.#next(); length !== undefined; length = this.#next()) {
      const data = this.#joined();
      this.#chunks = [data.subarray(HEAD + length)];
      this.#size -= HEAD + length;
      yield data.subarray(HEAD, HEAD + length);
    }
  }

  /** The length of a message that is whole. */
  #next(): number | undefined {
    if (this.#size < HEAD) return undefined;
    const [first] = this.#chunks;
    const head = first !== undefined && first.length >= HEAD ? first : this.#joined();
    const length = head.readUInt32BE(1);
    if (head.readUInt8(0) !== 0 || length > MOST_BYTES) throw new RangeError("no message that is understood");
    return this.#size >= HEAD + length ? length : undefined;
  }

  #joined(): Buffer {
    const [first] = this.#chunks;
    if (this.#chunks.length === 1 && first !== undefined) return first;
    const joined = Buffer.concat(this.#chunks);
    this.#chunks = [joined];
    return joined;
  }
}
