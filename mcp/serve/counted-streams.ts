import type { ClientStream, OpenClientStream, StreamProducer } from "#src/core/client-stream.ts";

/** Opens streams and counts those that a client holds. */
export class CountedStreams {
  readonly #open: OpenClientStream;
  #held = 0;

  constructor(open: OpenClientStream) {
    this.#open = open;
  }

  get held(): number {
    return this.#held;
  }

  readonly open: OpenClientStream = (producer) => {
    let over: (() => void) | undefined;
    const begin = (): void => {
      this.#held += 1;
      over = () => {
        this.#held -= 1;
        over = undefined;
      };
    };
    return this.#open(counted(producer, begin, () => over?.()));
  };
}

/** `producer`, with its begin and its end told. */
function counted(producer: StreamProducer, begin: () => void, over: () => void): StreamProducer {
  return {
    begin(client: ClientStream) {
      begin();
      producer.begin({
        write: (bytes) => client.write(bytes),
        close() {
          over();
          client.close();
        },
      });
    },
    drained: () => producer.drained(),
    left() {
      over();
      producer.left();
    },
  };
}
