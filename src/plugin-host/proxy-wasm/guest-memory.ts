const utf8 = new TextDecoder();
const strictUtf8 = new TextDecoder("utf-8", { fatal: true });
const encoder = new TextEncoder();

/** A guest gave a pointer to where it has no memory. Thrown often by broken guests, so there is one, without a stack of its own. */
export const INVALID_MEMORY: Error = new Error("The guest gave a pointer outside of its memory.");

/** A guest's memory, read and written with every pointer checked. */
export class GuestMemory {
  readonly #memory: WebAssembly.Memory;
  readonly #allocate: (size: number) => number;
  /** Told how many bytes are copied, before they are. */
  readonly #copies: (count: number) => void;
  #buffer: ArrayBuffer;
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView<ArrayBuffer>;

  constructor(memory: WebAssembly.Memory, allocate: (size: number) => number, copies: (count: number) => void) {
    this.#memory = memory;
    this.#allocate = allocate;
    this.#copies = copies;
    this.#buffer = memory.buffer;
    this.#bytes = new Uint8Array(this.#buffer);
    this.#view = new DataView(this.#buffer);
  }

  /** In bytes. */
  get size(): number {
    return this.#memory.buffer.byteLength;
  }

  /** Holds until the guest runs again. */
  bytes(pointer: number, size: number): Uint8Array<ArrayBuffer> {
    const from = this.#checked(pointer, size);
    this.#copies(size >>> 0);
    return this.#bytes.subarray(from, from + (size >>> 0));
  }

  copy(pointer: number, size: number): Uint8Array<ArrayBuffer> {
    return this.bytes(pointer, size).slice();
  }

  text(pointer: number, size: number): string {
    return utf8.decode(this.bytes(pointer, size));
  }

  /** One character a byte: what headers are. */
  latin1(pointer: number, size: number): string {
    return latin1Of(this.bytes(pointer, size));
  }

  u32(pointer: number): number {
    const at = this.#checked(pointer, 4);
    return this.#view.getUint32(at, true);
  }

  setU32(pointer: number, value: number): void {
    const at = this.#checked(pointer, 4);
    this.#view.setUint32(at, value, true);
  }

  setU64(pointer: number, value: bigint): void {
    const at = this.#checked(pointer, 8);
    this.#view.setBigUint64(at, value, true);
  }

  write(pointer: number, bytes: Uint8Array): void {
    const at = this.#checked(pointer, bytes.length);
    this.#copies(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** Puts bytes into memory of the guest's own, and says where; nothing is at 0. */
  give(bytes: Uint8Array, returnPointer: number, returnSize: number): void {
    const at = this.#room(bytes.length);
    if (at > 0) this.#bytes.set(bytes, at);
    this.setU32(returnPointer, at);
    this.setU32(returnSize, bytes.length);
  }

  /** The same for text of one byte a character. */
  giveLatin1(text: string, returnPointer: number, returnSize: number): void {
    const at = this.#room(text.length);
    for (let index = 0; index < text.length; index++) this.#bytes[at + index] = text.charCodeAt(index);
    this.setU32(returnPointer, at);
    this.setU32(returnSize, text.length);
  }

  /** Memory may have grown while the guest made room. */
  #room(size: number): number {
    if (size === 0) return 0;
    this.#copies(size);
    const pointer = this.#allocate(size) >>> 0;
    if (pointer === 0) throw INVALID_MEMORY;
    return this.#checked(pointer, size);
  }

  /** Renews the views, which are of no use any more once memory has grown: read them only afterwards. */
  #checked(pointer: number, size: number): number {
    const buffer = this.#memory.buffer;
    if (buffer !== this.#buffer) {
      this.#buffer = buffer;
      this.#bytes = new Uint8Array(buffer);
      this.#view = new DataView(buffer);
    }
    const from = pointer >>> 0;
    if (from + (size >>> 0) > buffer.byteLength) throw INVALID_MEMORY;
    return from;
  }
}

/** Bytes as characters of the same numbers. */
export function latin1Of(bytes: Uint8Array): string {
  let text = "";
  // Most are short, and then a loop costs the least.
  if (bytes.length < 64) {
    for (let at = 0; at < bytes.length; at++) text += String.fromCharCode(bytes[at] ?? 0);
    return text;
  }
  // Nearly all others are ASCII. Everything else comes out shorter, or with a sign that stands for what is no UTF-8.
  text = utf8.decode(bytes);
  if (text.length === bytes.length && !text.includes("\uFFFD")) return text;
  text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
}

/** The other way; characters above 255 lose their upper bits. */
export function latin1Bytes(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

/** Text as UTF-8. */
export function utf8Bytes(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** UTF-8 as text; undefined for bytes that are none. */
export function utf8Of(bytes: Uint8Array): string | undefined {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return undefined;
  }
}
