import type { AnswerBody, BodySink } from "../../core/answer-body.ts";
import type { ClientStream, OpenClientStream, StreamProducer } from "../../core/client-stream.ts";
import { Fault } from "../../core/fault.ts";
import type { Cancellation } from "../../core/upstream.ts";
import type { Watched } from "../deadline-watch.ts";
import type { Passed, StreamWork } from "./stream-work.ts";

/** A stream on its way from a provider to a client. */
export interface RelayOptions {
  /** Makes the body of the host's fastest kind. */
  readonly open: OpenClientStream;
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

/**
 * The body of a streamed answer; `first` was read before it began. Chunks are passed on in the turn they come in, and the provider is held
 * back when the client does not take them, so nothing piles up between them. A failure ends the stream with the client protocol's error
 * event, never in silence.
 */
export function relay(first: Uint8Array, options: RelayOptions): ReadableStream<Uint8Array> {
  return options.open(new Relay(first, options));
}

const encoder = new TextEncoder();

class Relay implements BodySink, StreamProducer {
  readonly #options: RelayOptions;
  #first: Uint8Array | undefined;
  #client: ClientStream | undefined;
  #bytes = 0;
  #over = false;
  #held = false;
  /** What the client gets next has to wait for something else. */
  #waiting = false;

  constructor(first: Uint8Array, options: RelayOptions) {
    this.#first = first;
    this.#options = options;
    options.cancellation.onAbort = () => this.#aborted();
    if (options.cancellation.fault !== undefined) this.#aborted();
  }

  begin(client: ClientStream): void {
    this.#client = client;
    if (this.#over) return client.close();
    if (this.#options.cancellation.fault !== undefined) return this.#aborted();
    const first = this.#first;
    this.#first = undefined;
    if (first !== undefined) this.chunk(first);
    if (!this.#over && !this.#waiting) this.#options.body.flow(this);
  }

  drained(): void {
    if (!this.#held || this.#over) return;
    this.#held = false;
    this.#options.idle.wait();
    this.#options.body.resume();
  }

  left(): void {
    this.#finish(new Fault("client_closed", "The client left."));
    this.#options.body.cancel();
  }

  chunk(bytes: Uint8Array): void {
    if (this.#over) return;
    const { work, idle } = this.#options;
    // The next wait begins.
    if (!this.#held) idle.wait();
    let passed: Passed | Promise<Passed>;
    try {
      passed = work.push(bytes);
    } catch (thrown) {
      return this.fail(thrown);
    }
    const wait = this.#wait(passed);
    if (wait !== undefined) return this.#passAfter(wait, false);
    if (passed instanceof Uint8Array) this.#pass(passed);
    if (work.facts.fault !== undefined) this.#close(work.facts.fault);
  }

  end(): void {
    if (this.#over) return;
    const { work } = this.#options;
    let passed: Passed | Promise<Passed>;
    try {
      passed = work.end();
    } catch (thrown) {
      return this.fail(thrown);
    }
    const wait = this.#wait(passed);
    if (wait !== undefined) return this.#passAfter(wait, true);
    if (passed instanceof Uint8Array) this.#pass(passed);
    this.#close(work.facts.fault);
  }

  /** What has to be waited for before the client gets what was given: those bytes themselves, or something else that must be over. */
  #wait(passed: Passed | Promise<Passed>): Promise<Passed> | undefined {
    const { work } = this.#options;
    if (passed instanceof Promise) return passed.then((bytes) => work.pending?.then(() => bytes) ?? bytes);
    return work.pending?.then(() => passed);
  }

  fail(thrown: unknown): void {
    this.#close(this.#options.faultOf(thrown));
  }

  /** `last`: the provider has closed its stream. */
  #passAfter(pending: Promise<Passed>, last: boolean): void {
    const { work, body } = this.#options;
    this.#waiting = true;
    body.stop();
    pending.then(
      (passed) => {
        this.#waiting = false;
        if (this.#over) return;
        if (passed !== undefined) this.#pass(passed);
        if (last || work.facts.fault !== undefined) this.#close(work.facts.fault);
        else body.flow(this);
      },
      (thrown: unknown) => this.fail(thrown),
    );
  }

  #pass(bytes: Uint8Array): void {
    this.#bytes += bytes.byteLength;
    if (this.#client?.write(bytes) !== false || this.#held) return;
    // The client is slow: that is not the provider's fault, so no deadline runs.
    this.#held = true;
    this.#options.idle.done();
    this.#options.body.pause();
  }

  #close(fault: Fault | undefined): void {
    if (this.#over) return;
    const { work, errorText, body } = this.#options;
    if (fault !== undefined) {
      if (!work.told) this.#pass(encoder.encode(errorText(fault)));
      // What the provider still has to say is of no use any more.
      body.cancel();
    }
    this.#finish(fault);
    this.#client?.close();
  }

  /** The client may be gone without anybody asking for the next chunk. */
  #aborted(): void {
    const { faultOf, cancellation, body } = this.#options;
    const fault = faultOf(cancellation.fault);
    body.cancel();
    if (fault.code === "client_closed") this.#finish(fault);
    // Before the client reads there is nobody to be told: `begin` looks again.
    else if (this.#client !== undefined) this.#close(fault);
  }

  #finish(fault: Fault | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#options.idle.close();
    this.#options.cancellation.onAbort = undefined;
    this.#options.done(this.#bytes, fault);
  }
}
