import { tooLarge } from "../request-body.ts";
import type { ChunkReader } from "./call.ts";

/** How far into a form its model is looked for, in bytes. */
const LOOK_AHEAD = 64 * 1024;

type Bytes = Uint8Array<ArrayBuffer>;

/** Where the value of a form's `model` stands in its first bytes. */
interface Place {
  readonly start: number;
  readonly end: number;
}

/**
 * A request's body that is sent on as it comes. Of a form (RFC 7578) the first 64 KiB are read ahead, to find the field `model` there, the
 * way every vendor's client writes it when files are not put first. As much is kept for another try.
 */
export class MultipartBody {
  /** The model a form names within its first bytes. */
  readonly model: string | undefined;
  readonly #head: Bytes;
  readonly #place: Place | undefined;
  readonly #rest: ChunkReader | undefined;
  readonly #limit: number;

  /** What was taken of the rest, for another try; undefined once that is too much to keep. */
  #kept: Uint8Array[] | undefined = [];
  #size: number;
  /** A read is under way whose bytes nobody would keep. */
  #reading = false;

  private constructor(head: Bytes, place: Place | undefined, rest: ChunkReader | undefined, limit: number) {
    this.#head = head;
    this.#size = head.byteLength;
    this.#place = place;
    this.#rest = rest;
    this.#limit = limit;
    this.model = place === undefined ? undefined : new TextDecoder().decode(head.subarray(place.start, place.end));
  }

  /** Reads ahead as far as needed. `boundary` is the form's; without it nothing is looked for. `limit` bounds the whole body, in bytes. */
  static async open(
    body: ReadableStream<Uint8Array>,
    boundary: string | undefined,
    limit: number,
  ): Promise<MultipartBody> {
    const reader = body.getReader();
    let head: Bytes = new Uint8Array();
    if (boundary === undefined) return new MultipartBody(head, undefined, reader, limit);
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return new MultipartBody(head, modelIn(head, boundary), undefined, limit);
      head = joined(head, value);
      if (head.byteLength > limit) {
        reader.cancel().catch(() => {});
        throw tooLarge(limit);
      }
      const place = modelIn(head, boundary);
      if (place !== undefined || head.byteLength >= LOOK_AHEAD) return new MultipartBody(head, place, reader, limit);
    }
  }

  /** Whether it can be sent once more: nothing was taken that was not kept. */
  get repeatable(): boolean {
    return this.#kept !== undefined && !this.#reading;
  }

  /** The body, with another model when one is given and the form had one. Breaks with a Fault `payload_too_large` when it is too long. */
  stream(model?: string): ReadableStream<Uint8Array> {
    const first = this.#first(model);
    const before = [...(first.byteLength > 0 ? [first] : []), ...(this.#kept ?? [])];
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const chunk = before.shift() ?? (await this.#next());
          if (chunk === undefined) controller.close();
          else controller.enqueue(chunk);
        },
        cancel: async () => {
          // What can be sent again is not thrown away: the next try reads on.
          if (!this.repeatable) await this.#rest?.cancel().catch(() => {});
        },
      },
      { highWaterMark: 0 },
    );
  }

  async #next(): Promise<Uint8Array | undefined> {
    this.#reading = true;
    const chunk = (await this.#rest?.read())?.value;
    this.#reading = false;
    if (chunk === undefined) return undefined;
    this.#size += chunk.byteLength;
    if (this.#size > this.#limit) {
      this.#rest?.cancel().catch(() => {});
      throw tooLarge(this.#limit);
    }
    if (this.#size > LOOK_AHEAD) this.#kept = undefined;
    else this.#kept?.push(chunk);
    return chunk;
  }

  #first(model: string | undefined): Bytes {
    if (model === undefined || this.#place === undefined || model === this.model) return this.#head;
    const { start, end } = this.#place;
    return joined(joined(this.#head.slice(0, start), new TextEncoder().encode(model)), this.#head.subarray(end));
  }
}

/** The boundary a content type names (RFC 2046, 5.1.1); undefined when it is no form's. */
export function boundaryOf(contentType: string): string | undefined {
  if (!/^multipart\/form-data\s*;/i.test(contentType)) return undefined;
  const match = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType);
  return match?.[1] ?? match?.[2];
}

/** Bytes as text of one character each, so that places in both are the same; whatever is not ASCII only has to stay one character. */
const latin1 = new TextDecoder("latin1");

function modelIn(bytes: Bytes, boundary: string): Place | undefined {
  const text = latin1.decode(bytes);
  const delimiter = `--${boundary}\r\n`;
  for (let at = text.indexOf(delimiter); at >= 0; at = text.indexOf(delimiter, at + 1)) {
    const head = at + delimiter.length;
    const start = text.indexOf("\r\n\r\n", head) + 4;
    if (start < 4) return undefined;
    if (!/^content-disposition:[^\r\n]*;\s*name=(?:"model"|model(?=[\s;]|$))/im.test(text.slice(head, start))) continue;
    const end = text.indexOf(`\r\n--${boundary}`, start);
    return end < 0 ? undefined : { start, end };
  }
  return undefined;
}

function joined(a: Uint8Array, b: Uint8Array): Bytes {
  const all = new Uint8Array(a.byteLength + b.byteLength);
  all.set(a);
  all.set(b, a.byteLength);
  return all;
}
