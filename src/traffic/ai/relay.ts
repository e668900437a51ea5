import { Fault } from "../../core/fault.ts";
import type { Watched } from "../deadline-watch.ts";
import type { ChunkReader } from "./chunk-reader.ts";
import type { StreamWork } from "./stream-work.ts";

/** A stream on its way from a provider to a client. */
export interface RelayOptions {
  readonly reader: ChunkReader;
  readonly work: StreamWork;
  /** Limits each wait for a chunk. */
  readonly idle: Watched;
  /** Aborts when the attempt is ended from outside: by a deadline, or because the client is gone. */
  readonly signal: AbortSignal;
  /** What a failed read comes to. */
  readonly faultOf: (thrown: unknown) => Fault;
  /** The client protocol's last words for a stream that failed. */
  readonly errorText: (fault: Fault) => string;
  /** Called once: how many bytes went out, and what went wrong. */
  readonly done: (bytes: number, fault: Fault | undefined) => void;
}

/**
 * The body of a streamed answer; `first` was read before it began. It takes a chunk from the provider only when the client takes one, so a slow client slows the provider
 * and nothing piles up between them. A failure ends it with the client protocol's error event, never in silence.
 */
export function relay(first: Uint8Array, options: RelayOptions): ReadableStream<Uint8Array> {
  return new ReadableStream(new RelaySource(first, options), { highWaterMark: 0 });
}

const encoder = new TextEncoder();

class RelaySource {
  readonly #options: RelayOptions;
  #first: Uint8Array | undefined;
  #bytes = 0;
  #over = false;
  /** Set before anything else happens: a stream calls `start` while it is made. */
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  readonly #onAbort = (): void => this.#aborted();

  constructor(first: Uint8Array, options: RelayOptions) {
    this.#first = first;
    this.#options = options;
    options.signal.addEventListener("abort", this.#onAbort);
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#controller = controller;
    if (this.#options.signal.aborted) this.#aborted();
  }

  /** Written out flat: each function that is awaited here costs every chunk of every stream. */
  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    const { work, reader, idle } = this.#options;
    try {
      for (;;) {
        let chunk = this.#first;
        if (chunk === undefined) {
          idle.wait();
          chunk = (await reader.read()).value;
          idle.done();
        } else this.#first = undefined;
        const passed = chunk === undefined ? work.end() : work.push(chunk);
        if (work.pending !== undefined) await work.pending;
        if (passed !== undefined) this.#pass(controller, passed);
        if (chunk === undefined || work.facts.fault !== undefined) return this.#close(controller, work.facts.fault);
        if (passed !== undefined) return;
      }
    } catch (thrown) {
      this.#close(controller, this.#options.faultOf(thrown));
    }
  }

  async cancel(): Promise<void> {
    const { reader } = this.#options;
    this.#finish(new Fault("client_closed", "The client left."));
    await reader.cancel().catch(() => {});
  }

  #pass(controller: ReadableStreamDefaultController<Uint8Array>, bytes: Uint8Array): void {
    if (this.#over) return;
    this.#bytes += bytes.byteLength;
    controller.enqueue(bytes);
  }

  #close(controller: ReadableStreamDefaultController<Uint8Array>, fault: Fault | undefined): void {
    if (this.#over) return;
    const { work, errorText, reader } = this.#options;
    if (fault !== undefined) {
      if (!work.told) this.#pass(controller, encoder.encode(errorText(fault)));
      // What the provider still has to say is of no use any more.
      reader.cancel().catch(() => {});
    }
    controller.close();
    this.#finish(fault);
  }

  /**
   * The client may be gone without anybody asking for the next chunk, and a read under way does not always hear of a deadline: Deno's may
   * go on waiting.
   */
  #aborted(): void {
    const fault = this.#options.faultOf(this.#options.signal.reason);
    if (fault.code !== "client_closed" && this.#controller !== undefined) return this.#close(this.#controller, fault);
    this.#options.reader.cancel().catch(() => {});
    this.#finish(fault);
  }

  #finish(fault: Fault | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#options.idle.close();
    this.#options.signal.removeEventListener("abort", this.#onAbort);
    this.#options.done(this.#bytes, fault);
  }
}
