import { createServer } from "node:net";
import type { AddressInfo } from "node:net";

/** A request's head. */
export interface Head {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
}

/** A plain HTTP server of a test's own. */
export interface Backend {
  /** `host:port`, as a service's endpoint is written. */
  readonly address: string;
  /** The requests' heads, in the order they came. */
  readonly seen: Head[];
  close(): Promise<void>;
}

/** Starts a server on loopback. */
export function startBackend(handle: (request: Request) => Response | Promise<Response>): Backend {
  const seen: Head[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    development: false,
    fetch(request) {
      // Bun reads a request's headers when they are asked for, which may be too late.
      seen.push({ method: request.method, url: request.url, headers: new Headers(request.headers) });
      return handle(request);
    },
  });
  return { address: `127.0.0.1:${server.port}`, seen, close: () => server.stop(true) };
}

/** A backend that answers with its name and what it was asked. */
export function namedBackend(name: string): Backend {
  return startBackend((request) => {
    const { pathname, search } = new URL(request.url);
    return Response.json(
      { name, method: request.method, target: pathname + search, headers: Object.fromEntries(request.headers) },
      { headers: { "x-backend": name, "x-old": "value" } },
    );
  });
}

/** What {@link namedBackend} answers. */
export interface Asked {
  readonly name: string;
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** An address where nothing listens: a port nobody is given, whereas one that was free a moment ago may be a listener's next. */
export function deadAddress(): string {
  return "127.0.0.1:4";
}

/** A port that nobody had a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
