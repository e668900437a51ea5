import type { CallBudget } from "../proxy-wasm/call-budget.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Texts up to these lengths are faster by hand than by the runtime's coders. */
const SHORT_WRITE = 64;
const SHORT_READ = 24;

/** A guest's memory, read and written as the canonical ABI says. A pointer outside of it is a trap. */
export class GuestMemory {
  readonly #memory: WebAssembly.Memory;
  readonly #budget: CallBudget;
  readonly #realloc: (old: number, oldSize: number, align: number, size: number) => number;
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;

  constructor(
    memory: WebAssembly.Memory,
    realloc: (old: number, oldSize: number, align: number, size: number) => number,
    budget: CallBudget,
  ) {
    this.#budget = budget;
    this.#memory = memory;
    this.#realloc = realloc;
    this.#bytes = new Uint8Array(memory.buffer);
    this.#view = new DataView(memory.buffer);
  }

  /** Throws a RangeError when there are no `size` bytes at `at`. */
  check(at: number, size: number): void {
    if (this.#bytes.buffer !== this.#memory.buffer) this.#refresh();
    if (at + size > this.#bytes.byteLength) throw new RangeError("The guest gave a pointer outside of its memory.");
  }

  /** The same for what is to be copied out: pieces of a guest's memory can be given over and over. Throws an Error when that is too much. */
  take(at: number, size: number): void {
    this.check(at, size);
    this.#budget.copied(size);
  }

  view(at: number, size: number): DataView {
    this.check(at, size);
    return this.#view;
  }

  /** The guest frees it. */
  allocate(size: number, align: number): number {
    if (size === 0) return align;
    const at = this.#realloc(0, 0, align, size) >>> 0;
    this.check(at, size);
    return at;
  }

  readBytes(at: number, length: number): Uint8Array<ArrayBuffer> {
    this.take(at, length);
    return this.#bytes.slice(at, at + length);
  }

  writeBytes(value: Uint8Array): { at: number; length: number } {
    const length = value.byteLength;
    const at = this.allocate(length, 1);
    this.#bytes.set(value, at);
    return { at, length };
  }

  readText(at: number, length: number): string {
    this.take(at, length);
    const bytes = this.#bytes;
    if (length > SHORT_READ) return decoder.decode(bytes.subarray(at, at + length));
    let text = "";
    for (let index = at; index < at + length; index++) {
      const byte = bytes[index]!;
      if (byte > 127) return decoder.decode(bytes.subarray(at, at + length));
      text += String.fromCharCode(byte);
    }
    return text;
  }

  writeText(text: string): { at: number; length: number } {
    const { length } = text;
    if (length > SHORT_WRITE || !isAscii(text)) return this.writeBytes(encoder.encode(text));
    const at = this.allocate(length, 1);
    const bytes = this.#bytes;
    for (let index = 0; index < length; index++) bytes[at + index] = text.charCodeAt(index);
    return { at, length };
  }

  #refresh(): void {
    this.#bytes = new Uint8Array(this.#memory.buffer);
    this.#view = new DataView(this.#memory.buffer);
  }
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 127) return false;
  return true;
}
