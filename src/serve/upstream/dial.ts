import { connect, isIP, type Socket } from "node:net";
import {
  checkServerIdentity,
  type ConnectionOptions,
  connect as connectTls,
  type PeerCertificate,
  type TLSSocket,
} from "node:tls";
import type { Clock } from "../../core/clock.ts";
import type { LinkTls, ServiceLink } from "../../core/service-link.ts";
import { asNotConnected, NotConnected } from "./not-connected.ts";
import type { Peer } from "./peer.ts";
import { tunnel } from "./tunnel.ts";

/** Milliseconds until a connection must stand where the configuration says nothing: Istio's default. */
const CONNECT_TIMEOUT = 10_000;

/** How often the system asks a silent peer whether it is still there, in milliseconds. */
const KEEP_ALIVE = 60_000;

/** A connection to a peer, through the proxy and with TLS where the link says so. Rejects with an Error that is known as "not connected". */
export async function dial(peer: Peer, link: ServiceLink, clock: Clock): Promise<Socket | TLSSocket> {
  const dialled = new Dialled();
  const limit = link.connectTimeout ?? CONNECT_TIMEOUT;
  const stop = clock.after(limit, () =>
    dialled.giveUp(new NotConnected("ETIMEDOUT", "No connection within the limit.")),
  );
  try {
    const first = link.proxy ?? peer;
    const proxyLimit = link.proxy?.connectTimeout;
    let socket: Socket = await dialled.once(
      connect({ host: first.host, port: first.port }),
      "connect",
      proxyLimit,
      clock,
    );
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE);
    if (link.proxy !== undefined) {
      await dialled.unless(tunnel(socket, peer));
      // Whoever takes it listens before the next turn.
      socket.resume();
    }
    if (link.tls !== undefined) socket = await secured(socket, peer, link.tls, link.http2, dialled);
    return dialled.done(socket);
  } catch (error) {
    dialled.giveUp(error);
    throw asNotConnected(error);
  } finally {
    stop();
  }
}

async function secured(socket: Socket, peer: Peer, tls: LinkTls, http2: boolean, dialled: Dialled): Promise<TLSSocket> {
  const secure = connectTls({ socket, ...tlsOptions(peer.host, tls), ALPNProtocols: [http2 ? "h2" : "http/1.1"] });
  await dialled.once(secure, "secureConnect");
  if (http2 && secure.alpnProtocol !== "h2")
    throw new NotConnected("ERR_TLS_NO_HTTP2", "The endpoint does not speak HTTP/2.");
  return secure;
}

function tlsOptions(host: string, { sni, verify, ca, cert, key, subjectAltNames }: LinkTls): ConnectionOptions {
  const name = sni ?? host;
  // An address is no name to ask for (RFC 6066, section 3); the certificate must be of it all the same.
  const asked = isIP(name) === 0 ? { servername: name } : {};
  const names = subjectAltNames ?? [name];
  return {
    ...asked,
    rejectUnauthorized: verify,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
    checkServerIdentity: (_, certificate) => (verify ? identityError(names, certificate) : undefined),
  };
}

/** Undefined where the certificate has one of the names; those with `://` are URIs, as SPIFFE's. */
function identityError(names: readonly string[], certificate: PeerCertificate): Error | undefined {
  let problem: Error | undefined;
  for (const name of names) {
    problem = name.includes("://") ? uriError(name, certificate) : checkServerIdentity(name, certificate);
    if (problem === undefined) return undefined;
  }
  return problem;
}

function uriError(uri: string, { subjectaltname = "" }: PeerCertificate): Error | undefined {
  if (subjectaltname.split(", ").includes(`URI:${uri}`)) return undefined;
  return new NotConnected("ERR_TLS_CERT_ALTNAME_INVALID", `The certificate is not of ${uri}.`);
}

/** The sockets of a connection that is being made. */
class Dialled {
  readonly #sockets: Socket[] = [];
  readonly #failed = Promise.withResolvers<never>();

  constructor() {
    this.#failed.promise.catch(() => {});
  }

  /** Nobody waits for it any more. */
  giveUp(error: unknown): void {
    this.#failed.reject(error);
    for (const socket of this.#sockets.splice(0)) socket.destroy();
  }

  /** Resolves with the socket once it says `event`. */
  async once<S extends Socket>(
    socket: S,
    event: "connect" | "secureConnect",
    limit?: number,
    clock?: Clock,
  ): Promise<S> {
    this.#sockets.push(socket);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    // It stays: an error that nobody listens for ends the process.
    socket.on("error", reject);
    socket.once("close", () => reject(new NotConnected("FailedToOpenSocket", "The connection ended before it stood.")));
    socket.once(event, () => resolve());
    const late = new NotConnected("ETIMEDOUT", "The proxy accepts no connection.");
    const stop = limit === undefined ? undefined : clock?.after(limit, () => reject(late));
    try {
      await this.unless(promise);
    } finally {
      stop?.();
    }
    return socket;
  }

  unless<T>(promise: Promise<T>): Promise<T> {
    return Promise.race([promise, this.#failed.promise]);
  }

  done<S extends Socket>(socket: S): S {
    this.#sockets.length = 0;
    return socket;
  }
}
