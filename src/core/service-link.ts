import type { Clock } from "./clock.ts";

/** How a service's endpoints are connected to, where the runtime's `fetch` cannot do it. */
export interface ServiceLink {
  /** HTTP/2, with TLS by ALPN, without it at once; otherwise HTTP/1.1. */
  readonly http2: boolean;
  /** There with TLS. */
  readonly tls?: LinkTls;
  /** Milliseconds until a connection must stand, its TLS included. */
  readonly connectTimeout?: number;
  /** An HTTP proxy that is asked for a tunnel (`CONNECT`). */
  readonly proxy?: LinkProxy;
  /** How long a connection is kept without a request, in milliseconds; left out: as usual. */
  readonly idleTimeout?: number;
}

/** How an endpoint is trusted, and how the gateway proves itself to it. */
export interface LinkTls {
  /** The name asked for and looked for in the certificate; left out: the endpoint's host. */
  readonly sni?: string;
  readonly verify: boolean;
  /** PEM of the authorities that are trusted in place of the usual ones. */
  readonly ca?: string;
  /** Of these names the certificate must have one, in place of `sni`. */
  readonly subjectAltNames?: readonly string[];
  /** PEM of the gateway's own certificate, and of its key. */
  readonly cert?: string;
  readonly key?: string;
}

/** An HTTP proxy. */
export interface LinkProxy {
  readonly host: string;
  readonly port: number;
  /** Milliseconds. */
  readonly connectTimeout: number;
}

/** A way to the endpoints of a service. */
export interface ServiceClient {
  /**
   * As `fetch`, but it follows no redirect and decodes no body; what comes after the body is in `trailersOf`. Rejects with an Error whose `code` tells a
   * connection that did not come about (see `classifyFailure`) from one that broke.
   */
  fetch(url: string, init: ServiceRequest): Promise<Response>;
  /** Left out where it cannot be. What fails is told by the socket's events. */
  connectWebSocket?(url: string, protocols: readonly string[], headers: Headers): Promise<UpstreamSocket>;
  /** Takes no new requests; those under way go on. */
  close(): void;
}

/** What is used of a WebSocket to an upstream, whoever made it. */
export type UpstreamSocket = Pick<
  WebSocket,
  | "addEventListener"
  | "removeEventListener"
  | "binaryType"
  | "bufferedAmount"
  | "close"
  | "protocol"
  | "readyState"
  | "send"
>;

/** A request to an endpoint. */
export interface ServiceRequest {
  readonly method: string;
  readonly headers: Headers;
  readonly body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | null;
  readonly signal: AbortSignal;
}

/** Opens a way to a service. Throws an Error when its certificates cannot be used. */
export type OpenServiceClient = (link: ServiceLink, clock: Clock) => ServiceClient;
