import { isDeeperThan, isObject, type Json, type JsonObject, MAX_DEPTH } from "#src/core/json.ts";
import { LinkLost, type LinkEvents, type MessageLink } from "../remote/message-link.ts";
import { Child, type ChildOptions } from "./child.ts";
import type { ErrorOutput } from "./error-output.ts";

/** What the process says by the way. */
export interface ProcessOutput {
  /** On its standard error; undefined where nobody wants to hear it. */
  readonly errors: ErrorOutput | undefined;
  /** What it does wrong. */
  readonly own: ErrorOutput;
}

/** A link to a process of its own: a message a line. */
export class ProcessLink implements MessageLink {
  readonly relates = false;
  readonly #child: Child;
  readonly #output: ProcessOutput;
  #events: LinkEvents | undefined;
  #closed = false;
  #lost: LinkLost | undefined;

  constructor(options: ChildOptions, output: ProcessOutput) {
    this.#output = output;
    this.#child = new Child(options, {
      line: (text) => this.#line(text),
      errorLine: (text) => output.errors?.line(text),
      gone: (reason) => this.#gone(reason),
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get gone(): boolean {
    return this.#lost !== undefined;
  }

  /** May be called again, by who takes the link over. */
  start(events: LinkEvents): void {
    this.#events = events;
    const lost = this.#lost;
    if (lost !== undefined) queueMicrotask(() => events.closed(lost));
  }

  async send(message: JsonObject): Promise<void> {
    try {
      await this.#child.write(JSON.stringify(message));
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : "It cannot be written to.";
      throw this.#lost ?? new LinkLost(`The server's process was not reached: ${why}`, { received: false, cause });
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#child.stop("it was stopped");
  }

  #line(text: string): void {
    const value = parsed(text);
    const messages = Array.isArray(value) ? value : [value];
    if (value === undefined || !messages.every(isObject)) {
      this.#output.own.garbage(text);
      return;
    }
    // A batch, which 2025-03-26 had, is so many messages.
    for (const message of messages) if (isObject(message)) this.#events?.message(message);
  }

  #gone(reason: string): void {
    this.#lost = new LinkLost(`The server's process is gone: ${reason}.`, { received: true });
    if (this.#closed) return;
    this.#output.own.ended(reason);
    this.#events?.closed(this.#lost);
  }
}

function parsed(text: string): Json | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return isDeeperThan(MAX_DEPTH, value) ? undefined : value;
  } catch {
    return undefined;
  }
}
