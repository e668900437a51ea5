/** The client's end of a streamed answer. */
export interface ClientStream {
  /** Gives bytes to the client. False when it is slow: more should come only after the producer's `drained`. */
  write(bytes: Uint8Array): boolean;
  close(): void;
}

/** Who fills a streamed answer. */
export interface StreamProducer {
  /** The client has begun to read; called once, before anything else. */
  begin(client: ClientStream): void;
  /** The client has taken what there was. */
  drained(): void;
  /** The client is gone. */
  left(): void;
}

/** Makes the body of a streamed answer. Implementations run the suite in tests/contracts/client-stream.ts. */
export type OpenClientStream = (producer: StreamProducer) => ReadableStream<Uint8Array>;

/** What may wait for a client before its producer is told that it is slow, in bytes. */
const HIGH_WATER = 64 * 1024;

/** A streamed answer as the standard's own stream: for every host. */
export const openWebStream: OpenClientStream = (producer) =>
  new ReadableStream(new WebStreamSource(producer), {
    size: (bytes) => bytes?.byteLength ?? 0,
    // Begins when somebody reads, not while the answer is still being put together.
    highWaterMark: 0,
  });

class WebStreamSource implements ClientStream {
  readonly #producer: StreamProducer;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  /** Ends a pull, so that the stream asks again when the client has taken what there is. */
  #askAgain: (() => void) | undefined;
  #slow = false;
  #closed = false;

  constructor(producer: StreamProducer) {
    this.#producer = producer;
  }

  /** Asked once for all that comes until the client is slow: a stream that is asked for each chunk costs as much as the chunk. */
  pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> | undefined {
    if (this.#controller === undefined) {
      this.#controller = controller;
      this.#producer.begin(this);
    } else if (this.#slow) {
      this.#slow = false;
      this.#producer.drained();
    }
    return this.#slow || this.#closed ? undefined : new Promise((resolve) => (this.#askAgain = resolve));
  }

  cancel(): void {
    this.#closed = true;
    this.#producer.left();
  }

  write(bytes: Uint8Array): boolean {
    if (this.#controller === undefined || this.#closed) return true;
    this.#controller.enqueue(bytes);
    if ((this.#controller.desiredSize ?? 0) >= -HIGH_WATER) return true;
    this.#slow = true;
    this.#askAgain?.();
    return false;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#controller?.close();
    this.#askAgain?.();
  }
}
