import type { ClientStream, OpenClientStream, StreamProducer } from "../core/client-stream.ts";

/** Bun's controller of a stream of type `direct`: its `write` answers a promise when the client is slow, until the client is not. */
interface DirectController {
  write(bytes: Uint8Array): number | Promise<number>;
  end(): void;
}

/** A streamed answer written straight to the connection: the standard's stream costs more than a chunk's whole way otherwise. */
export const openBunStream: OpenClientStream = (producer) => {
  const stream = new ReadableStream(new DirectSource(producer));
  producers.set(stream, producer);
  return stream;
};

const producers = new WeakMap<ReadableStream, StreamProducer>();

/** Who fills a stream of {@link openBunStream}: only Bun.serve can read it and tell that its client is slow. */
export function producerOf(stream: ReadableStream): StreamProducer | undefined {
  return producers.get(stream);
}

class DirectSource implements ClientStream {
  readonly type = "direct";
  readonly #producer: StreamProducer;
  #controller: DirectController | undefined;
  #ended: (() => void) | undefined;
  /** The promise of a write that the client has not taken. */
  #waiting: unknown;

  constructor(producer: StreamProducer) {
    this.#producer = producer;
  }

  /** Called once; the stream ends when its promise does. */
  pull(controller: DirectController): Promise<void> {
    this.#controller = controller;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#ended = resolve;
    this.#producer.begin(this);
    return promise;
  }

  cancel(): void {
    this.#over();
    this.#producer.left();
  }

  write(bytes: Uint8Array): boolean {
    if (this.#controller === undefined) return true;
    const taken = this.#controller.write(bytes);
    if (typeof taken === "number") return this.#waiting === undefined;
    this.#wait(taken);
    return false;
  }

  close(): void {
    this.#controller?.end();
    this.#over();
  }

  #wait(taken: Promise<number>): void {
    if (this.#waiting === taken) return;
    this.#waiting = taken;
    const drained = (): void => {
      if (this.#waiting !== taken) return;
      this.#waiting = undefined;
      if (this.#controller !== undefined) this.#producer.drained();
    };
    // It is rejected when the client has left, which `cancel` tells.
    taken.then(drained, () => {});
  }

  #over(): void {
    this.#controller = undefined;
    this.#ended?.();
  }
}
