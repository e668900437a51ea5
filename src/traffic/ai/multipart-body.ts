import type { ChunkReader } from "../../core/answer-stream.ts";
import type { StreamedBody } from "../../core/exchange.ts";
import { tooLarge } from "../request-body.ts";
import { FormScanner, type Place } from "../../core/form-scanner.ts";

/** How much is kept of a body that goes on as it comes, for another try, in bytes. */
const KEPT = 64 * 1024;

/** How far into a form its model is looked for, in bytes: beyond the largest sound file that a vendor takes, which clients put first. */
const LOOK_AHEAD = 32 * 1024 * 1024;

/** What a body is opened with. */
export interface MultipartOptions {
  /** The form's boundary, when its `model` is to be found; without it nothing is read ahead. */
  readonly boundary?: string | undefined;
  /** The most bytes of the whole. */
  readonly limit: number;
}

/**
 * A request's body that is sent on as it comes. A form (RFC 7578) whose model decides who gets it is read ahead to its field `model`, and no
 * further than 32 MiB. What was read ahead can be sent again, and so can the first 64 KiB of others.
 */
export class MultipartBody implements StreamedBody {
  /** The model a form names. */
  readonly model: string | undefined;
  readonly #head: readonly Uint8Array[];
  readonly #place: Place | undefined;
  readonly #rest: ChunkReader | undefined;
  #limit: number;
  /** What was taken of the rest, for another try; undefined once that is too much to keep. */
  #kept: Uint8Array[] | undefined = [];
  #keptSize = 0;
  #size: number;
  /** A read is under way whose bytes nobody would keep. */
  #reading = false;

  private constructor(
    head: readonly Uint8Array[],
    place: Place | undefined,
    rest: ChunkReader | undefined,
    limit: number,
  ) {
    this.#head = head;
    this.#size = head.reduce((sum, { byteLength }) => sum + byteLength, 0);
    this.#place = place;
    this.#rest = rest;
    this.#limit = limit;
    this.model = place?.value;
  }

  /** Reads ahead as far as needed. */
  static async open(body: ReadableStream<Uint8Array>, { boundary, limit }: MultipartOptions): Promise<MultipartBody> {
    const reader = body.getReader();
    const head: Uint8Array[] = [];
    if (boundary === undefined) return new MultipartBody(head, undefined, reader, limit);
    const scanner = new FormScanner(boundary);
    let size = 0;
    while (!scanner.done && size < LOOK_AHEAD) {
      const { done, value } = await reader.read();
      if (done || value === undefined) return new MultipartBody(head, scanner.place, undefined, limit);
      head.push(value);
      size += value.byteLength;
      if (size > limit) {
        reader.cancel().catch(() => {});
        throw tooLarge(limit);
      }
      scanner.push(value);
    }
    return new MultipartBody(head, scanner.place, reader, limit);
  }

  within(limit: number): this {
    this.#limit = Math.min(this.#limit, limit);
    if (this.#size > this.#limit) throw this.#over();
    return this;
  }

  get repeatable(): boolean {
    return this.#kept !== undefined && !this.#reading;
  }

  stream(model?: string): ReadableStream<Uint8Array> {
    const before = [...this.#first(model), ...(this.#kept ?? [])];
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
    if (this.#size > this.#limit) throw this.#over();
    this.#keptSize += chunk.byteLength;
    if (this.#keptSize > KEPT) this.#kept = undefined;
    else this.#kept?.push(chunk);
    return chunk;
  }

  #over(): Error {
    this.#rest?.cancel().catch(() => {});
    return tooLarge(this.#limit);
  }

  #first(model: string | undefined): readonly Uint8Array[] {
    if (model === undefined || this.#place === undefined || model === this.model) return this.#head;
    return spliced(this.#head, this.#place, new TextEncoder().encode(model));
  }
}

/** The chunks with other bytes in a place, which may lie in several of them. */
function spliced(chunks: readonly Uint8Array[], { start, end }: Place, bytes: Uint8Array): Uint8Array[] {
  const out: Uint8Array[] = [];
  let at = 0;
  let written = false;
  for (const chunk of chunks) {
    const before = chunk.subarray(0, Math.max(0, start - at));
    const behind = chunk.subarray(Math.min(chunk.byteLength, Math.max(0, end - at)));
    at += chunk.byteLength;
    if (before.byteLength > 0) out.push(before);
    if (!written && at >= start) {
      out.push(bytes);
      written = true;
    }
    if (behind.byteLength > 0) out.push(behind);
  }
  return out;
}
