import type { Socket } from "bun";
import type { Clock } from "../../core/clock.ts";
import {
  type Cancellation,
  ConnectTimeout,
  type Transport,
  type UpstreamAnswer,
  type UpstreamRequest,
} from "../../core/upstream.ts";
import { Connection, type ConnectionOwner, StaleConnection } from "./connection.ts";
import { type Address, addressOf, messageOf } from "./request-message.ts";
import { unpacked } from "./unpack.ts";

/** How long a connection is kept for the next request, in milliseconds; what the upstream itself allows may be shorter. */
const KEPT = 45_000;

/** The most connections to one origin that are kept while nobody needs them. */
const MAX_IDLE = 256;

/** How often connections that were kept too long are looked for, in milliseconds. */
const SWEEP = 5000;

/**
 * HTTP/1.1 over Bun's own sockets. Bun's `fetch` works on a thread of its own, and each chunk it hands over costs about as much as all the
 * rest of a relay; here a chunk is one call. Connections are kept by origin, the last one used first.
 */
export class Http1Transport implements Transport, ConnectionOwner {
  readonly #clock: Clock;
  readonly #idle = new Map<string, Connection[]>();
  #sweeping = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async send(request: UpstreamRequest, cancellation: Cancellation): Promise<UpstreamAnswer> {
    const address = addressOf(request.url);
    const message = messageOf(request, address);
    for (;;) {
      const connection = this.#idle.get(address.origin)?.pop() ?? (await this.#open(address, request, cancellation));
      try {
        return unpacked(await connection.request(message, cancellation));
      } catch (error) {
        if (!(error instanceof StaleConnection)) throw error;
      }
    }
  }

  idle(connection: Connection): void {
    const { origin } = connection;
    let kept = this.#idle.get(origin);
    if (kept === undefined) this.#idle.set(origin, (kept = []));
    if (kept.length >= MAX_IDLE) return connection.close();
    connection.idleSince = this.#clock.monotonic();
    kept.push(connection);
    if (!this.#sweeping) this.#sweepLater();
  }

  gone(connection: Connection): void {
    const kept = this.#idle.get(connection.origin);
    const at = kept?.indexOf(connection) ?? -1;
    if (at >= 0) kept?.splice(at, 1);
  }

  /** Ends the connections nobody uses. */
  close(): void {
    for (const kept of this.#idle.values()) for (const connection of kept.slice()) connection.close();
    this.#idle.clear();
  }

  #sweepLater(): void {
    this.#sweeping = true;
    this.#clock.after(SWEEP, () => this.#sweep());
  }

  #sweep(): void {
    const oldest = this.#clock.monotonic() - KEPT;
    for (const [origin, kept] of this.#idle) {
      for (const connection of kept.filter(({ idleSince }) => idleSince <= oldest)) connection.close();
      if (kept.length === 0) this.#idle.delete(origin);
    }
    this.#sweeping = this.#idle.size > 0;
    if (this.#sweeping) this.#sweepLater();
  }

  /** A new connection, its TLS handshake done. */
  async #open(address: Address, { connectLimit }: UpstreamRequest, cancellation: Cancellation): Promise<Connection> {
    if (cancellation.fault !== undefined) throw cancellation.fault;
    const { promise, resolve, reject } = Promise.withResolvers<Connection>();
    let given = false;
    const giveUp = (error: unknown): void => {
      given = true;
      reject(error);
    };
    const stop = connectLimit > 0 ? this.#clock.after(connectLimit, () => giveUp(new ConnectTimeout())) : undefined;
    cancellation.onAbort = () => giveUp(cancellation.fault);
    dial(address, this).then((connection) => {
      if (given) connection.close();
      resolve(connection);
    }, giveUp);
    try {
      return await promise;
    } finally {
      stop?.();
      cancellation.onAbort = undefined;
    }
  }
}

/** What hangs on a socket. */
interface Attached {
  readonly connection: PromiseWithResolvers<Connection>;
  readonly origin: string;
  readonly owner: ConnectionOwner;
  open: Connection | undefined;
}

type AttachedSocket = Socket<Attached>;

async function dial({ hostname, port, secure, origin }: Address, owner: ConnectionOwner): Promise<Connection> {
  const connection = Promise.withResolvers<Connection>();
  const data: Attached = { connection, origin, owner, open: undefined };
  const target = secure ? { hostname, port, tls: { serverName: hostname } } : { hostname, port };
  // Rejects when there is no connection; whether it is to be trusted is told by the handshake.
  await Bun.connect<Attached>({ ...target, data, socket: secure ? SECURE_EVENTS : PLAIN_EVENTS });
  return connection.promise;
}

function ready(socket: AttachedSocket): void {
  const { origin, owner, connection } = socket.data;
  socket.data.open = new Connection(socket, origin, owner);
  connection.resolve(socket.data.open);
}

const EVENTS = {
  data: ({ data }: AttachedSocket, bytes: Buffer): void => data.open?.data(bytes),
  drain: ({ data }: AttachedSocket): void => data.open?.drain(),
  end: ({ data }: AttachedSocket): void => data.open?.end(),
  close: ({ data }: AttachedSocket, error?: Error): void => {
    data.connection.reject(error ?? new Error("The connection was closed before it stood."));
    data.open?.closed(error);
  },
  error: ({ data }: AttachedSocket, error: Error): void => data.open?.closed(error),
};

const PLAIN_EVENTS = { ...EVENTS, open: ready };

const SECURE_EVENTS = {
  ...EVENTS,
  // Bun has checked the chain and the name by then; `trusted` is what it found.
  handshake(socket: AttachedSocket, trusted: boolean, error: Error | null): void {
    if (trusted) return ready(socket);
    socket.data.connection.reject(error ?? new Error("The upstream's certificate is not to be trusted."));
    socket.terminate();
  },
};
