import type { OpenClientStream } from "./client-stream.ts";
import type { Clock } from "./clock.ts";
import type { Connection } from "./exchange.ts";
import type { OpenServiceClient, UpstreamSocket } from "./service-link.ts";
import type { Transport } from "./upstream.ts";

/** A version of TLS, the older first. */
export const TLS_VERSIONS = ["TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"] as const;

/** One of {@link TLS_VERSIONS}. */
export type TlsVersion = (typeof TLS_VERSIONS)[number];

/** What is asked of clients, and how they are spoken with. */
export interface TlsSettings {
  /** The authorities that clients' certificates must be of, PEM; left out: none is asked for. */
  readonly clientCa?: string;
  /** Whether a client may come without a certificate; `require` when left out. */
  readonly clientAuth?: "require" | "optional";
  /** TLSv1.2 when left out. */
  readonly minVersion?: TlsVersion;
  readonly maxVersion?: TlsVersion;
  /** OpenSSL's names, for TLS 1.2 and older; left out: the runtime's own. */
  readonly ciphers?: readonly string[];
}

/** A server certificate, and what is asked of clients that are shown it. */
export interface Certificate extends TlsSettings {
  /** The chain, PEM. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
  /** Names it is shown for, `*.` at the begin as a wildcard, `*` alone for all others; left out: those in it. */
  readonly hosts?: readonly string[];
}

/** What a TLS listener shows. */
export interface ShownCertificates {
  /** Picked by the name a client asks for; the first one is for all others. Several of the same names may have keys of different types. */
  readonly certificates: readonly Certificate[];
  /** For TLS-ALPN-01 of ACME (RFC 8737): answers of one name each, shown while they are here to whoever asks for that name. */
  readonly challenges?: readonly Certificate[];
}

/** What clients' connections are allowed; left out: as each listener has it. */
export interface ConnectionLimits {
  /** Milliseconds without a request until a connection is closed; 0: for ever. */
  readonly idleTimeout?: number;
  readonly http2?: Http2Limits;
}

/** How sessions of HTTP/2 are opened. Bytes. */
export interface Http2Limits {
  readonly maxConcurrentStreams?: number;
  readonly initialStreamWindowSize?: number;
  readonly initialConnectionWindowSize?: number;
}

/** What a listener is opened with. */
export interface ListenOptions {
  /** The listener's, which its connections tell to routes. */
  readonly name?: string;
  readonly hostname: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** With TLS; without when left out. */
  readonly tls?: ShownCertificates;
  /** Without TLS: HTTP/2 as well, to clients that begin with it, with what comes after bodies. */
  readonly http2?: boolean;
  readonly limits?: ConnectionLimits;
  /** Answers a request. Never rejects. `request.signal` aborts when the client is gone, before the headers as well as after. */
  handle(request: Request, connection: Connection): Response | Promise<Response>;
}

/** An open listener. */
export interface Listening {
  readonly port: number;
  /**
   * Shows other certificates from the next handshake on; what is open goes on. Throws, and changes nothing, when they cannot be used.
   * There when it was opened with TLS.
   */
  show?(certificates: ShownCertificates): void;
  /** Stops accepting; resolves when the requests under way are over, or at once with `force`, which cuts them. */
  stop(force: boolean): Promise<void>;
}

/** A connection being tried; `cancel` gives it up. */
export interface Probe {
  /** Resolves when the address accepted a connection, rejects when it refused one. */
  readonly connected: Promise<void>;
  cancel(): void;
}

/** What the command needs of the runtime it runs on. Everything else comes from `node:` modules that Bun and Deno share. */
export interface Host {
  readonly runtime: "bun" | "deno";
  /** Listeners can answer TLS-ALPN-01 challenges. */
  readonly answersAlpnChallenges?: true;
  listen(options: ListenOptions): Promise<Listening>;
  /** `fetch` as the runtime has it, but for one thing: a `host` header that is given is sent. */
  fetch(url: string, init: RequestInit): Promise<Response>;
  /** The runtime's own way to upstreams, where it has a faster one than `fetch`; it knows of no proxies. */
  transport?(clock: Clock): Transport;
  /** Connections to services that `fetch` cannot make. */
  readonly openServiceClient?: OpenServiceClient;
  /** The runtime's own way of streaming to its clients, where it has a faster one than the standard's streams. */
  readonly openStream?: OpenClientStream;
  /** Opens and closes a TCP connection, to tell a host that is unreachable from one that is slow. */
  probe(hostname: string, port: number): Probe;
  /** A WebSocket to an upstream with request headers, which the standard constructor cannot set. */
  connectWebSocket(url: string, protocols: readonly string[], headers: Headers): UpstreamSocket;
}
