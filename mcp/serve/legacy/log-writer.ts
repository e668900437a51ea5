import type { Clock } from "#src/core/clock.ts";
import type { SessionLog } from "#src/sessions/event-log.ts";

/** Milliseconds between tries when the log is away, and until it is given up. */
const RETRY = { pause: 250, most: 30_000 };

/** Writes one stream of a session, message by message in the order given; a store that is away for a moment loses none and doubles none. */
export class LogWriter {
  readonly #log: SessionLog;
  readonly #stream: string;
  readonly #clock: Clock;
  readonly #failed: () => void;
  #waiting: { readonly text: string; readonly last: boolean }[] = [];
  #writing = false;

  /** `failed` is called when the log stays away: what was to be written is lost. */
  constructor(log: SessionLog, stream: string, clock: Clock, failed: () => void) {
    this.#log = log;
    this.#stream = stream;
    this.#clock = clock;
    this.#failed = failed;
  }

  write(text: string, last: boolean): void {
    this.#waiting.push({ text, last });
    if (!this.#writing) void this.#drain();
  }

  async #drain(): Promise<void> {
    this.#writing = true;
    for (let next = this.#waiting.splice(0); next.length > 0; next = this.#waiting.splice(0)) {
      const last = next.some((one) => one.last);
      const texts = next.map(({ text }) => text);
      if (!(await this.#append(texts, last))) {
        this.#waiting = [];
        this.#failed();
      }
    }
    this.#writing = false;
  }

  async #append(texts: readonly string[], last: boolean): Promise<boolean> {
    const until = this.#clock.monotonic() + RETRY.most;
    const id = crypto.randomUUID();
    for (let again = false; ; again = true) {
      try {
        await this.#log.append(this.#stream, texts, last, { id, again });
        return true;
      } catch {
        if (this.#clock.monotonic() >= until) return false;
        await new Promise<void>((resolve) => void this.#clock.after(RETRY.pause, resolve));
      }
    }
  }
}
