import type { Socket } from "node:net";
import type { Clock } from "#src/core/clock.ts";
import { type Connection, type DubboCall, DubboError, type DubboResult } from "./call.ts";
import { connected, hostAndPort } from "./connected.ts";
import { callFrame, heartbeat, heartbeatAnswer, type Message, MessageReader } from "./frame.ts";
import { Heartbeat } from "./heartbeat.ts";
import { callBody, resultOf } from "./invocation.ts";

/** By this event a provider that is about to go says so (Hessian's text `R`); what is under way is still answered. */
const READ_ONLY = Uint8Array.of(0x01, 0x52);

/** So much that the provider has not taken yet, in bytes, and it gets nothing more. */
const MOST_UNSENT = 16 * 2 ** 20;

interface Waiting {
  readonly resolve: (result: DubboResult) => void;
  readonly reject: (error: unknown) => void;
}

/** Connects to a provider that speaks the Dubbo protocol. Rejects with a {@link DubboError}. */
export async function connectDubbo(address: string, clock: Clock): Promise<Connection> {
  const { connect } = await import("node:net");
  const socket = connect(hostAndPort(address));
  await connected(socket, address, clock);
  return new DubboConnection(socket, clock);
}

/** Calls and answers cross on one connection, told apart by their ids. */
class DubboConnection implements Connection {
  readonly #socket: Socket;
  readonly #heart: Heartbeat;
  readonly #reader = new MessageReader();
  readonly #waiting = new Map<bigint, Waiting>();
  #next = 1n;
  #ended = false;

  constructor(socket: Socket, clock: Clock) {
    this.#socket = socket;
    this.#heart = new Heartbeat(clock, {
      busy: () => this.#waiting.size > 0,
      ask: () => void socket.write(heartbeat(this.#next++)),
      end: (why) => this.#end(why),
    });
    socket.setNoDelay(true);
    socket.on("data", (chunk: Uint8Array) => this.#take(chunk));
    socket.on("error", (error: Error) => this.#end(error.message));
    socket.on("close", () => this.#end("the provider closed the connection"));
  }

  get ended(): boolean {
    return this.#ended;
  }

  async call(call: DubboCall, signal: AbortSignal): Promise<DubboResult> {
    if (this.#ended || this.#socket.writableLength > MOST_UNSENT) {
      throw new DubboError("unreachable", "the provider takes no more calls on its connection");
    }
    const id = this.#next++;
    const { promise, resolve, reject } = Promise.withResolvers<DubboResult>();
    // An answer that comes later finds nobody who waits for it.
    const leave = (): void => reject(signal.reason);
    signal.addEventListener("abort", leave, { once: true });
    this.#waiting.set(id, { resolve, reject });
    this.#socket.write(callFrame(id, callBody(call)));
    return promise.finally(() => {
      signal.removeEventListener("abort", leave);
      this.#waiting.delete(id);
      this.#leaveIfDone();
    });
  }

  close(): void {
    this.#end("the connection was closed");
  }

  #take(chunk: Uint8Array): void {
    this.#heart.heard();
    try {
      for (const message of this.#reader.read(chunk)) this.#heed(message);
    } catch (error) {
      this.#end(error instanceof Error ? error.message : String(error));
    }
  }

  #heed(message: Message): void {
    const { kind, id, twoWay, body } = message;
    if (kind === "answer") this.#answer(message);
    if (kind !== "event") return;
    if (twoWay) this.#socket.write(heartbeatAnswer(id));
    if (body !== undefined && READ_ONLY.every((byte, index) => body[index] === byte)) {
      this.#ended = true;
      this.#leaveIfDone();
    }
  }

  #answer(message: Message): void {
    const waiting = this.#waiting.get(message.id);
    if (waiting === undefined) return;
    try {
      waiting.resolve(resultOf(message));
    } catch (error) {
      waiting.reject(error);
    }
  }

  /** No further calls are taken: the last answer was the end. */
  #leaveIfDone(): void {
    if (this.#ended && this.#waiting.size === 0) this.#end("the provider takes no more calls");
  }

  #end(why: string): void {
    this.#ended = true;
    this.#heart.stop();
    this.#socket.destroy();
    for (const { reject } of this.#waiting.values()) reject(new DubboError("broken", why));
    this.#waiting.clear();
  }
}
