/**
 * The binary framing of AWS' event streams (`application/vnd.amazon.eventstream`): messages of a prelude, headers and a payload, each
 * with checksums. Format: https://smithy.io/2.0/aws/amazon-eventstream.html
 */
import { crc32 } from "./crc32.ts";
import { Fault } from "./fault.ts";
import type { SseDecoder, SseDecoderOptions, SseEvent } from "./sse.ts";

/** Total length, length of the headers, and the checksum of these two. */
const PRELUDE = 12;
const CHECKSUM = 4;
const NOTHING: readonly SseEvent[] = [];
const EMPTY = new Uint8Array(0);
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * A decoder at the beginning of a stream, whose messages come out as the events that every other decoder gives: an event under its
 * `:event-type`, an exception under its `:exception-type`, an error without a shape under `error`, with `code` and `message` as data.
 */
export function createAwsEventDecoder(options: SseDecoderOptions): SseDecoder {
  return new Decoder(options.maxEventBytes);
}

class Decoder implements SseDecoder {
  /** This framing has none. */
  readonly comments = 0;
  /** What is begun and does not end says nothing: nobody can complete it. */
  readonly partial = false;
  readonly #limit: number;
  /** Bytes of a message that is not complete, in pieces: joining them at each push would be quadratic. */
  #pieces: Uint8Array[] = [];
  #held = 0;
  /** How many bytes there must be before there is anything new to read. */
  #needed = PRELUDE;

  constructor(limit: number) {
    this.#limit = limit;
  }

  push(bytes: Uint8Array): SseEvent[] {
    if (this.#held + bytes.length < this.#needed) {
      this.#hold(bytes);
      return NOTHING as SseEvent[];
    }
    const whole = this.#held === 0 ? bytes : this.#joined(bytes);
    const events: SseEvent[] = [];
    let at = 0;
    for (;;) {
      const left = whole.length - at;
      this.#needed = left < PRELUDE ? PRELUDE : messageLength(whole.subarray(at, at + PRELUDE), this.#limit);
      if (left < this.#needed) break;
      events.push(eventOf(whole.subarray(at, at + this.#needed)));
      at += this.#needed;
    }
    this.#pieces = [];
    this.#held = 0;
    this.#hold(whole.subarray(at));
    return events;
  }

  end(): SseEvent[] {
    return [];
  }

  #hold(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    // A copy: a piece must not keep alive the large chunk it was cut from.
    this.#pieces.push(bytes.slice());
    this.#held += bytes.length;
  }

  #joined(last: Uint8Array): Uint8Array {
    const whole = new Uint8Array(this.#held + last.length);
    let at = 0;
    for (const piece of [...this.#pieces, last]) {
      whole.set(piece, at);
      at += piece.length;
    }
    return whole;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The length a prelude tells, once it is clear that it tells the truth. */
function messageLength(prelude: Uint8Array, limit: number): number {
  const view = viewOf(prelude);
  const total = view.getUint32(0);
  const headers = view.getUint32(4);
  if (view.getUint32(8) !== crc32(prelude.subarray(0, 8))) throw garbage("whose prelude fails its checksum");
  if (headers > total - PRELUDE - CHECKSUM) throw garbage("whose lengths contradict each other");
  if (total > limit) throw garbage(`of more than ${limit} bytes`);
  return total;
}

function eventOf(message: Uint8Array): SseEvent {
  const view = viewOf(message);
  const end = message.length - CHECKSUM;
  if (view.getUint32(end) !== crc32(message.subarray(0, end))) throw garbage("that fails its checksum");
  const payload = PRELUDE + view.getUint32(4);
  const headers = headersOf(message.subarray(PRELUDE, payload));
  const data = utf8.decode(message.subarray(payload, end));
  const type = headers.get(":message-type");
  if (type === "exception") return { event: headers.get(":exception-type") ?? "exception", data };
  if (type === "error") {
    return {
      event: "error",
      data: JSON.stringify({ code: headers.get(":error-code") ?? "", message: headers.get(":error-message") ?? "" }),
    };
  }
  return { event: headers.get(":event-type") ?? "", data };
}

const STRING = 7;
/** How many bytes the value of a type has; for the types that are not here, its first two bytes say it. */
const SIZES: ReadonlyMap<number, number> = new Map([
  [0, 0],
  [1, 0],
  [2, 1],
  [3, 2],
  [4, 4],
  [5, 8],
  [8, 8],
  [9, 16],
]);
const LAST_TYPE = 9;

/** The headers whose values are text. */
function headersOf(bytes: Uint8Array): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  let left = bytes;
  const take = (length: number): Uint8Array => {
    if (left.length < length) throw garbage("whose headers are cut");
    const taken = left.subarray(0, length);
    left = left.subarray(length);
    return taken;
  };
  while (left.length > 0) {
    const name = utf8.decode(take(take(1)[0] ?? 0));
    const type = take(1)[0] ?? 0;
    if (type > LAST_TYPE) throw garbage("with a header of an unknown type");
    const value = take(SIZES.get(type) ?? viewOf(take(2)).getUint16(0));
    if (type === STRING) found.set(name, utf8.decode(value));
  }
  return found;
}

function garbage(what: string): Fault {
  return new Fault("upstream_garbage", `The provider sent a message ${what}.`);
}

/** A message with text headers, as {@link createAwsEventDecoder} reads it. */
export function formatAwsMessage(headers: Readonly<Record<string, string>>, payload: string): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const fields = Object.entries(headers).map(([name, value]) =>
    headerBytes(encoder.encode(name), encoder.encode(value)),
  );
  const size = fields.reduce((sum, field) => sum + field.length, 0);
  const body = payload === "" ? EMPTY : encoder.encode(payload);
  const message = new Uint8Array(PRELUDE + size + body.length + CHECKSUM);
  const view = viewOf(message);
  view.setUint32(0, message.length);
  view.setUint32(4, size);
  view.setUint32(8, crc32(message.subarray(0, 8)));
  let at = PRELUDE;
  for (const field of [...fields, body]) {
    message.set(field, at);
    at += field.length;
  }
  view.setUint32(at, crc32(message.subarray(0, at)));
  return message;
}

function headerBytes(name: Uint8Array, value: Uint8Array): Uint8Array {
  const field = new Uint8Array(1 + name.length + 1 + 2 + value.length);
  field[0] = name.length;
  field.set(name, 1);
  field[1 + name.length] = STRING;
  viewOf(field).setUint16(2 + name.length, value.length);
  field.set(value, 4 + name.length);
  return field;
}
