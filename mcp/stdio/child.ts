import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import type { Writable } from "node:stream";
import type { Clock } from "#src/core/clock.ts";
import { LineDecoder } from "./lines.ts";
import { SUPERVISOR } from "./supervisor.ts";

/** What is started, and how much of what it says is taken. */
export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly clock: Clock;
  /** Milliseconds between the end of its input and SIGTERM, and again until SIGKILL. */
  readonly grace: number;
  /** The most bytes of one line of its output. */
  readonly maxLine: number;
  /** The most characters that may wait to be read by it; beyond them nothing is written. */
  readonly maxUnread: number;
}

/** What a child says. */
export interface ChildEvents {
  line(text: string): void;
  /** A line of its standard error; longer ones are cut. */
  errorLine(text: string): void;
  /** It is gone; called once. `reason` says why, in words for the log and the client. */
  gone(reason: string): void;
}

/** The most of one line of standard error that is kept. */
const MAX_ERROR_LINE = 2000;

/** How long what a dead process has said is waited for: a child of its own that left the group may hold the pipe open for ever. */
const LAST_WORDS = 1000;

/** A process, with everything it starts, that is told lines and says lines. */
export class Child {
  readonly #options: ChildOptions;
  readonly #events: ChildEvents;
  readonly #process: ChildProcess;
  readonly #gone = Promise.withResolvers<void>();
  #left = false;
  /** Characters that are written and not taken yet. Bun's own `writableLength` is always 0. */
  #unread = 0;
  /** Why it is being ended, when it is. */
  #reason: string | undefined;
  #cancel: (() => void) | undefined;

  constructor(options: ChildOptions, events: ChildEvents) {
    this.#options = options;
    this.#events = events;
    const { command, args, cwd, env, grace } = options;
    const seconds = String(Math.ceil(grace / 1000));
    this.#process = spawn("/bin/sh", ["-c", SUPERVISOR, "sluice", seconds, command, ...args], {
      cwd,
      env: { ...env },
      stdio: ["pipe", "pipe", "pipe", "pipe"],
      // A process group of its own.
      detached: true,
    });
    this.#process.on("error", (error) => this.#leave(`it could not be started: ${error.message}`));
    this.#process.on("exit", (code, signal) => this.#exited(code, signal));
    this.#process.on("close", () => this.#leave(this.#reason ?? "it ended"));
    this.#process.stdin?.on("error", () => {});
    this.#process.stdio[3]?.on("error", () => {});
    this.#read();
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Writes one line; resolves when it is taken, rejects when the process is gone or does not read. */
  write(text: string): Promise<void> {
    const { stdin } = this.#process;
    if (this.#left || this.#reason !== undefined || stdin === null)
      return Promise.reject(new Error("It is not running."));
    if (this.#unread > this.#options.maxUnread) return Promise.reject(new Error("It does not read its input."));
    this.#unread += text.length;
    return new Promise((resolve, reject) => {
      stdin.write(`${text}\n`, (error) => {
        this.#unread -= text.length;
        if (error) this.#afterEnd(() => reject(error));
        else resolve();
      });
    });
  }

  /** A process that cannot be written to is about to end; that it has ended says more. */
  #afterEnd(run: () => void): void {
    const cancel = this.#options.clock.after(LAST_WORDS, run);
    void this.#gone.promise.then(() => {
      cancel();
      run();
    });
  }

  /** Ends it: by the end of its input, then SIGTERM, then SIGKILL. Resolves when it is gone. */
  stop(reason: string): Promise<void> {
    if (!this.#left && this.#reason === undefined) {
      this.#reason = reason;
      this.#process.stdin?.end();
      this.#cancel = this.#options.clock.after(this.#options.grace, () => this.#force());
    }
    return this.#gone.promise;
  }

  /** Ends it without asking it first. */
  kill(reason: string): Promise<void> {
    if (this.#left) return this.#gone.promise;
    this.#reason ??= reason;
    this.#signal("SIGKILL");
    return this.#gone.promise;
  }

  #force(): void {
    this.#signal("SIGTERM");
    this.#cancel = this.#options.clock.after(this.#options.grace, () => this.#signal("SIGKILL"));
  }

  #read(): void {
    const { stdout, stderr } = this.#process;
    const lines = new LineDecoder(this.#options.maxLine, "refuse");
    stdout?.on("data", (bytes: Uint8Array) => this.#told(() => lines.push(bytes)));
    stdout?.on("end", () => this.#told(() => lines.end()));
    const errors = new LineDecoder(MAX_ERROR_LINE, "cut");
    const tell = (texts: readonly string[]): void => texts.forEach((text) => this.#events.errorLine(text));
    stderr?.on("data", (bytes: Uint8Array) => tell(errors.push(bytes)));
    stderr?.on("end", () => tell(errors.end()));
  }

  #told(lines: () => readonly string[]): void {
    if (this.#left) return;
    try {
      for (const line of lines()) this.#events.line(line);
    } catch {
      this.#process.stdout?.destroy();
      void this.kill(`it sent a message of more than ${this.#options.maxLine} bytes`);
    }
  }

  #exited(code: number | null, signal: NodeJS.Signals | null): void {
    this.#reason ??= exitReason(code, signal);
    // What it had started goes with it, and so do the other ends of its pipes: what it has said last can still be read.
    this.#signal("SIGKILL");
    this.#cancel?.();
    destroy(this.#process.stdin);
    destroy(this.#process.stdio[3]);
    const reason = this.#reason;
    this.#cancel = this.#options.clock.after(LAST_WORDS, () => this.#leave(reason));
  }

  #leave(reason: string): void {
    if (this.#left) return;
    this.#left = true;
    this.#cancel?.();
    for (const stream of this.#process.stdio) destroy(stream);
    this.#events.gone(reason);
    this.#gone.resolve();
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#process;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // The group is gone.
    }
  }
}

function destroy(stream: unknown): void {
  if (typeof stream === "object" && stream !== null && "destroy" in stream) (stream as Writable).destroy();
}

/** A shell says `128 + signal` for a command that a signal ended. */
function exitReason(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal !== null) return `it was ended by ${signal}`;
  if (code === 126 || code === 127) return "its command could not be run";
  return code !== null && code > 128 && code < 160
    ? `it was ended by signal ${code - 128}`
    : `it ended with status ${code}`;
}
