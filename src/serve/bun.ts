import type { Connection, WebSocketBridge, WebSocketPeer } from "../core/exchange.ts";
import type { Host, Listening, ListenOptions } from "../core/host.ts";
import { openBunStream, producerOf } from "./bun-stream.ts";
import { Http1Transport } from "./http1/transport.ts";
import { listenError } from "./listen-error.ts";
import { tcpProbe } from "./tcp-probe.ts";
import { openServiceClient } from "./upstream/open.ts";

interface SocketData {
  readonly bridge: WebSocketBridge;
}
type Server = Bun.Server<SocketData>;
type Socket = Bun.ServerWebSocket<SocketData>;

/** A frame larger than this, or a client this far behind, ends the WebSocket. */
const WEBSOCKET_LIMIT = 64 * 1024 * 1024;

/** Sluice on Bun.serve: HTTP/1.1 and WebSockets; listeners with TLS are on `node:http2`. */
export const bunHost: Host = {
  runtime: "bun",
  answersAlpnChallenges: true,
  async listen(options) {
    const { tls, http2 = false } = options;
    if (tls === undefined && http2) return (await import("./cleartext-listener.ts")).listenInClear(options, producerOf);
    if (tls === undefined) return listen(options);
    const { listenSecurely } = await import("./tls-listener.ts");
    return listenSecurely({ ...options, tls }, { answersAlpnChallenges: true, producerOf });
  },
  fetch: (url, init) => fetch(url, init),
  openStream: openBunStream,
  openServiceClient,
  transport: (clock) => new Http1Transport(clock),
  probe: tcpProbe,
  connectWebSocket: (url, protocols, headers) =>
    new WebSocket(url, { headers: Object.fromEntries(headers), protocols: [...protocols] }),
};

function listen(options: ListenOptions): Listening {
  let server: Server;
  try {
    server = Bun.serve<SocketData>({
      hostname: options.hostname,
      port: options.port,
      // Bun's default ends a stream that is quiet for 10 s; the gateway has its own deadlines. This is for who has not asked yet.
      idleTimeout: idleSeconds(options),
      // The gateway limits bodies itself, and answers in the client's protocol.
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      development: false,
      // Without it Bun shares the port with whoever has it already as soon as `development` is off.
      reusePort: false,
      fetch: (request, from) => answer(options, request, from),
      error: () => Response.json({ error: { message: "The gateway failed to handle this request." } }, { status: 500 }),
      websocket: WEBSOCKET,
    });
  } catch (thrown) {
    throw listenError(options.hostname, options.port, thrown);
  }
  return { port: server.port ?? options.port, stop: (force) => server.stop(force) };
}

/** The longest time that Bun knows, in seconds. */
const LONGEST_IDLE = 255;

/** 0: no limit. */
function idleSeconds({ limits: { idleTimeout = 0 } = {} }: ListenOptions): number {
  return Math.min(LONGEST_IDLE, Math.ceil(idleTimeout / 1000));
}

function answer(
  options: ListenOptions,
  request: Request,
  server: Server,
): Response | undefined | Promise<Response | undefined> {
  const idle = idleSeconds(options);
  // What is under way may be quiet.
  if (idle > 0) server.timeout(request, 0);
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
    const { name } = options;
    const made =
      idle > 0 ? new RestingConnection(request, server, name, idle) : new BunConnection(request, server, name);
    return options.handle(request, made);
  }
  return answerUpgrade(options, request, new UpgradableConnection(request, server, options.name));
}

/** Bun has sent the 101 itself by the time the handler answers, and wants no Response then. */
async function answerUpgrade(
  options: ListenOptions,
  request: Request,
  connection: UpgradableConnection,
): Promise<Response | undefined> {
  const response = await options.handle(request, connection);
  return connection.upgraded ? undefined : response;
}

class BunConnection implements Connection {
  readonly secure = false;
  readonly listener: string | undefined;
  protected readonly request: Request;
  protected readonly server: Server;
  #address: string | undefined;

  constructor(request: Request, server: Server, listener: string | undefined) {
    this.request = request;
    this.server = server;
    this.listener = listener;
  }

  /** Asked for only when it is wanted: the look-up costs as much as a header's. */
  get remoteAddress(): string {
    return (this.#address ??= plainAddress(this.server.requestIP(this.request)?.address));
  }
}

/** One that is closed when it has been idle for too long. */
class RestingConnection extends BunConnection {
  readonly #seconds: number;

  constructor(request: Request, server: Server, listener: string | undefined, seconds: number) {
    super(request, server, listener);
    this.#seconds = seconds;
  }

  rest = (): void => this.server.timeout(this.request, this.#seconds);
}

class UpgradableConnection extends BunConnection {
  upgraded = false;

  upgrade = (bridge: WebSocketBridge): Response | undefined => {
    const headers = new Headers();
    if (bridge.protocol !== undefined) headers.set("sec-websocket-protocol", bridge.protocol);
    this.upgraded = this.server.upgrade(this.request, { data: { bridge }, headers });
    return this.upgraded ? new Response(null) : undefined;
  };
}

/** An IPv4 peer of an IPv6 listener, written as the IPv4 address it is. */
function plainAddress(address: string | undefined): string {
  if (address === undefined) return "unknown";
  return address.startsWith("::ffff:") ? address.slice(7) : address;
}

const WEBSOCKET: Bun.WebSocketHandler<SocketData> = {
  maxPayloadLength: WEBSOCKET_LIMIT,
  backpressureLimit: WEBSOCKET_LIMIT,
  closeOnBackpressureLimit: true,
  perMessageDeflate: false,
  // A quiet peer is asked by ping whether it is still there; only a silent one is dropped.
  idleTimeout: 120,
  sendPings: true,
  open: (socket) => socket.data.bridge.open(peer(socket)),
  message: (socket, data) => socket.data.bridge.message(data),
  drain: (socket) => socket.data.bridge.drain(),
  close: (socket, code, reason) => socket.data.bridge.close(code, reason),
};

function peer(socket: Socket): WebSocketPeer {
  return {
    send: (data) => void socket.send(data),
    close: (code, reason) => socket.close(code, reason),
    bufferedAmount: () => socket.getBufferedAmount(),
  };
}
