import type { AnswerBody, BodySink } from "../../core/answer-body.ts";
import { Fault } from "../../core/fault.ts";
import type { Cancellation } from "../../core/upstream.ts";
import type { Watched } from "../deadline-watch.ts";
import type { StreamWork } from "./stream-work.ts";

/** A stream on its way from a provider to a client. */
export interface RelayOptions {
  readonly body: AnswerBody;
  readonly work: StreamWork;
  /** Limits each wait for a chunk. */
  readonly idle: Watched;
  /** Ends the attempt from outside: a deadline, or the client is gone. */
  readonly cancellation: Cancellation;
  /** What a failed read comes to. */
  readonly faultOf: (thrown: unknown) => Fault;
  /** The client protocol's last words for a stream that failed. */
  readonly errorText: (fault: Fault) => string;
  /** Called once: how many bytes went out, and what went wrong. */
  readonly done: (bytes: number, fault: Fault | undefined) => void;
}

/** What may wait for the client before the provider is held back, in bytes. */
const HIGH_WATER = 64 * 1024;

/**
 * The body of a streamed answer; `first` was read before it began. Chunks are passed on in the turn they come in, and the provider is held
 * back when the client does not take them, so nothing piles up between them. A failure ends the stream with the client protocol's error
 * event, never in silence.
 */
export function relay(first: Uint8Array, options: RelayOptions): ReadableStream<Uint8Array> {
  return new ReadableStream(new RelaySource(first, options), {
    // Begins when somebody reads, not while the answer is still being put together.
    highWaterMark: 0,
    size: (bytes) => bytes?.byteLength ?? 0,
  });
}

const encoder = new TextEncoder();

class RelaySource implements BodySink {
  readonly #options: RelayOptions;
  #first: Uint8Array | undefined;
  #bytes = 0;
  #over = false;
  #held = false;
  /** What the client gets next has to wait for something else. */
  #waiting = false;
  /** Set before anything else happens: a stream calls `start` while it is made. */
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor(first: Uint8Array, options: RelayOptions) {
    this.#first = first;
    this.#options = options;
    options.cancellation.onAbort = () => this.#aborted();
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#controller = controller;
    if (this.#options.cancellation.fault !== undefined) this.#aborted();
  }

  pull(): void {
    const first = this.#first;
    if (first !== undefined) {
      this.#first = undefined;
      this.chunk(first);
      if (!this.#over && !this.#waiting) this.#options.body.flow(this);
    } else if (this.#held && !this.#over) {
      this.#held = false;
      this.#options.idle.wait();
      this.#options.body.resume();
    }
  }

  cancel(): void {
    this.#finish(new Fault("client_closed", "The client left."));
    this.#options.body.cancel();
  }

  chunk(bytes: Uint8Array): void {
    if (this.#over) return;
    const { work, idle } = this.#options;
    // The next wait begins.
    idle.wait();
    let passed: Uint8Array | undefined;
    try {
      passed = work.push(bytes);
    } catch (thrown) {
      return this.fail(thrown);
    }
    if (work.pending !== undefined) return this.#passAfter(work.pending, passed, false);
    if (passed !== undefined) this.#pass(passed);
    if (work.facts.fault !== undefined) this.#close(work.facts.fault);
    else if ((this.#controller?.desiredSize ?? 0) < -HIGH_WATER) this.#hold();
  }

  end(): void {
    if (this.#over) return;
    const { work } = this.#options;
    let passed: Uint8Array | undefined;
    try {
      passed = work.end();
    } catch (thrown) {
      return this.fail(thrown);
    }
    if (work.pending !== undefined) return this.#passAfter(work.pending, passed, true);
    if (passed !== undefined) this.#pass(passed);
    this.#close(work.facts.fault);
  }

  /** The client is not to see this before something else is over; `last`: the provider has closed its stream. */
  #passAfter(pending: Promise<void>, passed: Uint8Array | undefined, last: boolean): void {
    const { work, body } = this.#options;
    this.#waiting = true;
    body.stop();
    pending.then(
      () => {
        this.#waiting = false;
        if (this.#over) return;
        if (passed !== undefined) this.#pass(passed);
        if (last || work.facts.fault !== undefined) this.#close(work.facts.fault);
        else body.flow(this);
      },
      (thrown: unknown) => this.fail(thrown),
    );
  }

  fail(thrown: unknown): void {
    this.#close(this.#options.faultOf(thrown));
  }

  /** The client is slow: that is not the provider's fault, so no deadline runs. */
  #hold(): void {
    this.#held = true;
    this.#options.idle.done();
    this.#options.body.pause();
  }

  #pass(bytes: Uint8Array): void {
    this.#bytes += bytes.byteLength;
    this.#controller?.enqueue(bytes);
  }

  #close(fault: Fault | undefined): void {
    if (this.#over) return;
    const { work, errorText, body } = this.#options;
    if (fault !== undefined) {
      if (!work.told) this.#pass(encoder.encode(errorText(fault)));
      // What the provider still has to say is of no use any more.
      body.cancel();
    }
    this.#controller?.close();
    this.#finish(fault);
  }

  /** The client may be gone without anybody asking for the next chunk. */
  #aborted(): void {
    const fault = this.#options.faultOf(this.#options.cancellation.fault);
    if (fault.code !== "client_closed") return this.#close(fault);
    this.#options.body.cancel();
    this.#finish(fault);
  }

  #finish(fault: Fault | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#options.idle.close();
    this.#options.cancellation.onAbort = undefined;
    this.#options.done(this.#bytes, fault);
  }
}
