import { dirname } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Clock } from "#src/core/clock.ts";
import { Child } from "../../stdio/child.ts";
import { DatabaseError } from "../database.ts";
import type { SqliteAnswer, SqliteRequest } from "./messages.ts";

const SCRIPT = fileURLToPath(new URL("process.ts", import.meta.url));

/** An answer holds one result and what JSON adds to it. */
const OVERHEAD = 8;

/** A process that runs statements on one file, one at a time. */
export class SqliteWorker {
  readonly #child: Child;
  #waiting: PromiseWithResolvers<SqliteAnswer> | undefined;
  #gone = false;

  constructor(file: string, bytes: number, clock: Clock) {
    this.#child = new Child(
      {
        ...commandFor(file),
        env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "" },
        cwd: dirname(file),
        clock,
        grace: 1000,
        maxLine: bytes * OVERHEAD + 2 ** 20,
        maxUnread: 64 * 2 ** 20,
      },
      {
        line: (text) => this.#waiting?.resolve(JSON.parse(text) as SqliteAnswer),
        errorLine() {},
        gone: (reason) => this.#lost(reason),
      },
    );
  }

  get gone(): boolean {
    return this.#gone;
  }

  /** A statement is under way. */
  get busy(): boolean {
    return this.#waiting !== undefined;
  }

  /** Rejects with a {@link DatabaseError} when the process ends. */
  async run(request: SqliteRequest): Promise<SqliteAnswer> {
    const waiting = Promise.withResolvers<SqliteAnswer>();
    this.#waiting = waiting;
    this.#child.write(JSON.stringify(request)).catch(() => {});
    try {
      return await waiting.promise;
    } finally {
      this.#waiting = undefined;
    }
  }

  /** Ends it in the middle of whatever it does. */
  kill(): void {
    this.#gone = true;
    void this.#child.kill("it was stopped");
  }

  stop(): Promise<void> {
    this.#gone = true;
    return this.#child.stop("it was stopped");
  }

  #lost(reason: string): void {
    this.#gone = true;
    this.#waiting?.reject(new DatabaseError(`The process that reads the database is gone: ${reason}.`));
  }
}

/** On Deno with no right but to this file and those that SQLite puts beside it. */
function commandFor(file: string): { readonly command: string; readonly args: readonly string[] } {
  const command = process.execPath;
  if (process.versions["deno"] === undefined) return { command, args: [SCRIPT, file] };
  const folder = dirname(file);
  const root = fileURLToPath(new URL("../../..", import.meta.url));
  const rights = [`--allow-read=${folder},${root}`, `--allow-write=${folder}`];
  return { command, args: ["run", "--quiet", "--no-prompt", ...rights, SCRIPT, file] };
}
