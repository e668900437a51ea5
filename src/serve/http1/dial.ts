import { isIP } from "node:net";
import type { Socket } from "bun";
import { tcpProbe } from "../tcp-probe.ts";
import { Connection, type ConnectionOwner } from "./connection.ts";
import type { Address } from "./request-message.ts";

/**
 * How many connections to one origin may hang that nobody waits for any more. Bun cannot be told to stop connecting, and the system goes
 * on for two minutes where nobody answers; beyond this a connection that can be stopped tries the way first.
 */
const MAX_HANGING = 64;

/**
 * After how many milliseconds of silence the system asks the peer whether it is still there. Some models think for ten minutes before they
 * say anything, and what stands on the way (NAT, load balancers) forgets connections that are silent for four to six.
 */
const KEEP_ALIVE = 60_000;

/** By origin, how many hang. */
const hanging = new Map<string, number>();

/** A connection that is being made, its TLS handshake included. */
export class Dial {
  readonly #address: Address;
  readonly #owner: ConnectionOwner;
  readonly #made = Promise.withResolvers<Connection>();
  /** Something else than a connection came of it. */
  #failed = false;
  #probe: { cancel(): void } | undefined;
  /** The socket, from when the peer accepted it. */
  #socket: Socket<Dial> | undefined;
  /** Between the call of Bun's `connect` and the peer's acceptance or refusal. */
  #connecting = false;
  /** The connection once it stands. */
  open: Connection | undefined;

  constructor(address: Address, owner: ConnectionOwner) {
    this.#address = address;
    this.#owner = owner;
    if ((hanging.get(address.origin) ?? 0) < MAX_HANGING) this.#connect();
    else this.#probeFirst();
  }

  get connection(): Promise<Connection> {
    return this.#made.promise;
  }

  /** Nobody waits for it any more, or it cannot be. */
  fail(error: unknown): void {
    if (this.#failed || this.open !== undefined) return;
    this.#failed = true;
    this.#made.reject(error);
    this.#probe?.cancel();
    this.#socket?.terminate();
    if (this.#connecting) count(this.#address.origin, 1);
  }

  /** The peer has accepted the connection. */
  accepted(socket: Socket<Dial>): void {
    this.#socket = socket;
    this.#settle();
    socket.setKeepAlive(true, KEEP_ALIVE);
    if (this.#failed) socket.terminate();
    else if (!this.#address.secure) this.#ready(socket);
  }

  /** The TLS handshake is over; `trusted`: the peer's certificate is of a known authority, and of this host. */
  shaken(socket: Socket<Dial>, trusted: boolean, error: Error | null): void {
    if (trusted) this.#ready(socket);
    else this.fail(error ?? new Error("The upstream's certificate is not to be trusted."));
  }

  closed(error: Error | undefined): void {
    if (this.open === undefined) this.fail(error ?? new Error("The upstream ended the connection before it stood."));
    else this.open.closed(error);
  }

  #connect(): void {
    const { hostname, peer, port, secure } = this.#address;
    // An address is no name to ask for (RFC 6066, section 3); the certificate must be of it all the same.
    const serverName = isIP(hostname) === 0 ? hostname : "";
    const target = { hostname: peer, port, ...(secure ? { tls: { serverName } } : {}) };
    this.#connecting = true;
    Bun.connect<Dial>({ ...target, data: this, socket: EVENTS }).catch((error: unknown) => {
      this.#settle();
      this.fail(error);
    });
  }

  #probeFirst(): void {
    const { peer, port } = this.#address;
    const probe = tcpProbe(peer, port);
    this.#probe = probe;
    probe.connected.then(
      () => {
        if (!this.#failed) this.#connect();
      },
      (error: unknown) => this.fail(error),
    );
  }

  #ready(socket: Socket<Dial>): void {
    if (this.#failed || this.open !== undefined) return;
    this.open = new Connection(socket, this.#address.origin, this.#owner);
    this.#made.resolve(this.open);
  }

  /** Bun connects no more. */
  #settle(): void {
    if (this.#connecting && this.#failed) count(this.#address.origin, -1);
    this.#connecting = false;
  }
}

function count(origin: string, change: number): void {
  const now = (hanging.get(origin) ?? 0) + change;
  if (now > 0) hanging.set(origin, now);
  else hanging.delete(origin);
}

const EVENTS = {
  open: (socket: Socket<Dial>): void => socket.data.accepted(socket),
  handshake: (socket: Socket<Dial>, trusted: boolean, error: Error | null): void =>
    socket.data.shaken(socket, trusted, error),
  data: ({ data }: Socket<Dial>, bytes: Buffer): void => data.open?.data(bytes),
  drain: ({ data }: Socket<Dial>): void => data.open?.drain(),
  end: ({ data }: Socket<Dial>): void => data.open?.end(),
  close: ({ data }: Socket<Dial>, error?: Error): void => data.closed(error),
  error: ({ data }: Socket<Dial>, error: Error): void => data.closed(error),
};
