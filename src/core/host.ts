import type { OpenClientStream } from "./client-stream.ts";
import type { Clock } from "./clock.ts";
import type { Connection } from "./exchange.ts";
import type { OpenServiceClient } from "./service-link.ts";
import type { Transport } from "./upstream.ts";

/** A server certificate and its key, as PEM text. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** What a listener is opened with. */
export interface ListenOptions {
  /** The listener's, which its connections tell to routes. */
  readonly name?: string;
  readonly hostname: string;
  /** 0 picks a free port. */
  readonly port: number;
  readonly certificates?: readonly Certificate[];
  /** Answers a request. Never rejects. `request.signal` aborts when the client is gone, before the headers as well as after. */
  handle(request: Request, connection: Connection): Response | Promise<Response>;
}

/** An open listener. */
export interface Listening {
  readonly port: number;
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
  connectWebSocket(url: string, protocols: readonly string[], headers: Headers): WebSocket;
}
