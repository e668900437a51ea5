import { Fault } from "./fault.ts";

/** One event of a `text/event-stream`, as the WHATWG HTML standard dispatches it (section 9.2.6); `event` is `""` when none was named. */
export interface SseEvent {
  readonly event: string;
  readonly data: string;
}

/** One event to be written; without `event` no `event:` line is written. A frame with `comment` is a keep-alive. */
export type SseFrame = { readonly event?: string; readonly data: string } | { readonly comment: string };

/** A frame's bytes as text. `data` must hold no line break: JSON never does. */
export function formatSse(frame: SseFrame): string {
  if ("comment" in frame) return `: ${frame.comment}\n\n`;
  if (frame.event === undefined) return `data: ${frame.data}\n\n`;
  return `event: ${frame.event}\ndata: ${frame.data}\n\n`;
}

/** Reads the bytes of one `text/event-stream` by section 9.2.6 of the WHATWG HTML standard, wherever they are cut. */
export interface SseDecoder {
  /** The events these bytes complete. Throws a Fault (`upstream_garbage`) when one outgrows its limit; the decoder is then spent. */
  push(bytes: Uint8Array): SseEvent[];
  /** What the stream's end completes: by the standard nothing, an event without its blank line is discarded. */
  end(): SseEvent[];
  /** Comment lines seen so far; servers send them as keep-alives. */
  readonly comments: number;
  /** Whether an event has begun that is not complete. */
  readonly partial: boolean;
}

/** A decoder that also tells where in its stream it is, for clients that go on after a break (section 9.2.3). */
export interface SsePositionDecoder extends SseDecoder {
  /** The `id` that was in force at the last event's end; empty when there was none. */
  readonly lastEventId: string;
  /** The milliseconds to wait before going on, as the stream last said; undefined when it did not. */
  readonly retry: number | undefined;
}

/** What bounds a decoder. */
export interface SseDecoderOptions {
  /** The most one event may hold: bytes of its unfinished line and characters of its finished ones. */
  readonly maxEventBytes: number;
}

/** A decoder at the beginning of a stream. */
export function createSseDecoder(options: SseDecoderOptions): SsePositionDecoder {
  return new Decoder(options.maxEventBytes);
}

const LF = 10;
const CR = 13;
const D = "data".charCodeAt(0);
const BOM = "\uFEFF";
// One for all: every call decodes whole lines, so nothing is carried over from one to the next.
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const NO_EVENTS: readonly SseEvent[] = [];

class Decoder implements SsePositionDecoder {
  comments = 0;
  lastEventId = "";
  retry: number | undefined;
  /** The last `id` line's, in force from the end of its event on. */
  #id = "";
  readonly #limit: number;
  /** The bytes of a line whose end has not come. In pieces: joining them at each push would be quadratic. */
  #pieces: Uint8Array[] | undefined;
  #held = 0;
  /** The last byte was a CR: an LF that follows belongs to it. */
  #afterCr = false;
  #begun = false;
  /** Nothing is under way: no line, no event, no CR, and no byte order mark can come. */
  #between = false;
  #event = "";
  /** The lines of data so far; undefined while there is none, which is not the same as one that is empty. */
  #data: string[] | undefined;
  #size = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get partial(): boolean {
    return this.#held > 0 || this.#data !== undefined || this.#event !== "";
  }

  push(bytes: Uint8Array): SseEvent[] {
    return this.#between ? (this.#single(bytes) ?? this.#read(bytes)) : this.#read(bytes);
  }

  #read(bytes: Uint8Array): SseEvent[] {
    let whole = bytes;
    if (this.#afterCr && whole.length > 0) {
      this.#afterCr = false;
      if (whole[0] === LF) whole = whole.subarray(1);
    }
    const end = lineEnd(whole);
    if (end === 0) {
      this.#hold(whole);
      return NO_EVENTS as SseEvent[];
    }
    this.#afterCr = end === whole.length && whole[end - 1] === CR;
    const text = this.#text(end === whole.length ? whole : whole.subarray(0, end));
    if (end < whole.length) this.#hold(whole.subarray(end));
    const events = this.#lines(text);
    this.#between = !this.#afterCr && !this.partial;
    return events;
  }

  end(): SseEvent[] {
    return [];
  }

  #hold(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#between = false;
    this.#held += bytes.length;
    if (this.#held + this.#size > this.#limit) throw tooLarge(this.#limit);
    // A copy: a piece must not keep alive the large chunk it was cut from.
    (this.#pieces ??= []).push(bytes.slice());
  }

  #text(bytes: Uint8Array): string {
    let whole = bytes;
    if (this.#pieces !== undefined) {
      whole = joined(this.#pieces, this.#held, bytes);
      this.#pieces = undefined;
      this.#held = 0;
    }
    const text = utf8.decode(whole);
    if (this.#begun) return text;
    this.#begun = true;
    return text.startsWith(BOM) ? text.slice(1) : text;
  }

  /** The common case, nothing but one event of one line; undefined when it is not that. */
  #single(bytes: Uint8Array): SseEvent[] | undefined {
    const { length } = bytes;
    if (length > this.#limit || bytes[length - 1] !== LF || bytes[length - 2] !== LF || bytes[0] !== D)
      return undefined;
    const text = utf8.decode(bytes);
    const last = text.length - 2;
    if (text.indexOf("\n") !== last || !text.startsWith("data: ") || text.includes("\r")) return undefined;
    return [{ event: "", data: text.slice(6, last) }];
  }

  #lines(text: string): SseEvent[] {
    const out: SseEvent[] = [];
    let from = 0;
    let cr = text.indexOf("\r");
    while (from < text.length) {
      const lf = text.indexOf("\n", from);
      const atCr = cr >= 0 && (lf < 0 || cr < lf);
      const end = atCr ? cr : lf;
      if (end === from) this.#dispatch(out);
      else this.#line(text, from, end);
      from = atCr && lf === end + 1 ? lf + 1 : end + 1;
      if (atCr) cr = text.indexOf("\r", from);
    }
    return out;
  }

  #dispatch(out: SseEvent[]): void {
    const data = this.#data;
    this.lastEventId = this.#id;
    if (data !== undefined) {
      out.push({ event: this.#event, data: data.length === 1 ? (data[0] ?? "") : data.join("\n") });
    }
    this.#event = "";
    this.#data = undefined;
    this.#size = 0;
  }

  #line(text: string, from: number, end: number): void {
    this.#size += end - from;
    if (this.#size > this.#limit) throw tooLarge(this.#limit);
    if (text.startsWith("data", from)) {
      const value = fieldValue(text, from + 4, end);
      if (value !== undefined) (this.#data ??= []).push(value);
    } else if (text.startsWith("event", from)) {
      this.#event = fieldValue(text, from + 5, end) ?? this.#event;
    } else if (text.startsWith(":", from)) {
      this.comments += 1;
      // A comment is no part of an event: keep-alives may go on for ever.
      this.#size -= end - from;
    } else this.#positionLine(text, from, end);
  }

  #positionLine(text: string, from: number, end: number): void {
    const isId = text.startsWith("id", from);
    if (!isId && !text.startsWith("retry", from)) return;
    const value = fieldValue(text, from + (isId ? 2 : 5), end);
    if (value === undefined) return;
    if (!isId) this.retry = /^\d{1,9}$/.test(value) ? Number(value) : this.retry;
    else if (!value.includes("\0")) this.#id = value;
  }
}

/** The value after a field's name that ends at `colon`; undefined when the name goes on. A line that is only the name has value "". */
function fieldValue(text: string, colon: number, end: number): string | undefined {
  if (colon === end) return "";
  if (text[colon] !== ":") return undefined;
  return text.slice(text[colon + 1] === " " && colon + 1 < end ? colon + 2 : colon + 1, end);
}

/** The index after the last line end in `bytes`; 0 when there is none. */
function lineEnd(bytes: Uint8Array): number {
  const last = bytes[bytes.length - 1];
  if (last === LF || last === CR) return bytes.length;
  return Math.max(bytes.lastIndexOf(LF), bytes.lastIndexOf(CR)) + 1;
}

function joined(pieces: readonly Uint8Array[], held: number, last: Uint8Array): Uint8Array {
  const whole = new Uint8Array(held + last.length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  whole.set(last, at);
  return whole;
}

function tooLarge(limit: number): Fault {
  return new Fault("upstream_garbage", `The provider sent an event of more than ${limit} bytes.`);
}
