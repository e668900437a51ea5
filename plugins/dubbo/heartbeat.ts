import type { Clock } from "#src/core/clock.ts";

/** As often as Dubbo's own clients ask whether the other end is alive, in milliseconds. */
const INTERVAL = 60_000;

/** So many heartbeats without a call, and the connection is of no use. */
const IDLE = 5;

/** What a heartbeat does to its connection. */
export interface Pulse {
  readonly busy: () => boolean;
  /** Asks the other end for a sign of life. */
  readonly ask: () => void;
  /** There was none since the last heartbeat, or nobody has called for long. */
  readonly end: (why: string) => void;
}

/** Notices ends that have gone without a word, and connections that nobody uses. */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #pulse: Pulse;
  /** Asked, and nothing has come since. */
  #asked = false;
  #idle = 0;
  #cancel: () => void;

  constructor(clock: Clock, pulse: Pulse) {
    this.#clock = clock;
    this.#pulse = pulse;
    this.#cancel = clock.after(INTERVAL, () => this.#beat());
  }

  /** Something came. */
  heard(): void {
    this.#asked = false;
  }

  stop(): void {
    this.#cancel();
  }

  #beat(): void {
    const { busy, ask, end } = this.#pulse;
    this.#idle = busy() ? 0 : this.#idle + 1;
    if (this.#asked) return end("the provider gives no sign of life");
    if (this.#idle >= IDLE) return end("nobody has used the connection for long");
    this.#asked = true;
    ask();
    this.#cancel = this.#clock.after(INTERVAL, () => this.#beat());
  }
}
