import { createServer, type Server } from "node:http";
import { systemClock } from "../core/clock.ts";
import type { Host, Listening, ListenOptions } from "../core/host.ts";
import { listenInClear } from "./cleartext-listener.ts";
import { BAD_REQUEST, Http1Exchanges } from "./http1-exchanges.ts";
import { KEEP_ALIVE, opened } from "./node-listening.ts";
import { opensWebSocket } from "./node-websocket.ts";
import { tcpProbe } from "./tcp-probe.ts";
import { listenSecurely } from "./tls-listener.ts";
import { UnderWay } from "./under-way.ts";
import { openServiceClient } from "./upstream/open.ts";
import { openWebSocket } from "./upstream/websocket.ts";

/**
 * Sluice on `node:http`, for Deno: `Deno.serve` does not notice a client that leaves before the response's headers when the request
 * had a body (docs/runtimes.md), this does.
 */
export function nodeHost(runtime: Host["runtime"], fetcher: Host["fetch"] = (url, init) => fetch(url, init)): Host {
  return {
    runtime,
    fetch: fetcher,
    listen(options) {
      const { tls, http2 = false } = options;
      if (tls !== undefined) return listenSecurely({ ...options, tls }, { answersAlpnChallenges: false });
      return http2 ? listenInClear(options) : new PlainListener(options).open();
    },
    probe: tcpProbe,
    openServiceClient,
    // Deno's own writes the address as `host`, and says of a connection that broke that it was closed in peace.
    connectWebSocket: (url, protocols, headers) =>
      url.startsWith("ws:")
        ? openWebSocket(url, { protocols, headers }, { link: { http2: false }, clock: systemClock })
        : new WebSocketWithHeaders(url, { headers: Object.fromEntries(headers), protocols: [...protocols] }),
  };
}

/** Deno's and Bun's constructor takes headers; the types of the standard library do not say so. */
const WebSocketWithHeaders = WebSocket as unknown as new (
  url: string,
  options: { readonly headers: Record<string, string>; readonly protocols: string[] },
) => WebSocket;

class PlainListener {
  readonly #options: ListenOptions;
  readonly #server: Server;
  readonly #underWay = new UnderWay(() => this.#server.closeIdleConnections());
  readonly #exchanges: Http1Exchanges;

  constructor(options: ListenOptions) {
    this.#options = options;
    this.#exchanges = new Http1Exchanges({
      handle: (request, connection) => options.handle(request, connection),
      known: { secure: false, listener: options.name },
      underWay: this.#underWay,
    });
    // The gateway has its own deadlines; `requestTimeout` would cut a slow upload.
    const { idleTimeout = KEEP_ALIVE } = options.limits ?? {};
    const settings = { keepAliveTimeout: idleTimeout, requestTimeout: 0, shouldUpgradeCallback: opensWebSocket };
    const server = createServer(settings);
    server.on("request", (message, response) => void this.#exchanges.answer(message, response));
    server.on("upgrade", (message, socket, head) => void this.#exchanges.upgrade(message, socket, head));
    server.on("clientError", (_, socket) => void (socket.writable ? socket.end(BAD_REQUEST) : socket.destroy()));
    this.#server = server;
  }

  async open(): Promise<Listening> {
    return {
      port: await opened(this.#server, this.#options),
      stop: (force) => this.#stop(force),
    };
  }

  async #stop(force: boolean): Promise<void> {
    this.#underWay.stop();
    if (this.#server.listening) this.#server.close();
    this.#server.closeIdleConnections();
    if (force) {
      this.#server.closeAllConnections();
      this.#exchanges.cut();
      return;
    }
    await this.#underWay.over();
  }
}
