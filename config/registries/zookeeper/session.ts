import type { Socket } from "node:net";
import type { RegistryWorld } from "../registry.ts";
import {
  closeMessage,
  connectMessage,
  FrameCutter,
  type Operation,
  pingMessage,
  type Reader,
  readConnected,
  readIncoming,
  requestMessage,
} from "./wire.ts";

/** The time-out asked for, in milliseconds; the server may set another one. */
const SESSION_MS = 10_000;

/** As ZooKeeper's own client. */
const MOST_BYTES = 4 * 1024 * 1024;

const NO_NODE = -101;

/** A server's answer that is an error, by its number. */
export class ZooKeeperError extends Error {}

/** How a session is opened. */
export interface SessionOptions {
  readonly host: string;
  readonly port: number;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** What was read of a path is not so any more; told once for each time it was read. */
  readonly changed: (path: string) => void;
}

interface Question {
  readonly xid: number;
  readonly resolve: (body: Reader | undefined) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A session that only reads. It has no ephemeral nodes, so nothing is lost with it: when the connection breaks, the server is silent or the
 * session expires, it is over, and a new one reads everything again and leaves new watches.
 */
export class Session {
  readonly #world: RegistryWorld;
  readonly #options: SessionOptions;
  readonly #socket: Socket;
  readonly #frames = new FrameCutter(MOST_BYTES);
  readonly #questions: Question[] = [];
  readonly #opened = Promise.withResolvers<void>();
  readonly #over = Promise.withResolvers<string>();
  #state: "opening" | "open" | "over" = "opening";
  #timeout = SESSION_MS;
  #xid = 0;
  #stopPing: () => void = () => {};
  #stopWaiting: () => void = () => {};

  /** Resolves when the session is there; rejects when none comes about. */
  static async open(world: RegistryWorld, options: SessionOptions): Promise<Session> {
    options.signal.throwIfAborted();
    const { connect } = await import("node:net");
    options.signal.throwIfAborted();
    const session = new Session(world, options, connect({ host: options.host, port: options.port }));
    await session.#opened.promise;
    return session;
  }

  private constructor(world: RegistryWorld, options: SessionOptions, socket: Socket) {
    this.#world = world;
    this.#options = options;
    this.#socket = socket;
    this.#opened.promise.catch(() => {});
    options.signal.addEventListener("abort", this.#abort);
    socket.setNoDelay(true);
    socket.on("connect", () => socket.write(connectMessage(SESSION_MS)));
    socket.on("data", (chunk: Buffer) => this.#received(chunk));
    socket.on("error", (error) => this.#end(error.message));
    socket.on("close", () => this.#end("the connection was closed"));
    this.#wait();
  }

  /** Resolves to why it is over. */
  get over(): Promise<string> {
    return this.#over.promise;
  }

  /** Names of the nodes below a path; undefined when there is no such node. */
  async children(path: string): Promise<readonly string[] | undefined> {
    return (await this.#ask("getChildren", path))?.texts();
  }

  /** A node's text; undefined when there is no such node. */
  async data(path: string): Promise<string | undefined> {
    return (await this.#ask("getData", path))?.text();
  }

  async exists(path: string): Promise<boolean> {
    return (await this.#ask("exists", path)) !== undefined;
  }

  #ask(operation: Operation, path: string): Promise<Reader | undefined> {
    if (this.#state !== "open") return Promise.reject(new Error("the session is over"));
    return new Promise((resolve, reject) => {
      const xid = ++this.#xid;
      this.#questions.push({ xid, resolve, reject });
      this.#socket.write(requestMessage(xid, operation, path));
    });
  }

  #received(chunk: Buffer): void {
    if (this.#state === "over") return;
    this.#wait();
    try {
      for (const frame of this.#frames.cut(chunk)) this.#read(frame);
    } catch (error) {
      this.#end(error instanceof Error ? error.message : String(error));
    }
  }

  #read(frame: Buffer): void {
    if (this.#state === "opening") return this.#connected(readConnected(frame));
    const message = readIncoming(frame);
    if (message.kind === "event") return this.#options.changed(message.path);
    if (message.kind === "ping") return;
    const question = this.#questions.shift();
    if (question?.xid !== message.xid) throw new Error("an answer to nothing that was asked");
    if (message.error === 0) question.resolve(message.body);
    else if (message.error === NO_NODE) question.resolve(undefined);
    else question.reject(new ZooKeeperError(`error ${message.error}`));
  }

  #connected(timeout: number): void {
    if (timeout <= 0) throw new Error("it gives no session");
    this.#timeout = timeout;
    this.#state = "open";
    this.#opened.resolve();
    this.#ping();
  }

  #ping(): void {
    this.#stopPing = this.#world.clock.after(this.#timeout / 3, () => {
      this.#socket.write(pingMessage());
      this.#ping();
    });
  }

  /** The server must say something, if only to the pings. */
  #wait(): void {
    this.#stopWaiting();
    this.#stopWaiting = this.#world.clock.after((this.#timeout * 2) / 3, () => this.#end("the server is silent"));
  }

  readonly #abort = (): void => {
    const socket = this.#socket;
    // Said in parting, so that the server need not wait for the session to expire.
    if (this.#state === "open") socket.end(closeMessage(++this.#xid), () => socket.destroy());
    else socket.destroy();
    this.#end("closed");
  };

  #end(reason: string): void {
    if (this.#state === "over") return;
    this.#state = "over";
    this.#stopPing();
    this.#stopWaiting();
    this.#options.signal.removeEventListener("abort", this.#abort);
    if (!this.#options.signal.aborted) this.#socket.destroy();
    const error = new Error(reason);
    this.#opened.reject(error);
    for (const { reject } of this.#questions.splice(0)) reject(error);
    this.#over.resolve(reason);
  }
}
