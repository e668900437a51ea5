import type { HeaderList } from "../../core/header-list.ts";
import { BadAnswer } from "../../core/upstream.ts";

/** Finds where a body ends among the bytes of a connection (RFC 9112, section 6). */
export interface BodyFraming {
  /** Hands the body's bytes on; the index behind the body's end, or -1 while it goes on. Throws a BadAnswer for bytes that cannot be. */
  push(bytes: Uint8Array, pass: (bytes: Uint8Array) => void): number;
  /** The peer closed the connection: whether the body is complete with that. */
  readonly endsWithConnection: boolean;
}

/** A body of no bytes. */
const EMPTY: BodyFraming = { push: () => 0, endsWithConnection: false };

/** How an answer's body is framed. Throws a BadAnswer when its headers contradict each other. */
export function framingOf(method: string, status: number, headers: HeaderList): BodyFraming {
  if (status === 204 || status === 304 || method === "HEAD") return EMPTY;
  const coding = headers.get("transfer-encoding");
  if (coding !== null) {
    // One of the two is a lie, and somebody on the way may have believed the other (RFC 9112, section 6.1).
    if (headers.has("content-length")) throw new BadAnswer("The answer has both a length and a transfer coding.");
    if (/^chunked$/i.test(coding)) return new Chunked();
    throw new BadAnswer("The answer has a transfer coding other than chunked.");
  }
  const length = headers.get("content-length");
  if (length === null) return new UntilClose();
  return ofLength(length);
}

function ofLength(written: string): BodyFraming {
  const length = LENGTH.test(written) ? written : lengthSaidTwice(written);
  return length === "0" ? EMPTY : new Counted(Number(length));
}

const LENGTH = /^\d{1,15}$/;

/** The same length said twice is allowed. */
function lengthSaidTwice(written: string): string {
  const [first = "", ...others] = written.split(/, ?/);
  if (LENGTH.test(first) && others.every((other) => other === first)) return first;
  throw new BadAnswer("The answer's content-length is no length.");
}

class Counted implements BodyFraming {
  readonly endsWithConnection = false;
  #left: number;

  constructor(length: number) {
    this.#left = length;
  }

  push(bytes: Uint8Array, pass: (bytes: Uint8Array) => void): number {
    const taken = Math.min(this.#left, bytes.length);
    this.#left -= taken;
    if (taken > 0) pass(taken === bytes.length ? bytes : bytes.subarray(0, taken));
    return this.#left === 0 ? taken : -1;
  }
}

class UntilClose implements BodyFraming {
  readonly endsWithConnection = true;

  push(bytes: Uint8Array, pass: (bytes: Uint8Array) => void): number {
    if (bytes.length > 0) pass(bytes);
    return -1;
  }
}

const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;
const SEMICOLON = 59;

/** The most a chunk's line, extensions included, and all trailers together may have, in bytes. */
const MAX_LINE = 4096;
const MAX_TRAILERS = 64 * 1024;

/** A chunk of this many bytes is nonsense, and the sizes up to it are exact numbers. */
const MAX_CHUNK = 2 ** 48;

/** Where in the grammar of section 7.1 the next byte stands. */
type Place =
  | "size"
  | "size-end"
  | "extension"
  | "size-lf"
  | "data"
  | "data-cr"
  | "data-lf"
  | "trailer-start"
  | "trailer"
  | "trailer-lf"
  | "last-lf";

class Chunked implements BodyFraming {
  readonly endsWithConnection = false;
  #place: Place = "size";
  /** Of the chunk being read: its size as far as it is known, then the bytes left of it. */
  #size = 0;
  #digits = 0;
  /** Bytes of the line or trailers being read. */
  #line = 0;

  push(bytes: Uint8Array, pass: (bytes: Uint8Array) => void): number {
    let at = 0;
    while (at < bytes.length) {
      if (this.#place === "data") {
        const end = Math.min(bytes.length, at + this.#size);
        this.#size -= end - at;
        pass(bytes.subarray(at, end));
        at = end;
        if (this.#size === 0) this.#place = "data-cr";
      } else if (this.#place === "size") {
        at = this.#readSize(bytes, at);
      } else if (this.#step(bytes[at]!)) return at + 1;
      else at++;
    }
    return -1;
  }

  #readSize(bytes: Uint8Array, from: number): number {
    let at = from;
    for (; at < bytes.length; at++) {
      const digit = hexDigit(bytes[at]!);
      if (digit < 0) break;
      this.#size = this.#size * 16 + digit;
      this.#digits++;
      if (this.#size > MAX_CHUNK || this.#digits > MAX_LINE)
        throw new BadAnswer("The answer has a chunk of no possible size.");
    }
    if (at === bytes.length) return at;
    if (this.#digits === 0) throw new BadAnswer("The answer has a chunk without a size.");
    this.#place = "size-end";
    return at;
  }

  /** One byte outside sizes and data; whether the body ended with it. */
  #step(byte: number): boolean {
    switch (this.#place) {
      case "size-end":
        this.#count(MAX_LINE, byte);
        if (byte === CR) this.#place = "size-lf";
        else if (byte === SEMICOLON) this.#place = "extension";
        else if (byte !== SPACE && byte !== TAB) throw misframed();
        return false;
      case "extension":
        this.#count(MAX_LINE, byte);
        if (byte === CR) this.#place = "size-lf";
        return false;
      case "size-lf":
        this.#expect(byte, LF);
        this.#line = 0;
        this.#digits = 0;
        this.#place = this.#size === 0 ? "trailer-start" : "data";
        return false;
      case "data-cr":
        this.#expect(byte, CR);
        this.#place = "data-lf";
        return false;
      case "data-lf":
        this.#expect(byte, LF);
        this.#place = "size";
        return false;
      case "trailer-start":
        this.#count(MAX_TRAILERS, byte);
        this.#place = byte === CR ? "last-lf" : "trailer";
        return false;
      case "trailer":
        this.#count(MAX_TRAILERS, byte);
        if (byte === CR) this.#place = "trailer-lf";
        return false;
      case "trailer-lf":
        this.#expect(byte, LF);
        this.#place = "trailer-start";
        return false;
      default:
        this.#expect(byte, LF);
        return true;
    }
  }

  #expect(byte: number, wanted: number): void {
    if (byte !== wanted) throw misframed();
  }

  /** Of a line that ends with CR LF and nothing else. */
  #count(limit: number, byte: number): void {
    if (byte === LF) throw misframed();
    if (++this.#line > limit) throw new BadAnswer("The answer has a chunk line or trailers without an end.");
  }
}

function misframed(): BadAnswer {
  return new BadAnswer("The answer's chunks are not framed as chunks.");
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
