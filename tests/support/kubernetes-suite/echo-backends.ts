import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import {
  createSecureServer,
  createServer as createHttp2Server,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from "node:http2";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { websocketAnswer } from "#src/serve/node-websocket.ts";
import { OPCODE, writeFrame } from "#src/serve/websocket-frames.ts";
import { until } from "../until.ts";

/** A request as a backend saw it, told in the answer's body. */
export interface Seen {
  readonly backend: string;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly host: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** `1.1` or `2.0`. */
  readonly version: string;
}

/**
 * HTTP servers on loopback that say what they saw, and do as requests' headers tell them:
 * `x-echo-status: 503`; `x-echo-statuses: 503 200` for the tries of one request; `x-echo-hang: 1` never answers.
 */
export interface EchoBackends {
  /** Where one listens. Names that begin with `tls-` speak TLS, with `mtls-` TLS for clients of the authority, with `h2c-` HTTP/2, with `h2-` both; `gone-` are closed ports. */
  addressOf(name: string): { readonly host: string; readonly port: number };
  /** How often a request with this `x-case` came, to all of them. */
  tries(id: string): number;
  /** Resolves once the backend has got a request with this `x-case`. */
  got(name: string, id: string): Promise<void>;
  close(): Promise<void>;
}

type Listener = (request: IncomingMessage | Http2ServerRequest, response: ServerResponse | Http2ServerResponse) => void;

const tls = (name: string): string => readFileSync(new URL(`../../fixtures/tls/${name}`, import.meta.url), "utf8");

function listenAt(server: Server | Http2Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** On a port that the system gives to nobody who asks for any: it is to stay free once it is closed. */
async function listenApart(server: Server | Http2Server): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    try {
      return await listenAt(server, 20_000 + Math.floor(Math.random() * 12_000));
    } catch {
      // Somebody has it.
    }
  }
  throw new Error("There is no free port below those that the system gives.");
}

/** Starts a backend for each name. */
export async function startEchoBackends(names: Iterable<string>): Promise<EchoBackends> {
  const seen: { readonly backend: string; readonly id: string }[] = [];
  const servers = new Map<string, Server | Http2Server>();
  const ports = new Map<string, number>();
  for (const name of new Set(names)) {
    const server = serverOf(name, (request, response) => void answer(name, request, response, seen));
    server.on("upgrade", (request: IncomingMessage, socket: Duplex) => greet(name, request, socket, seen));
    await (name.startsWith("gone-") ? listenApart(server) : listenAt(server, 0));
    ports.set(name, (server.address() as AddressInfo).port);
    servers.set(name, server);
    if (name.startsWith("gone-")) await closed(server);
  }
  const times = (id: string, backend?: string): number =>
    seen.filter((one) => one.id === id && (backend === undefined || one.backend === backend)).length;
  return {
    addressOf(name) {
      const port = ports.get(name);
      if (port === undefined) throw new Error(`There is no backend ${name}.`);
      return { host: "127.0.0.1", port };
    },
    tries: (id) => times(id),
    got: (name, id) => until(`${name} has got the request`, () => times(id, name) > 0),
    async close() {
      const open = [...servers].filter(([name]) => !name.startsWith("gone-"));
      await Promise.all(open.map(([, server]) => closed(server)));
    },
  };
}

function serverOf(name: string, listener: Listener): Server | Http2Server {
  const pair = { cert: tls("loopback.pem"), key: tls("loopback.key.pem") };
  if (name.startsWith("tls-")) return createTlsServer(pair, listener);
  if (name.startsWith("mtls-")) {
    return createTlsServer(
      { ...pair, requestCert: true, rejectUnauthorized: true, ca: tls("authority.pem") },
      listener,
    );
  }
  if (name.startsWith("h2c-")) return createHttp2Server({}, listener);
  if (name.startsWith("h2-")) return createSecureServer(pair, listener);
  return createServer(listener);
}

function closed(server: Server | Http2Server): Promise<void> {
  const over = new Promise<void>((resolve) => server.close(() => resolve()));
  if ("closeAllConnections" in server) server.closeAllConnections();
  return over;
}

async function answer(
  backend: string,
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
  seen: { backend: string; id: string }[],
): Promise<void> {
  const headers = headersOf(request);
  const id = headers["x-case"] ?? "";
  seen.push({ backend, id });
  const before = seen.filter((one) => one.id === id).length - 1;
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  if (headers["x-echo-hang"] !== undefined) return;
  const statuses = (headers["x-echo-statuses"] ?? headers["x-echo-status"] ?? "200").split(" ");
  const body = sightOf(backend, request, Buffer.concat(chunks).toString());
  response.statusCode = Number(statuses[Math.min(before, statuses.length - 1)]);
  response.setHeader("content-type", "application/json");
  response.setHeader("x-backend", backend);
  response.setHeader("x-powered-by", "echo");
  response.end(JSON.stringify(body));
}

function headersOf(request: IncomingMessage | Http2ServerRequest): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, [value ?? ""].flat().join(", ")]),
  );
}

function sightOf(backend: string, request: IncomingMessage | Http2ServerRequest, body: string): Seen {
  const headers = headersOf(request);
  const host = headers[":authority"] ?? headers["host"] ?? "";
  const { method = "", url: path = "", httpVersion: version } = request;
  return { backend, method, path, host, headers, body, version };
}

/** Opens a WebSocket, whose first message tells what was seen. */
function greet(
  backend: string,
  request: IncomingMessage,
  socket: Duplex,
  seen: { backend: string; id: string }[],
): void {
  seen.push({ backend, id: headersOf(request)["x-case"] ?? "" });
  socket.on("error", () => {});
  // All that a client says is that it goes.
  socket.once("data", () => socket.destroy());
  socket.once("end", () => socket.destroy());
  socket.write(websocketAnswer(request, undefined));
  socket.write(writeFrame(OPCODE.text, Buffer.from(JSON.stringify(sightOf(backend, request, "")))));
}
