import type { LogFields } from "#src/core/log.ts";
import type { McpWorld } from "#src/core/mcp/kind.ts";

/** Characters that wait while the disk takes none; what comes then is counted and lost. */
const LIMIT = 4 * 2 ** 20;

/** Adds a line of JSON for each record to a file, in order, one write at a time. A disk that stalls costs records, never a call's time. */
export class AuditFile {
  readonly #path: string;
  readonly #world: Pick<McpWorld, "clock" | "log">;
  #waiting = "";
  #lost = 0;
  #writing: Promise<void> | undefined;
  #failed = false;

  constructor(path: string, world: Pick<McpWorld, "clock" | "log">) {
    this.#path = path;
    this.#world = world;
  }

  info(message: string, fields: LogFields = {}): void {
    const line = this.#line({ message, ...fields });
    if (this.#waiting.length + line.length > LIMIT) {
      this.#lost++;
      return;
    }
    if (this.#lost > 0) this.#waiting += this.#line({ message: "records were lost", lost: this.#lost });
    this.#lost = 0;
    this.#waiting += line;
    this.#writing ??= this.#write();
  }

  /** What waits is still written. */
  close(): Promise<void> {
    return this.#writing ?? Promise.resolve();
  }

  #line(fields: LogFields): string {
    return `${JSON.stringify({ time: new Date(this.#world.clock.now()).toISOString(), ...fields })}\n`;
  }

  async #write(): Promise<void> {
    const { appendFile } = await import("node:fs/promises");
    while (this.#waiting !== "") {
      const text = this.#waiting;
      this.#waiting = "";
      try {
        await appendFile(this.#path, text, { mode: 0o600 });
        this.#failed = false;
      } catch (error) {
        this.#lost += text.split("\n").length - 1;
        this.#tell(error);
      }
    }
    this.#writing = undefined;
  }

  #tell(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#world.log.error("The file of audit records cannot be written to; records are lost until it can.", {
      file: this.#path,
      reason: error instanceof Error && "code" in error ? String(error.code) : "unknown",
    });
  }
}
