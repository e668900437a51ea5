import { createServer, ServerResponse } from "node:http";
import type { IncomingMessage, Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { createSecureContext } from "node:tls";
import type { SecureContext, TlsOptions } from "node:tls";
import type { Connection, WebSocketBridge } from "../core/exchange.ts";
import type { Certificate, Host, Listening, ListenOptions } from "../core/host.ts";
import { certificateNames, coversName } from "./certificate-names.ts";
import { listenError } from "./listen-error.ts";
import { toRequest } from "./node-request.ts";
import { writeResponse } from "./node-response.ts";
import { acceptWebSocket, opensWebSocket } from "./node-websocket.ts";
import { tcpProbe } from "./tcp-probe.ts";
import { openServiceClient } from "./upstream/open.ts";

/** How long a connection may be idle between two requests, in milliseconds: more than what load balancers keep theirs. */
const KEEP_ALIVE = 75_000;

const BAD_REQUEST = "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/**
 * Sluice on `node:http`, for Deno: `Deno.serve` does not notice a client that leaves before the response's headers when the request
 * had a body (docs/runtimes.md), this does.
 */
export function nodeHost(runtime: Host["runtime"], fetcher: Host["fetch"] = (url, init) => fetch(url, init)): Host {
  return {
    runtime,
    fetch: fetcher,
    listen: (options) => new NodeListener(options).open(),
    probe: tcpProbe,
    openServiceClient,
    connectWebSocket: (url, protocols, headers) =>
      new WebSocketWithHeaders(url, { headers: Object.fromEntries(headers), protocols: [...protocols] }),
  };
}

/** Deno's and Bun's constructor takes headers; the types of the standard library do not say so. */
const WebSocketWithHeaders = WebSocket as unknown as new (
  url: string,
  options: { readonly headers: Record<string, string>; readonly protocols: string[] },
) => WebSocket;

class NodeListener {
  readonly #options: ListenOptions;
  readonly #secure: boolean;
  readonly #server: Server;
  /** Requests and WebSockets under way. */
  #active = 0;
  #stopping = false;
  #idle: () => void = () => undefined;
  readonly #upgraded = new Set<Duplex>();

  constructor(options: ListenOptions) {
    const certificates = options.certificates ?? [];
    this.#options = options;
    this.#secure = certificates.length > 0;
    // The gateway has its own deadlines; `requestTimeout` would cut a slow upload.
    const settings = { keepAliveTimeout: KEEP_ALIVE, requestTimeout: 0, shouldUpgradeCallback: opensWebSocket };
    const server = this.#secure
      ? createSecureServer({ ...settings, ...tlsSettings(certificates) })
      : createServer(settings);
    server.on("request", (message, response) => void this.#answer(message, response));
    server.on("upgrade", (message, socket, head) => void this.#answerUpgrade(message, socket, head));
    server.on("clientError", (_, socket) => void (socket.writable ? socket.end(BAD_REQUEST) : socket.destroy()));
    this.#server = server;
  }

  open(): Promise<Listening> {
    const { hostname, port } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once("error", (error) => reject(listenError(hostname, port, error)));
      this.#server.listen(port, hostname, () => {
        const address = this.#server.address();
        resolve({
          port: typeof address === "object" && address !== null ? address.port : port,
          stop: (force) => this.#stop(force),
        });
      });
    });
  }

  async #stop(force: boolean): Promise<void> {
    this.#stopping = true;
    if (this.#server.listening) this.#server.close();
    this.#server.closeIdleConnections();
    if (force) {
      this.#server.closeAllConnections();
      for (const socket of this.#upgraded) socket.destroy();
      return;
    }
    if (this.#active > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
  }

  #begin(): void {
    this.#active++;
  }

  #end(): void {
    this.#active--;
    if (!this.#stopping) return;
    this.#server.closeIdleConnections();
    if (this.#active === 0) this.#idle();
  }

  async #answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    this.#begin();
    response.once("close", () => {
      // 'close' comes after a good end as well; only one without an end means that the client left.
      if (!response.writableFinished) gone.abort(new DOMException("The client is gone.", "AbortError"));
      this.#end();
    });
    const request = toRequest(message, this.#secure, gone.signal, response);
    if (this.#stopping) response.setHeader("connection", "close");
    if (request === undefined) {
      response.writeHead(400, { "content-length": "0" }).end();
      return;
    }
    await writeResponse(await this.#handled(request, this.#connection(message.socket)), response);
  }

  async #handled(request: Request, connection: Connection): Promise<Response> {
    try {
      return await this.#options.handle(request, connection);
    } catch {
      const error = { message: "The gateway failed to handle this request." };
      return Response.json({ error }, { status: 500 });
    }
  }

  #connection(socket: Socket): Connection {
    const { remoteAddress } = socket;
    const known = { secure: this.#secure, listener: this.#options.name };
    if (remoteAddress === undefined) return known;
    return { ...known, remoteAddress: remoteAddress.startsWith("::ffff:") ? remoteAddress.slice(7) : remoteAddress };
  }

  async #answerUpgrade(message: IncomingMessage, socket: Duplex, head: Uint8Array): Promise<void> {
    const gone = new AbortController();
    let upgraded = false;
    const leave = (): void => gone.abort(new DOMException("The client is gone.", "AbortError"));
    socket.once("close", leave);
    socket.once("error", () => socket.destroy());
    const upgrade = (bridge: WebSocketBridge): Response => {
      upgraded = true;
      socket.off("close", leave);
      this.#keep(socket);
      acceptWebSocket(message, socket, head, bridge);
      return new Response(null);
    };
    const request = toRequest(message, this.#secure, gone.signal);
    const connection = { ...this.#connection(message.socket), upgrade };
    const response =
      request === undefined ? new Response(null, { status: 400 }) : await this.#handled(request, connection);
    if (upgraded) return;
    socket.off("close", leave);
    await writeResponse(response, detached(message, socket));
  }

  /** Counts a WebSocket as under way for as long as it lives. */
  #keep(socket: Duplex): void {
    this.#begin();
    this.#upgraded.add(socket);
    socket.once("close", () => {
      this.#upgraded.delete(socket);
      this.#end();
    });
  }
}

/** The response to an upgrade that was declined; the connection ends with it. */
function detached(message: IncomingMessage, socket: Duplex): ServerResponse {
  const response = new ServerResponse(message);
  response.assignSocket(socket as Socket);
  response.shouldKeepAlive = false;
  response.once("finish", () => socket.end());
  return response;
}

/** The first certificate answers clients that name no host, or one nobody has a certificate for. */
function tlsSettings(certificates: readonly Certificate[]): TlsOptions {
  const contexts = certificates.map(({ cert, key }) => createSecureContext({ cert, key }));
  const names = certificates.map(certificateNames);
  const choose = (host: string): SecureContext | undefined => {
    const at = names.findIndex((patterns) => patterns.some((pattern) => coversName(pattern, host.toLowerCase())));
    return contexts[Math.max(at, 0)];
  };
  const [first] = certificates;
  return {
    ...(first === undefined ? {} : { cert: first.cert, key: first.key }),
    SNICallback: (host, done) => done(null, choose(host)),
  };
}
