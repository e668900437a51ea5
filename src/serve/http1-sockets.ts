import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

interface Known {
  /** Requests under way. */
  underWay: number;
  stop: () => void;
}

/** The HTTP/1.1 connections of a listener, which are closed when they have had nothing to do for too long. */
export class Http1Sockets {
  readonly #idle: number;
  readonly #sockets = new Map<Socket, Known>();

  /** `idle`: milliseconds; 0: for ever. */
  constructor(idle: number) {
    this.#idle = idle;
  }

  opened(socket: Socket): void {
    const known = { underWay: 0, stop: () => {} };
    this.#sockets.set(socket, known);
    this.#rests(socket, known);
    socket.once("close", () => this.forget(socket));
  }

  /** A request came, whose answer this is. */
  requested(socket: Socket, response: ServerResponse): void {
    const known = this.#sockets.get(socket);
    if (known === undefined) return;
    known.underWay++;
    known.stop();
    response.once("close", () => {
      known.underWay--;
      if (known.underWay === 0 && this.#sockets.has(socket)) this.#rests(socket, known);
    });
  }

  /** It is not of HTTP/1.1 any more, or closed. */
  forget(socket: Socket): void {
    this.#sockets.get(socket)?.stop();
    this.#sockets.delete(socket);
  }

  closeIdle(): void {
    for (const [socket, { underWay }] of this.#sockets) if (underWay === 0) socket.end();
  }

  cut(): void {
    for (const socket of this.#sockets.keys()) socket.destroy();
  }

  /** `keepAliveTimeout` of `node:http` does nothing on all runtimes for servers that do not listen themselves. */
  #rests(socket: Socket, known: Known): void {
    if (this.#idle === 0) return;
    const timer = setTimeout(() => socket.end(), this.#idle);
    timer.unref();
    known.stop = () => clearTimeout(timer);
  }
}
