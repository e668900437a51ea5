import type { Clock } from "#src/core/clock.ts";

/** How long a push that is not taken from the line keeps others waiting. */
const PATIENCE_MS = 5000;

/**
 * Lets only so many streams write at a time: when all clients come back at once, their answers are made as the line takes them, not all
 * at the start. A stream waits in the queue once, however often it is asked for; it then sends what is newest.
 */
export class PushGate<Stream> {
  readonly #limit: number;
  readonly #clock: Clock;
  readonly #write: (stream: Stream) => readonly Promise<void>[];
  readonly #queue = new Set<Stream>();
  #writing = 0;

  /** `write` sends what a stream has to send; its promises are kept when the line has taken that. */
  constructor(limit: number, clock: Clock, write: (stream: Stream) => readonly Promise<void>[]) {
    this.#limit = limit;
    this.#clock = clock;
    this.#write = write;
  }

  /** How many streams wait. */
  get waiting(): number {
    return this.#queue.size;
  }

  enter(stream: Stream): void {
    this.#queue.add(stream);
    this.#advance();
  }

  leave(stream: Stream): void {
    this.#queue.delete(stream);
  }

  #advance(): void {
    for (const stream of this.#queue) {
      if (this.#writing >= this.#limit) return;
      this.#queue.delete(stream);
      const writes = this.#write(stream);
      if (writes.length > 0) this.#hold(writes);
    }
  }

  #hold(writes: readonly Promise<void>[]): void {
    this.#writing++;
    let held = true;
    const release = (): void => {
      if (!held) return;
      held = false;
      cancel();
      this.#writing--;
      this.#advance();
    };
    const cancel = this.#clock.after(PATIENCE_MS, release);
    void Promise.allSettled(writes).then(release);
  }
}
