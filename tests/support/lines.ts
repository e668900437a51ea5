import type { Readable } from "node:stream";
import { within } from "./until.ts";

/** The lines a process writes, kept, with a way to wait for one. */
export class Lines {
  readonly all: string[] = [];
  readonly #waiting = new Set<() => void>();
  #rest = "";
  #ended = false;

  constructor(stream: Readable) {
    stream.setEncoding("utf8");
    stream.on("data", (piece: string) => {
      const lines = (this.#rest + piece).split("\n");
      this.#rest = lines.pop() ?? "";
      this.all.push(...lines);
      this.#wake();
    });
    stream.on("close", () => {
      if (this.#rest !== "") this.all.push(this.#rest);
      this.#rest = "";
      this.#ended = true;
      this.#wake();
    });
  }

  /** Everything written so far, as one text. */
  get text(): string {
    return [...this.all, this.#rest].join("\n");
  }

  /** The first line from index `from` on that `choose` makes something of; rejects when the stream ends without one. */
  async find<T>(what: string, choose: (line: string) => T | undefined, from = 0): Promise<T> {
    let seen = from;
    const search = async (): Promise<T> => {
      for (;;) {
        while (seen < this.all.length) {
          const found = choose(this.all[seen++] ?? "");
          if (found !== undefined) return found;
        }
        if (this.#ended) throw new Error(`the stream ended before ${what}:\n${this.text}`);
        await new Promise<void>((resolve) => this.#waiting.add(resolve));
      }
    };
    return within(`${what}; so far:\n${this.text}`, search());
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}
