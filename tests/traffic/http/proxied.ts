import { afterEach } from "bun:test";
import { createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import type { AccessRecord, Connection, Exchange, RequestBody } from "#src/core/exchange.ts";
import { systemClock } from "#src/core/clock.ts";
import { Fault } from "#src/core/fault.ts";
import { EndpointHealth } from "#src/traffic/http/endpoint-health.ts";
import { createHttpHandler, type HttpHandler } from "#src/traffic/http/handler.ts";
import type { HttpRouteOptions } from "#src/traffic/http/http-options.ts";
import type { HttpDependencies } from "#src/traffic/http/upstream-fetch.ts";
import { createKeyRing } from "#src/sessions/key-ring.ts";
import { createMemoryStore } from "#src/store/memory.ts";

type Release = () => void | Promise<void>;
const releases: Release[] = [];

/** Runs `release` after the test. */
export function afterwards(release: Release): void {
  releases.push(release);
}

afterEach(async () => {
  for (const release of releases.splice(0).reverse()) await release();
});

/** An HTTP upstream; answers its `host:port`. */
export function upstream(handle: (request: Request) => Response | Promise<Response>): string {
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    development: false,
    fetch: handle,
    error: () => new Response(),
  });
  afterwards(() => server.stop(true));
  return `127.0.0.1:${server.port}`;
}

/** An upstream that speaks bytes: `talk` gets each connection and what it has said so far, at each piece. */
export async function rawUpstream(talk: (socket: Socket, said: string) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    let said = "";
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", (data) => {
      said += data.toString("latin1");
      talk(socket, said);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterwards(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An address where nothing listens. */
export async function deadAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return `127.0.0.1:${port}`;
}

/** The real fetch and clock, a fresh health and the first of every choice. */
export function dependencies(changes: Partial<HttpDependencies> = {}): HttpDependencies {
  const clock = changes.clock ?? systemClock;
  return {
    fetch: (url, init) => fetch(url, init),
    clock,
    random: () => 0,
    health: new EndpointHealth(clock),
    keyRing: createKeyRing({ store: createMemoryStore({ clock }), clock }),
    ...changes,
  };
}

/** An exchange outside of any server. */
export interface Tried {
  readonly exchange: Exchange;
  /** Somebody took over its end. */
  readonly held: () => boolean;
  /** Who took over its end said that it is over. */
  readonly ended: () => boolean;
}

/** An exchange for a request. */
export function exchangeOf(request: Request, connection: Connection = { secure: false }): Tried {
  const url = new URL(request.url);
  let held = false;
  let ended = false;
  const exchange: Exchange = {
    id: "1",
    request,
    body: bodyOf(request),
    connection,
    host: url.hostname,
    path: url.pathname,
    search: url.search,
    signal: request.signal,
    record: recordOf(request, url),
    hold() {
      held = true;
      return () => {
        ended = true;
      };
    },
  };
  return { exchange, held: () => held, ended: () => ended };
}

function bodyOf(request: Request): RequestBody {
  let bytes: Promise<Uint8Array<ArrayBuffer>> | undefined;
  return {
    get used() {
      return bytes !== undefined;
    },
    bytes: () => (bytes ??= request.arrayBuffer().then((buffer) => new Uint8Array(buffer))),
    json: undefined,
    streamed: undefined,
    release() {},
  };
}

function recordOf({ method }: Request, { hostname, pathname }: URL): AccessRecord {
  const zeros = { time: 0, startedAt: 0, status: 0, requestBytes: 0, responseBytes: 0 };
  return { id: "1", method, host: hostname, path: pathname, losses: [], attempts: [], ...zeros };
}

/** A handler over services at addresses, closed after the test. */
export function handlerOf(
  addresses: readonly string[],
  options: Partial<HttpRouteOptions> = {},
  deps: HttpDependencies = dependencies(),
): HttpHandler {
  const services = [{ name: "backend", endpoints: addresses.map((address) => ({ address })) }];
  const handler = createHttpHandler({ services, ...options }, deps);
  afterwards(() => handler.close());
  return handler;
}

/** The Fault a promise is rejected with; fails when it is not. */
export async function faultOf(promise: Promise<unknown>): Promise<Fault> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error("it was not rejected");
}
