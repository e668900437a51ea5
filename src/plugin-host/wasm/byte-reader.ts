const text = new TextDecoder("utf-8", { fatal: true });

/** Reads a binary module from front to back. Every read is checked: what runs over the end throws an Error that says where. */
export class ByteReader {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;

  constructor(bytes: Uint8Array, at = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get done(): boolean {
    return this.at === this.end;
  }

  byte(): number {
    if (this.at >= this.end) throw this.malformed("it ends too early");
    return this.bytes[this.at++] as number;
  }

  peek(): number {
    return this.at < this.end ? (this.bytes[this.at] as number) : -1;
  }

  skip(count: number): void {
    if (count > this.end - this.at) throw this.malformed("it ends too early");
    this.at += count;
  }

  /** An unsigned LEB128 of at most 32 bits. */
  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      if (shift === 28 && byte > 0x0f) break;
      // No shift by bits: that would make large values negative.
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw this.malformed("a number is too large");
  }

  /** Passes a LEB128, signed or not, of at most 64 bits. */
  skipLeb(): void {
    for (let length = 0; length < 10; length++) {
      if (this.byte() < 0x80) return;
    }
    throw this.malformed("a number is too long");
  }

  name(): string {
    const length = this.u32();
    const from = this.at;
    this.skip(length);
    try {
      return text.decode(this.bytes.subarray(from, this.at));
    } catch (error) {
      throw this.malformed("a name is not UTF-8", error);
    }
  }

  /** The next `length` bytes as a reader of their own. */
  part(length: number): ByteReader {
    const from = this.at;
    this.skip(length);
    return new ByteReader(this.bytes, from, this.at);
  }

  malformed(why: string, cause?: unknown): Error {
    return new Error(`The WebAssembly module is malformed: ${why} (at byte ${this.at}).`, { cause });
  }
}
