import { createServer as createHttp1, type Server as Http1Server } from "node:http";
import {
  createServer as createHttp2,
  type Http2Server,
  type Http2Session,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import { createServer, type Server, type Socket } from "node:net";
import { joined } from "../core/collect-bytes.ts";
import type { ConnectionLimits, Listening, ListenOptions } from "../core/host.ts";
import { BAD_REQUEST, type ExchangeWorld, Http1Exchanges } from "./http1-exchanges.ts";
import { Http1Sockets } from "./http1-sockets.ts";
import { Http2Connections, sessionSettings } from "./http2-connections.ts";
import { Http2Exchanges } from "./http2-exchanges.ts";
import { KEEP_ALIVE, opened } from "./node-listening.ts";
import type { ProducerOf } from "./node-response.ts";
import { opensWebSocket } from "./node-websocket.ts";
import { UnderWay } from "./under-way.ts";

/** What a client that knows that it may speak HTTP/2 begins with (RFC 9113, 3.4). */
const PREFACE: Uint8Array = new TextEncoder().encode("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/**
 * Opens a listener without TLS for HTTP/1.1 and, to clients that begin with it, HTTP/2: gRPC needs what comes after a body, which neither
 * `Bun.serve` nor `Deno.serve` can send.
 */
export async function listenInClear(options: ListenOptions, producerOf?: ProducerOf): Promise<Listening> {
  const listener = new CleartextListener(options, producerOf);
  return { port: await opened(listener.server, options), stop: (force) => listener.stop(force) };
}

class CleartextListener {
  readonly server: Server;
  readonly #underWay = new UnderWay(() => this.#sockets.closeIdle());
  readonly #exchanges: Http1Exchanges;
  readonly #connections: Http2Connections;
  readonly #http1: Http1Server;
  readonly #http2: Http2Server;
  /** Connections that are not of HTTP/2. */
  readonly #sockets: Http1Sockets;

  constructor(options: ListenOptions, producerOf: ProducerOf | undefined) {
    const known = { secure: false, listener: options.name };
    const world: ExchangeWorld = {
      handle: (request, connection) => options.handle(request, connection),
      known,
      underWay: this.#underWay,
      ...(producerOf === undefined ? {} : { producerOf }),
    };
    this.#sockets = new Http1Sockets(options.limits?.idleTimeout ?? KEEP_ALIVE);
    this.#exchanges = new Http1Exchanges(world);
    this.#connections = new Http2Connections(new Http2Exchanges(world), known, options.limits);
    this.#http1 = this.#http1Server(options.limits);
    this.#http2 = this.#http2Server(options.limits);
    this.server = createServer({ noDelay: true }, (socket) => this.#accepted(socket));
  }

  async stop(force: boolean): Promise<void> {
    this.#underWay.stop();
    if (this.server.listening) this.server.close();
    this.#connections.stop(force);
    if (force) {
      this.#sockets.cut();
      this.#exchanges.cut();
      return;
    }
    this.#sockets.closeIdle();
    await this.#underWay.over();
  }

  /** The first bytes say which protocol it is. */
  #accepted(socket: Socket): void {
    socket.on("error", () => undefined);
    this.#sockets.opened(socket);
    let first = new Uint8Array(0);
    const heard = (bytes: Uint8Array): void => {
      first = joined([first, bytes]);
      const length = Math.min(first.length, PREFACE.length);
      const http2 = PREFACE.subarray(0, length).every((byte, at) => byte === first[at]);
      if (http2 && length < PREFACE.length) return;
      socket.off("data", heard);
      socket.pause();
      if (http2) this.#sockets.forget(socket);
      (http2 ? this.#http2 : this.#http1).emit("connection", socket);
      // HTTP/1.1 may read past the stream from now on, so it must have these before anything else; HTTP/2 looks for them itself.
      if (http2) socket.unshift(first);
      else socket.emit("data", first);
      socket.resume();
    };
    socket.on("data", heard);
  }

  #http1Server({ idleTimeout = KEEP_ALIVE }: ConnectionLimits = {}): Http1Server {
    // The gateway has its own deadlines; `requestTimeout` would cut a slow upload.
    const settings = { keepAliveTimeout: idleTimeout, requestTimeout: 0, shouldUpgradeCallback: opensWebSocket };
    const server = createHttp1(settings, (message, response) => {
      this.#sockets.requested(message.socket, response);
      void this.#exchanges.answer(message, response);
    });
    server.on("upgrade", (message, socket: Socket, head) => {
      this.#sockets.forget(socket);
      void this.#exchanges.upgrade(message, socket, head);
    });
    server.on("clientError", (_, socket) => void (socket.writable ? socket.end(BAD_REQUEST) : socket.destroy()));
    // One that does not listen itself keeps no connection on some runtimes.
    Object.defineProperty(server, "listening", { get: () => this.server.listening });
    return server;
  }

  #http2Server(limits: ConnectionLimits | undefined): Http2Server {
    const server = createHttp2({ settings: sessionSettings(limits) });
    server.on("session", (session: Http2Session) => {
      session.on("error", () => undefined);
      if (this.#underWay.stopping) session.destroy();
      else this.#connections.opened(session);
    });
    server.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _: number, raw: string[]) =>
      this.#connections.stream(stream, headers, raw),
    );
    // Without a listener it would be answered for us.
    server.on("connect", () => undefined);
    return server;
  }
}
