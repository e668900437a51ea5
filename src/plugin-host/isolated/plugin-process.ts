import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import process from "node:process";
import type { Readable, Writable } from "node:stream";
import type { Clock } from "../../core/clock.ts";
import type { Command } from "./command.ts";
import { ANSWERS, OUTPUT } from "./descriptors.ts";
import { encodeFrame, type Frame, FrameDecoder } from "./frames.ts";

/** How a process is started, and what it may use. */
export interface ProcessOptions extends Command {
  readonly clock: Clock;
  /** Bytes of memory; only Linux tells how much a process has. */
  readonly maxMemory: number;
}

/** What comes of a process. */
export interface ProcessEvents {
  frame(frame: Frame): void;
  /** Of its output or its errors. */
  line(text: string): void;
  /** It is gone; called once. */
  gone(reason: string): void;
}

/** The most that may wait to be read by it, in bytes. */
const MAX_UNREAD = 256 * 1024 * 1024;

/** Messages and lines of a second; more is no work but an attack on the gateway. */
const MAX_PER_SECOND = 20_000;
const MAX_LINE = 2000;

/** Milliseconds between two looks at its memory, and from the end of its input until it is killed. */
const LOOK = 250;
const GRACE = 1000;

const PAGE = 4096;

/** A process that frames are exchanged with. Of the environment it has nothing; it is ended by its number alone. */
export class PluginProcess {
  readonly #options: ProcessOptions;
  readonly #events: ProcessEvents;
  readonly #child: ChildProcess;
  readonly #gone = Promise.withResolvers<void>();
  #left = false;
  #reason: string | undefined;
  #unread = 0;
  #stopLooking: () => void = () => {};
  #lastWords: () => void = () => {};
  #second = { begun: 0, count: 0 };

  constructor(options: ProcessOptions, events: ProcessEvents) {
    this.#options = options;
    this.#events = events;
    const { command, args } = options;
    this.#child = spawn(command, args, {
      env: { NO_COLOR: "1" },
      cwd: "/",
      stdio: ["pipe", "pipe", "pipe", "pipe", "pipe"],
    });
    this.#child.on("error", (error) => {
      this.#reason ??= `it could not be started: ${error.message}`;
      this.#leave();
    });
    this.#child.on("exit", (code, signal) => {
      this.#reason ??= exitReason(code, signal);
      // What it said last is still on its way; but somebody else may hold its output open.
      this.#lastWords = options.clock.after(GRACE, () => this.#leave());
    });
    this.#child.on("close", () => this.#leave());
    this.#child.stdin?.on("error", () => {});
    (this.#child.stdio[ANSWERS] as Writable | null)?.on("error", () => {});
    this.#read();
    this.#look();
  }

  get running(): boolean {
    return !this.#left && this.#reason === undefined;
  }

  /** Throws an Error when it is gone, or does not read. */
  send(message: unknown, blobs: readonly Uint8Array[] = []): void {
    this.#write(this.#child.stdin, message, blobs);
  }

  /** Answers a question for which it stands still. */
  answer(message: unknown, blobs: readonly Uint8Array[]): void {
    this.#write(this.#child.stdio[ANSWERS] as Writable | null, message, blobs);
  }

  kill(reason: string): void {
    this.#reason ??= reason;
    if (!this.#left) this.#child.kill("SIGKILL");
  }

  /** Lets it end by itself; resolves when it is gone. */
  stop(): Promise<void> {
    if (this.running) {
      this.#reason = "it was stopped";
      this.#child.stdin?.end();
      const cancel = this.#options.clock.after(GRACE, () => this.#child.kill("SIGKILL"));
      void this.#gone.promise.then(cancel);
    }
    return this.#gone.promise;
  }

  #write(to: Writable | null, message: unknown, blobs: readonly Uint8Array[]): void {
    if (!this.running || to === null) throw new Error("The plugin's process is gone.");
    if (this.#unread > MAX_UNREAD) throw new Error("The plugin's process does not read what it is sent.");
    const frame = encodeFrame({ json: message, blobs });
    this.#unread += frame.byteLength;
    to.write(frame, () => {
      this.#unread -= frame.byteLength;
    });
  }

  #read(): void {
    const decoder = new FrameDecoder();
    (this.#child.stdio[OUTPUT] as Readable | null)?.on("data", (bytes: Uint8Array) =>
      this.#told(() => {
        for (const frame of decoder.push(bytes)) {
          this.#count();
          if (this.running) this.#events.frame(frame);
        }
      }),
    );
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on("data", (bytes: Uint8Array) =>
        this.#told(() => {
          for (const line of new TextDecoder().decode(bytes).split("\n")) {
            this.#count();
            if (line !== "" && !this.#left) this.#events.line(line.slice(0, MAX_LINE));
          }
        }),
      );
    }
  }

  #told(read: () => void): void {
    if (this.#left) return;
    try {
      read();
    } catch (error) {
      this.kill(`it sent what cannot be understood: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #count(): void {
    const now = this.#options.clock.monotonic();
    if (now - this.#second.begun > 1000) this.#second = { begun: now, count: 0 };
    if (++this.#second.count > MAX_PER_SECOND) this.kill(`it said more than ${MAX_PER_SECOND} things in a second`);
  }

  /** Looks at its memory now and then, as long as it lives. */
  #look(): void {
    if (process.platform !== "linux") return;
    this.#stopLooking = this.#options.clock.after(LOOK, () => {
      void residentBytes(this.#child.pid).then((bytes) => {
        if (this.#left) return;
        const { maxMemory } = this.#options;
        if (bytes > maxMemory) this.kill(`it has ${bytes} bytes of memory, and ${maxMemory} are allowed`);
        this.#look();
      });
    });
  }

  #leave(): void {
    if (this.#left) return;
    this.#left = true;
    this.#stopLooking();
    this.#lastWords();
    for (const stream of this.#child.stdio) stream?.destroy();
    this.#events.gone(this.#reason ?? "it ended");
    this.#gone.resolve();
  }
}

async function residentBytes(pid: number | undefined): Promise<number> {
  try {
    const [, pages] = (await readFile(`/proc/${pid}/statm`, "utf8")).split(" ");
    return Number(pages) * PAGE;
  } catch {
    // It is about to be gone.
    return 0;
  }
}

function exitReason(code: number | null, signal: NodeJS.Signals | null): string {
  return signal === null ? `it ended with status ${code}` : `it was ended by ${signal}`;
}
