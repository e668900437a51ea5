import type { Clock } from "../../core/clock.ts";
import {
  type Cancellation,
  ConnectTimeout,
  type Transport,
  type UpstreamAnswer,
  type UpstreamRequest,
} from "../../core/upstream.ts";
import { type Connection, type ConnectionOwner, StaleConnection } from "./connection.ts";
import { Dial } from "./dial.ts";
import { Outbox } from "./outbox.ts";
import { type Address, addressOf, messageOf } from "./request-message.ts";
import { unpacked } from "./unpack.ts";

/** How long a connection is kept for the next request, in milliseconds, unless the upstream says that it keeps it for less. */
const KEPT = 45_000;

/** How much earlier than the upstream a connection is given up, in milliseconds: a request must not meet its end on the way. */
const MARGIN = 1000;

/** The most connections to one origin that are kept while nobody needs them. */
const MAX_IDLE = 256;

/** How often connections that were kept too long are looked for, in milliseconds. */
const SWEEP = 5000;

/**
 * Within this many milliseconds from when a request was sent on it, a kept connection that is closed without an answer was being closed
 * already, and the request may be sent again. Later it is the upstream that failed, which may have worked on the request, and bills it.
 */
const STALE = 2000;

/**
 * HTTP/1.1 over Bun's own sockets. Bun's `fetch` works on a thread of its own, and each chunk it hands over costs about as much as all the
 * rest of a relay; here a chunk is one call. Connections are kept by origin, the last one used first.
 */
export class Http1Transport implements Transport, ConnectionOwner {
  readonly outbox: Outbox = new Outbox();
  readonly #clock: Clock;
  readonly #idle = new Map<string, Connection[]>();
  #kept = KEPT;
  #sweeping = false;
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async send(request: UpstreamRequest, cancellation: Cancellation): Promise<UpstreamAnswer> {
    if (cancellation.fault !== undefined) throw cancellation.fault;
    const ways = waysOf(request);
    const message = messageOf(request, ways[0]);
    const kept = this.#take(ways[0].origin);
    if (kept !== undefined) {
      const sent = this.#clock.monotonic();
      try {
        return unpacked(await kept.request(message, cancellation));
      } catch (error) {
        if (!(error instanceof StaleConnection) || this.#clock.monotonic() - sent > STALE) throw error;
      }
    }
    const connection = await this.#openOne(ways, request.connectLimit, cancellation);
    if (cancellation.fault !== undefined) {
      connection.close();
      throw cancellation.fault;
    }
    return unpacked(await connection.request(message, cancellation));
  }

  keepIdle(limit: number | undefined): void {
    this.#kept = limit ?? KEPT;
  }

  idle(connection: Connection, allowed: number | undefined): void {
    const { origin } = connection;
    const keep = allowed === undefined ? this.#kept : Math.min(this.#kept, allowed - MARGIN);
    let kept = this.#idle.get(origin);
    if (kept === undefined) this.#idle.set(origin, (kept = []));
    if (this.#closed || keep <= 0 || kept.length >= MAX_IDLE) return connection.close();
    connection.keptUntil = this.#clock.monotonic() + keep;
    kept.push(connection);
    if (!this.#sweeping) this.#sweepLater();
  }

  gone(connection: Connection): void {
    const kept = this.#idle.get(connection.origin);
    const at = kept?.lastIndexOf(connection) ?? -1;
    if (at >= 0) kept?.splice(at, 1);
  }

  close(): void {
    this.#closed = true;
    for (const kept of this.#idle.values()) for (const connection of kept.slice()) connection.close();
    this.#idle.clear();
  }

  /** The connection used last; undefined when there is none that is good. */
  #take(origin: string): Connection | undefined {
    const kept = this.#idle.get(origin);
    if (kept === undefined || kept.length === 0) return undefined;
    const now = this.#clock.monotonic();
    for (let connection = kept.pop(); connection !== undefined; connection = kept.pop()) {
      if (connection.keptUntil > now) return connection;
      connection.close();
    }
    return undefined;
  }

  /** A new connection to the first of the peers that takes one. */
  async #openOne(ways: readonly Address[], limit: number, cancellation: Cancellation): Promise<Connection> {
    let failure: unknown;
    for (const address of ways) {
      try {
        return await this.#open(address, limit, cancellation);
      } catch (error) {
        // The limit is one for all of them.
        if (cancellation.fault !== undefined || error instanceof ConnectTimeout) throw error;
        failure ??= error;
      }
    }
    throw failure;
  }

  /** A new connection, its TLS handshake done. */
  async #open(address: Address, limit: number, cancellation: Cancellation): Promise<Connection> {
    if (cancellation.fault !== undefined) throw cancellation.fault;
    const dial = new Dial(address, this);
    const stop = limit > 0 ? this.#clock.after(limit, () => dial.fail(new ConnectTimeout())) : undefined;
    cancellation.onAbort = () => dial.fail(cancellation.fault);
    try {
      return await dial.connection;
    } finally {
      stop?.();
      cancellation.onAbort = undefined;
    }
  }

  #sweepLater(): void {
    this.#sweeping = true;
    this.#clock.after(SWEEP, () => this.#sweep());
  }

  #sweep(): void {
    const now = this.#clock.monotonic();
    for (const [origin, kept] of this.#idle) {
      for (const connection of kept.filter(({ keptUntil }) => keptUntil <= now)) connection.close();
      if (kept.length === 0) this.#idle.delete(origin);
    }
    this.#sweeping = this.#idle.size > 0;
    if (this.#sweeping) this.#sweepLater();
  }
}

/**
 * A request's address, once for each peer it may go to. A kept connection serves only requests that name the same peers: what another
 * request found under this host may be what this one must not reach.
 */
function waysOf({ url, addresses = [] }: UpstreamRequest): readonly [Address, ...Address[]] {
  const address = addressOf(url);
  const [first, ...others] = addresses;
  if (first === undefined) return [address];
  const origin = `${address.origin} ${addresses.toSorted().join(" ")}`;
  const way = (peer: string): Address => ({ ...address, origin, peer });
  return [way(first), ...others.map(way)];
}
