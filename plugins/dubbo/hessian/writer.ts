import { joined } from "../bytes.ts";
import { isJavaObject, type JavaValue } from "./java-value.ts";

/**
 * Writes Hessian 2 (http://hessian.caucho.com/doc/hessian-serialization.html). Of several forms the plainest is taken, never the shortest:
 * all of them are read alike.
 */
export class HessianWriter {
  readonly #parts: Uint8Array[] = [];

  get bytes(): Uint8Array<ArrayBuffer> {
    return joined(this.#parts);
  }

  write(value: JavaValue): this {
    if (value === null) return this.#code("N");
    if (typeof value === "string") return this.#text(value);
    if (typeof value === "boolean") return this.#code(value ? "T" : "F");
    if (typeof value === "number") return this.#eight("D", (view) => view.setFloat64(1, value));
    if (typeof value === "bigint") return this.#eight("L", (view) => view.setBigInt64(1, value));
    if (value instanceof Uint8Array) return this.#chunks(value, "A", "B");
    if (isJavaObject(value)) return this.#map(value);
    return this.#code("X").#values(value);
  }

  /** A list of a Java type: `[string` is an array of texts. */
  array(type: string, values: readonly JavaValue[]): this {
    return this.#code("V").#text(type).#values(values);
  }

  /** With its length: lists that only have an end are not read everywhere. */
  #values(values: readonly JavaValue[]): this {
    const length = new Uint8Array(5);
    length[0] = "I".charCodeAt(0);
    new DataView(length.buffer).setInt32(1, values.length);
    this.#parts.push(length);
    for (const one of values) this.write(one);
    return this;
  }

  #map(value: Readonly<Record<string, JavaValue>>): this {
    this.#code("H");
    for (const [key, one] of Object.entries(value)) this.#text(key).write(one);
    return this.#code("Z");
  }

  /** Its length is counted in UTF-16, as Java has it, and each half of a pair is written by itself, as every version of Java's reads it. */
  #text(text: string): this {
    let at = 0;
    for (; text.length - at > CHUNK; at += CHUNK) this.#piece("R", text.slice(at, at + CHUNK));
    return this.#piece("S", text.slice(at));
  }

  #piece(code: string, text: string): this {
    this.#sized(code, text.length);
    this.#parts.push(utf8(text));
    return this;
  }

  #chunks(bytes: Uint8Array, more: string, last: string): this {
    let at = 0;
    for (; bytes.length - at > CHUNK; at += CHUNK) {
      this.#sized(more, CHUNK);
      this.#parts.push(bytes.subarray(at, at + CHUNK));
    }
    this.#sized(last, bytes.length - at);
    this.#parts.push(bytes.subarray(at));
    return this;
  }

  #sized(code: string, size: number): void {
    this.#parts.push(Uint8Array.of(code.charCodeAt(0), size >> 8, size & 0xff));
  }

  #code(code: string): this {
    this.#parts.push(Uint8Array.of(code.charCodeAt(0)));
    return this;
  }

  #eight(code: string, set: (view: DataView) => void): this {
    const bytes = new Uint8Array(9);
    bytes[0] = code.charCodeAt(0);
    set(new DataView(bytes.buffer));
    this.#parts.push(bytes);
    return this;
  }
}

/** The longest piece of a text or of bytes: its length has 16 bits, of which Java's reader takes 15. */
const CHUNK = 0x7fff;

const SURROGATE = /[\ud800-\udfff]/;

function utf8(text: string): Uint8Array {
  if (!SURROGATE.test(text)) return new TextEncoder().encode(text);
  const parts = text.split(/([\ud800-\udfff])/).map((part) => (SURROGATE.test(part) ? three(part) : utf8(part)));
  return joined(parts);
}

/** A character of 16 bits in three bytes, whatever it is half of. */
function three(character: string): Uint8Array {
  const unit = character.charCodeAt(0);
  return Uint8Array.of(0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f));
}
