import type { Clock } from "#src/core/clock.ts";
import type { UpstreamSocket } from "#src/core/service-link.ts";
import type { KeyRing } from "#src/sessions/key-ring.ts";
import type { EndpointHealth } from "./endpoint-health.ts";
import type { ServiceClients } from "./service-clients.ts";

/** What is asked of fetch. `decompress: false` is Bun's way to leave encoded bodies as they are; others do not know it. */
export interface UpstreamInit {
  readonly method: string;
  readonly headers: Headers;
  readonly body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | null;
  readonly signal: AbortSignal;
  readonly redirect: "manual";
  readonly decompress: false;
  /** Required by the Fetch standard with a stream as body. */
  readonly duplex: "half";
}

/** The runtime's fetch, or one that stands in for it. */
export type UpstreamFetch = (url: string, init: UpstreamInit) => Promise<Response>;

/** What HTTP routes need of the world. */
export interface HttpDependencies {
  readonly fetch: UpstreamFetch;
  readonly clock: Clock;
  /** Numbers from 0 to below 1. */
  readonly random: () => number;
  readonly health: EndpointHealth;
  /** Ways to services that `fetch` cannot go; left out: there are none. */
  readonly clients?: ServiceClients;
  /** Seals the keys of sticky sessions. */
  readonly keyRing: KeyRing;
  /** True where fetch decodes gzip and br whatever it is told, and leaves `content-encoding` on the decoded body (Deno). */
  readonly decodesBodies?: boolean;
  /** What became of a mirror's copy. */
  readonly onMirrored?: ((copy: MirroredCopy) => void) | undefined;
  /** See `Host.connectWebSocket`; without it there is no WebSocket pass-through. */
  readonly connectWebSocket?: ConnectWebSocket;
}

/** A copy of a request, and what became of it. */
export interface MirroredCopy {
  readonly service: string;
  /** The status of the answer; `failed`: there was none; `dropped`: it was not sent. */
  readonly outcome: number | "failed" | "dropped";
}

/** Begins a WebSocket's handshake. */
export type ConnectWebSocket = (
  url: string,
  protocols: readonly string[],
  headers: Headers,
) => UpstreamSocket | Promise<UpstreamSocket>;
