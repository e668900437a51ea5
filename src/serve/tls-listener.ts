import { IncomingMessage, ServerResponse } from "node:http";
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2Session,
  type IncomingHttpHeaders,
  type SecureServerOptions,
  type ServerHttp2Stream,
} from "node:http2";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Listening, ListenOptions, ShownCertificates } from "../core/host.ts";
import { BAD_REQUEST, type ExchangeWorld, Http1Exchanges } from "./http1-exchanges.ts";
import { Http1Sockets } from "./http1-sockets.ts";
import { Http2Connections, sessionSettings } from "./http2-connections.ts";
import { Http2Exchanges } from "./http2-exchanges.ts";
import { KEEP_ALIVE, opened } from "./node-listening.ts";
import type { ProducerOf } from "./node-response.ts";
import { opensWebSocket } from "./node-websocket.ts";
import { TlsContexts } from "./tls-contexts.ts";
import { TlsPolicy } from "./tls-policy.ts";
import { UnderWay } from "./under-way.ts";

/** What the runtime adds. */
export interface TlsAbilities {
  /** Its `ALPNCallback` is told what the client offers. */
  readonly answersAlpnChallenges: boolean;
  readonly producerOf?: ProducerOf;
}

type SecureListenOptions = ListenOptions & { readonly tls: ShownCertificates };

/** RFC 8737. */
const ACME_TLS = "acme-tls/1";

const PROTOCOLS: readonly string[] = ["h2", "http/1.1"];

/**
 * Opens a listener with TLS on `node:http2`, which lets certificates be changed while it is open: Bun.serve keeps those it was opened
 * with (docs/runtimes.md). HTTP/2 and HTTP/1.1 by ALPN.
 */
export async function listenSecurely(options: SecureListenOptions, abilities: TlsAbilities): Promise<Listening> {
  const listener = new TlsListener(options, abilities);
  return {
    port: await opened(listener.server, options),
    show: (certificates) => listener.show(certificates),
    stop: (force) => listener.stop(force),
  };
}

class TlsListener {
  readonly server: Http2SecureServer;
  #contexts: TlsContexts;
  #challenges: TlsContexts | undefined;
  readonly #policy = new TlsPolicy();
  readonly #underWay = new UnderWay(() => this.#sockets.closeIdle());
  readonly #http1: Http1Exchanges;
  readonly #http2: Http2Connections;
  readonly #sockets: Http1Sockets;

  constructor(options: SecureListenOptions, { answersAlpnChallenges, producerOf }: TlsAbilities) {
    const { tls } = options;
    const known = { secure: true, listener: options.name };
    this.#contexts = new TlsContexts(tls.certificates);
    this.#challenges = challengesOf(tls);
    const world: ExchangeWorld = {
      handle: (request, connection) => options.handle(request, connection),
      known,
      underWay: this.#underWay,
      refusal: (connection, host) => this.#policy.refusal(connection, host, this.#contexts),
      ...(producerOf === undefined ? {} : { producerOf }),
    };
    this.#http1 = new Http1Exchanges(world);
    this.#http2 = new Http2Connections(new Http2Exchanges(world), known, options.limits);
    const choose: SecureServerOptions["ALPNCallback"] = ({ servername, protocols }) =>
      this.#protocol(servername, protocols);
    this.server = createSecureServer({
      allowHTTP1: true,
      settings: sessionSettings(options.limits),
      ...defaultsOf(this.#contexts),
      SNICallback: (name, done) => done(null, (this.#challenges?.exact(name) ?? this.#contexts.find(name)).context),
      ...(answersAlpnChallenges ? { ALPNCallback: choose } : {}),
    });
    const { idleTimeout = KEEP_ALIVE } = options.limits ?? {};
    this.#sockets = new Http1Sockets(idleTimeout);
    Object.assign(this.server, HTTP1_FIELDS, { keepAliveTimeout: idleTimeout });
    this.#listen();
  }

  show(shown: ShownCertificates): void {
    const contexts = new TlsContexts(shown.certificates, this.#contexts);
    const challenges = challengesOf(shown);
    setDefaults(this.server, contexts);
    this.#contexts = contexts;
    this.#challenges = challenges;
  }

  async stop(force: boolean): Promise<void> {
    this.#underWay.stop();
    if (this.server.listening) this.server.close();
    this.#http2.stop(force);
    if (force) {
      this.#sockets.cut();
      this.#http1.cut();
      return;
    }
    this.#sockets.closeIdle();
    await this.#underWay.over();
  }

  #listen(): void {
    const { server } = this;
    server.on("session", (session) => this.#sessionOpened(session));
    server.on("secureConnection", (socket) => this.#socketOpened(socket));
    server.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _: number, raw: string[]) =>
      this.#http2.stream(stream, headers, raw),
    );
    server.on("request", (message, response) => {
      // Streams of HTTP/2 come here as well.
      if (message instanceof IncomingMessage && response instanceof ServerResponse) this.#requested(message, response);
    });
    // They are streams like others; without a listener they would be answered for us.
    server.on("connect", () => undefined);
    server.on("upgrade", (message: IncomingMessage, socket: Socket, head: Uint8Array) => {
      this.#sockets.forget(socket);
      void this.#http1.upgrade(message, socket, head);
    });
    server.on("clientError", (_: Error, socket: Socket) => {
      if (socket.writable) socket.end(BAD_REQUEST);
      else socket.destroy();
    });
  }

  #protocol(name: string, offered: readonly string[]): string | undefined {
    if (this.#challenges?.exact(name) !== undefined && offered.includes(ACME_TLS)) return ACME_TLS;
    return PROTOCOLS.find((protocol) => offered.includes(protocol));
  }

  #sessionOpened(session: Http2Session): void {
    session.on("error", () => undefined);
    if (this.#underWay.stopping || !this.#policy.admit(session, session.socket as TLSSocket, this.#contexts)) {
      session.destroy();
    } else this.#http2.opened(session);
  }

  #socketOpened(socket: TLSSocket): void {
    if (socket.alpnProtocol === "h2") return;
    const meant = socket.alpnProtocol === ACME_TLS || this.#underWay.stopping;
    if (meant || !this.#policy.admit(socket, socket, this.#contexts)) {
      socket.destroy();
      return;
    }
    this.#sockets.opened(socket);
  }

  #requested(message: IncomingMessage, response: ServerResponse): void {
    this.#sockets.requested(message.socket, response);
    void this.#http1.answer(message, response);
  }
}

/** Fields of `node:http`'s servers, which the HTTP/1.1 of `node:http2` looks at as well. */
const HTTP1_FIELDS = {
  // The gateway has its own deadlines; this one would cut a slow upload.
  requestTimeout: 0,
  shouldUpgradeCallback: opensWebSocket,
};

function challengesOf({ challenges = [] }: ShownCertificates): TlsContexts | undefined {
  return challenges.length === 0 ? undefined : new TlsContexts(challenges);
}

/** What goes for clients that name no host, and what is settled before a name is known. */
function defaultsOf(contexts: TlsContexts): SecureServerOptions {
  return {
    ...contexts.otherwise.options,
    ...contexts.versions,
    // Who comes without a good one is told so by an answer: the handshake would be for all names alike.
    requestCert: contexts.asksClients,
    rejectUnauthorized: false,
  };
}

function setDefaults(server: Http2SecureServer, contexts: TlsContexts): void {
  const defaults = defaultsOf(contexts);
  const { requestCert, rejectUnauthorized } = defaults;
  // Node's own way of changing these after the begin is to make another server; Bun and Deno look at the server's fields.
  Object.assign(server, { requestCert, rejectUnauthorized, _requestCert: requestCert, _rejectUnauthorized: false });
  server.setSecureContext(defaults);
}
