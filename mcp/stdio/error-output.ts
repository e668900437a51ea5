import type { Clock } from "#src/core/clock.ts";
import type { Log } from "#src/core/log.ts";

/** The most lines of one process that are logged within a window, and its length in milliseconds. */
const MOST_LINES = 100;
const WINDOW = 10_000;

/** What stands in place of a secret. */
const MASK = "***";

/** Shorter values stand in many a harmless word. */
const SHORTEST_SECRET = 6;

/** What of a process' environment must not be logged. */
export function secretsOf(env: Readonly<Record<string, string>>): readonly string[] {
  return Object.values(env)
    .filter((value) => value.length >= SHORTEST_SECRET)
    .sort((a, b) => b.length - a.length);
}

/** Logs what a process says on its standard error: without the values it was given, and never more than a log can bear. */
export class ErrorOutput {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #server: string;
  readonly #secrets: readonly string[];
  #since = Number.NEGATIVE_INFINITY;
  #lines = 0;

  constructor(server: string, secrets: readonly string[], log: Log, clock: Clock) {
    this.#server = server;
    this.#secrets = secrets;
    this.#log = log;
    this.#clock = clock;
  }

  line(text: string): void {
    this.#write("A stdio server says:", text);
  }

  /** A line on its standard output that is no message. */
  garbage(text: string): void {
    this.#write(
      "A stdio server wrote to its output what is no message of MCP; it should use its standard error:",
      text,
    );
  }

  /** The process is gone, and nobody had asked it to. */
  ended(reason: string): void {
    this.#log.warn("A stdio server has ended.", { server: this.#server, reason });
  }

  #write(message: string, text: string): void {
    const now = this.#clock.monotonic();
    if (now - this.#since >= WINDOW) {
      if (this.#lines > MOST_LINES) this.#log.warn("Lines of a stdio server were left out.", this.#left());
      this.#since = now;
      this.#lines = 0;
    }
    if (++this.#lines <= MOST_LINES) this.#log.info(message, { server: this.#server, line: this.#masked(text) });
  }

  #left(): { readonly server: string; readonly lines: number } {
    return { server: this.#server, lines: this.#lines - MOST_LINES };
  }

  #masked(text: string): string {
    let masked = text;
    for (const secret of this.#secrets) masked = masked.replaceAll(secret, MASK);
    return masked;
  }
}
