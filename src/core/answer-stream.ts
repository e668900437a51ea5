import { AnswerBody, type BodySource } from "./answer-body.ts";

/** What is read of a stream; the runtimes' own readers can do more, and differ in it. */
export interface ChunkReader {
  read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>;
  cancel(reason?: unknown): Promise<void>;
}

/** A web stream as a body: read only as far as somebody takes what comes. `errorOf` says what a failure of the stream is to the reader. */
export function bodyOfStream(
  stream: ReadableStream<Uint8Array>,
  errorOf: (thrown: unknown) => unknown = (thrown) => thrown,
): AnswerBody {
  const pump = new Pump(stream.getReader(), errorOf);
  void pump.run();
  return pump.body;
}

/** A body as a web stream. */
export function streamOfBody(body: AnswerBody): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const chunk = await body.read();
        if (chunk === undefined) controller.close();
        else controller.enqueue(chunk);
      },
      cancel: () => body.cancel(),
    },
    { highWaterMark: 0 },
  );
}

class Pump implements BodySource {
  readonly body: AnswerBody = new AnswerBody(this);
  readonly #reader: ChunkReader;
  readonly #errorOf: (thrown: unknown) => unknown;
  #held: PromiseWithResolvers<void> | undefined;
  #cancelled = false;

  constructor(reader: ChunkReader, errorOf: (thrown: unknown) => unknown) {
    this.#reader = reader;
    this.#errorOf = errorOf;
  }

  async run(): Promise<void> {
    try {
      while (!this.#cancelled) {
        const { value } = await this.#reader.read();
        if (value === undefined) return this.body.end();
        this.body.chunk(value);
        if (this.#held !== undefined) await this.#held.promise;
      }
    } catch (error) {
      this.body.fail(this.#errorOf(error));
    }
  }

  pause(): void {
    this.#held ??= Promise.withResolvers<void>();
  }

  resume(): void {
    this.#held?.resolve();
    this.#held = undefined;
  }

  cancel(): void {
    this.#cancelled = true;
    this.resume();
    this.#reader.cancel().catch(() => {});
  }
}
