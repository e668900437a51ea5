/** Takes the bytes of a body as they come. After `end` or `fail` nothing else is called. */
export interface BodySink {
  chunk(bytes: Uint8Array): void;
  end(): void;
  fail(error: unknown): void;
}

/** Where a body comes from, and how it is held back. */
export interface BodySource {
  pause(): void;
  /** Nothing comes before this returns. */
  resume(): void;
  /** Nobody wants the rest. */
  cancel(): void;
}

/** What waits for a reader before the source is held back, in bytes. */
const HIGH_WATER = 64 * 1024;

/**
 * The body of an answer on its way. Its source pushes; who wants it reads chunk by chunk, or has the rest pushed on by `flow`. What comes
 * before somebody asks is kept, and beyond a limit the source is held back.
 */
export class AnswerBody implements BodySink {
  readonly #source: BodySource;
  #sink: BodySink | undefined;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #paused = false;
  #over = false;
  #error: { readonly thrown: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(source: BodySource) {
    this.#source = source;
  }

  chunk(bytes: Uint8Array): void {
    if (this.#sink !== undefined) {
      this.#sink.chunk(bytes);
      return;
    }
    if (this.#over) return;
    this.#held.push(bytes);
    this.#heldBytes += bytes.byteLength;
    if (!this.#paused && this.#heldBytes >= HIGH_WATER) this.pause();
    this.#wake?.();
  }

  end(): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#sink !== undefined) this.#sink.end();
    this.#wake?.();
  }

  fail(thrown: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#error = { thrown };
    if (this.#sink !== undefined) this.#sink.fail(thrown);
    this.#wake?.();
  }

  /** The next chunk; undefined at the end. Throws what broke the body. One call at a time. */
  async read(): Promise<Uint8Array | undefined> {
    while (this.#held.length === 0 && !this.#over) {
      if (this.#paused) this.resume();
      await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#wake = undefined;
    }
    const next = this.#kept();
    if (next === undefined && this.#error !== undefined) throw this.#error.thrown;
    return next;
  }

  /** There was nothing in it, and nothing more will come. */
  get empty(): boolean {
    return this.#over && this.#error === undefined && this.#held.length === 0;
  }

  /** All of it when it has come already, and in one piece; undefined when it must be read. */
  takeWhole(): Uint8Array | undefined {
    return this.#over && this.#error === undefined && this.#held.length === 1 ? this.#held.shift() : undefined;
  }

  /** From now on, until `stop`, everything goes to `sink`, what was kept first. */
  flow(sink: BodySink): void {
    this.#sink = sink;
    // Before anything is handed on: the sink may want to hold the source back itself.
    this.resume();
    for (let kept = this.#kept(); kept !== undefined; kept = this.#kept()) {
      sink.chunk(kept);
      if (this.#sink === undefined) return;
    }
    if (this.#error !== undefined) sink.fail(this.#error.thrown);
    else if (this.#over) sink.end();
  }

  /** What comes is kept again, until the next `flow`. */
  stop(): void {
    this.#sink = undefined;
  }

  #kept(): Uint8Array | undefined {
    const next = this.#held.shift();
    this.#heldBytes -= next?.byteLength ?? 0;
    return next;
  }

  /** Holds the source back; a little more may still come. */
  pause(): void {
    if (this.#paused || this.#over) return;
    this.#paused = true;
    this.#source.pause();
  }

  resume(): void {
    if (!this.#paused || this.#over) return;
    this.#paused = false;
    this.#source.resume();
  }

  /** Nobody wants the rest. */
  cancel(): void {
    this.#held = [];
    this.#sink = undefined;
    if (this.#over) return;
    this.#over = true;
    this.#source.cancel();
    this.#wake?.();
  }
}
