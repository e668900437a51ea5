import type { Clock } from "../core/clock.ts";

/** Takes text and calls `done` when it can take more; an Error when it never will. */
type Sink = (text: string, done: (error?: Error | null) => void) => void;

/** How lines are gathered. */
export interface LineWriterOptions {
  readonly sink: Sink;
  readonly clock: Clock;
  /** Milliseconds a line waits for others; 10 when left out. */
  readonly delay?: number;
  /** Characters that are written without waiting for more; 64 Ki when left out. */
  readonly batch?: number;
  /** Characters kept while the sink takes none; lines beyond are dropped and counted. 8 Mi when left out. */
  readonly limit?: number;
}

/** Writes lines in batches, one write at a time. A sink that stalls costs lines, never memory or a request's time. */
export class LineWriter {
  readonly #options: LineWriterOptions;
  readonly #delay: number;
  readonly #batch: number;
  readonly #limit: number;
  #waiting = "";
  #dropped = 0;
  #writing = false;
  #scheduled = false;
  #broken = false;
  #idle: (() => void)[] = [];

  constructor(options: LineWriterOptions) {
    this.#options = options;
    this.#delay = options.delay ?? 10;
    this.#batch = options.batch ?? 65_536;
    this.#limit = options.limit ?? 8_388_608;
  }

  /** `line` has no line break of its own. */
  write(line: string): void {
    if (this.#broken) return;
    if (this.#waiting.length + line.length > this.#limit) {
      this.#dropped++;
      return;
    }
    if (this.#dropped > 0) {
      const time = new Date(this.#options.clock.now()).toISOString();
      this.#waiting += `${JSON.stringify({ time, lines_dropped: this.#dropped })}\n`;
      this.#dropped = 0;
    }
    this.#waiting += line;
    this.#waiting += "\n";
    if (this.#writing) return;
    if (this.#waiting.length >= this.#batch) this.#send();
    else if (!this.#scheduled) this.#schedule();
  }

  /** Resolves when everything written so far is taken, or the sink is broken. */
  flush(): Promise<void> {
    if (!this.#writing) this.#send();
    if (!this.#writing) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #schedule(): void {
    this.#scheduled = true;
    this.#options.clock.after(this.#delay, () => {
      this.#scheduled = false;
      if (!this.#writing) this.#send();
    });
  }

  #send(): void {
    if (this.#waiting === "" || this.#broken) return this.#wake();
    const text = this.#waiting;
    this.#waiting = "";
    this.#writing = true;
    this.#options.sink(text, (error) => {
      this.#writing = false;
      // Nobody reads any more (a closed pipe): there is no place left to say so.
      if (error !== undefined && error !== null) this.#broken = true;
      this.#send();
    });
  }

  #wake(): void {
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }
}
