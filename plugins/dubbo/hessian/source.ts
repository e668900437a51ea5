import { joined } from "../bytes.ts";
import type { JavaValue } from "./java-value.ts";

/** Bytes of Hessian 2, read from the front, and the values that hold no others. */
export class HessianSource {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  fail(): never {
    throw new Error("it is not Hessian 2");
  }

  byte(): number {
    return this.#bytes[this.#at++] ?? this.fail();
  }

  /** Whether a list or a map ends here; if so, its end is read. */
  ends(): boolean {
    if (this.#bytes[this.#at] !== 0x5a) return false;
    this.#at += 1;
    return true;
  }

  /** An `int` where nothing else may be: a length, a number of a class. */
  integer(): number {
    const value = this.scalar(this.byte());
    return typeof value === "number" && value >= 0 && Number.isInteger(value) ? value : this.fail();
  }

  /** The value that begins with this byte; undefined when it is one that holds others. */
  scalar(code: number): JavaValue | undefined {
    if (code >= 0x80) return this.#compact(code);
    if (code < 0x20) return this.#text(code);
    if (code < 0x30) return this.#take(code - 0x20);
    if (code < 0x34) return this.#text(((code - 0x30) << 8) | this.byte());
    if (code < 0x38) return this.#take(((code - 0x34) << 8) | this.byte());
    if (code < 0x40) return BigInt(((code - 0x3c) << 16) | this.#short(false));
    return this.#lettered(code);
  }

  /** Numbers whose first byte holds some of them. */
  #compact(code: number): number | bigint {
    if (code < 0xc0) return code - 0x90;
    if (code < 0xd0) return ((code - 0xc8) << 8) | this.byte();
    if (code < 0xd8) return ((code - 0xd4) << 16) | this.#short(false);
    if (code < 0xf0) return BigInt(code - 0xe0);
    return BigInt(((code - 0xf8) << 8) | this.byte());
  }

  #lettered(code: number): JavaValue | undefined {
    switch (code) {
      case 0x41: // A
      case 0x42: // B
        return this.#binary(code);
      case 0x44: // D
        return this.#view.getFloat64(this.#skip(8));
      case 0x46: // F
        return false;
      case 0x49: // I
        return this.#view.getInt32(this.#skip(4));
      case 0x4a: // J, a date in milliseconds
      case 0x4c: // L
        return this.#view.getBigInt64(this.#skip(8));
      case 0x4b: // K, a date in minutes
        return BigInt(this.#view.getInt32(this.#skip(4))) * 60_000n;
      case 0x4e: // N
        return null;
      case 0x52: // R
      case 0x53: // S
        return this.#texts(code);
      case 0x54: // T
        return true;
      case 0x59: // Y
        return BigInt(this.#view.getInt32(this.#skip(4)));
      case 0x5b:
        return 0;
      case 0x5c:
        return 1;
      case 0x5d:
        return this.#view.getInt8(this.#skip(1));
      case 0x5e:
        return this.#short(true);
      case 0x5f: // Thousandths.
        return this.#view.getInt32(this.#skip(4)) / 1000;
      default:
        return undefined;
    }
  }

  #short(signed: boolean): number {
    const at = this.#skip(2);
    return signed ? this.#view.getInt16(at) : this.#view.getUint16(at);
  }

  #skip(count: number): number {
    const at = this.#at;
    if (at + count > this.#bytes.length) this.fail();
    this.#at = at + count;
    return at;
  }

  #take(count: number): Uint8Array {
    const at = this.#skip(count);
    return this.#bytes.subarray(at, at + count);
  }

  /** Bytes in chunks: `A` is followed by others, `B` and the short forms are not. */
  #binary(first: number): Uint8Array {
    const chunks: Uint8Array[] = [];
    for (let code = first; ; code = this.byte()) {
      const chunk = code === 0x41 || code === 0x42 ? this.#take(this.#short(false)) : this.scalar(code);
      if (!(chunk instanceof Uint8Array)) return this.fail();
      chunks.push(chunk);
      if (code !== 0x41) return joined(chunks);
    }
  }

  #texts(first: number): string {
    let whole = "";
    for (let code = first; ; code = this.byte()) {
      const chunk = code === 0x52 || code === 0x53 ? this.#text(this.#short(false)) : this.scalar(code);
      if (typeof chunk !== "string") return this.fail();
      whole += chunk;
      if (code !== 0x52) return whole;
    }
  }

  /** So many units of UTF-16, each in UTF-8 by itself; some writers put pairs together, in four bytes. */
  #text(length: number): string {
    const units = new Uint16Array(length);
    for (let at = 0; at < length; at++) {
      const first = this.byte();
      if (first < 0x80) units[at] = first;
      else if (first < 0xe0) units[at] = ((first & 0x1f) << 6) | this.#tail();
      else if (first < 0xf0) units[at] = ((first & 0x0f) << 12) | (this.#tail() << 6) | this.#tail();
      else {
        const point = ((first & 0x07) << 18) | (this.#tail() << 12) | (this.#tail() << 6) | this.#tail();
        units[at++] = 0xd800 | ((point - 0x10000) >> 10);
        if (at === length) this.fail();
        units[at] = 0xdc00 | (point & 0x3ff);
      }
    }
    return utf16(units);
  }

  #tail(): number {
    const byte = this.byte();
    return (byte & 0xc0) === 0x80 ? byte & 0x3f : this.fail();
  }
}

function utf16(units: Uint16Array): string {
  let text = "";
  // All at once would be too many arguments.
  for (let at = 0; at < units.length; at += 8192) text += String.fromCharCode(...units.subarray(at, at + 8192));
  return text;
}
