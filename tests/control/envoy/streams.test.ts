import {
  type ClientHttp2Session,
  connect,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { envoyMissing } from "#tests/support/envoy.ts";
import { type EnvoyStage, envoyStage } from "#tests/support/envoy-stage.ts";

const PATIENCE = 60_000;

/** Answers every call with what it got and a status in its trailers; `/shop.Slow/Wait` never. */
async function grpcServer(): Promise<Http2Server> {
  const server = createServer();
  server.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    stream.on("error", () => {});
    if (headers[":path"] === "/shop.Slow/Wait") return;
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0", "grpc-message": "fine" }));
    stream.on("data", (bytes: Buffer) => stream.write(bytes));
    stream.on("end", () => stream.end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

interface Called {
  readonly headers: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders;
  readonly said: string;
}

function call(session: ClientHttp2Session, path: string, body: string, more: object = {}): Promise<Called> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc",
      te: "trailers",
      ...more,
    });
    let headers: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders = {};
    let said = "";
    stream.on("response", (got) => (headers = got));
    stream.on("trailers", (got) => (trailers = got));
    stream.on("data", (bytes: Buffer) => (said += bytes.toString()));
    stream.on("end", () => resolve({ headers, trailers, said }));
    stream.on("error", reject);
    stream.end(body);
  });
}

describe.skipIf(envoyMissing !== undefined)("streams through a real Envoy", () => {
  let grpc: Http2Server;
  let envoy: EnvoyStage;
  let session: ClientHttp2Session;
  const sockets = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request, server) => (server.upgrade(request) ? undefined : new Response("plain")),
    websocket: { message: (socket, said) => void socket.send(`you said ${String(said)}`) },
  });
  beforeAll(async () => {
    grpc = await grpcServer();
    const route = (name: string, prefix: string, more: object = {}) => ({
      name: prefix,
      match: { path: { prefix } },
      http: { services: [{ name }], ...more },
    });
    envoy = await envoyStage({
      listeners: [{ name: "one", port: 0 }],
      services: [
        { name: "shop", protocol: "grpc", endpoints: [`127.0.0.1:${(grpc.address() as AddressInfo).port}`] },
        { name: "sockets", endpoints: [`127.0.0.1:${sockets.port}`] },
      ],
      routes: [
        route("shop", "/shop.Shop"),
        route("shop", "/shop.Slow"),
        route("sockets", "/open"),
        route("sockets", "/closed", { websocket: false }),
      ],
    });
    session = connect(envoy.url("one"));
  }, PATIENCE);
  afterAll(async () => {
    session.close();
    await envoy[Symbol.asyncDispose]();
    grpc.close();
    await sockets.stop(true);
  });

  test("gRPC passes with its trailers", async () => {
    const { headers, trailers, said } = await call(session, "/shop.Shop/Buy", "bread");
    expect(Number(headers[":status"])).toBe(200);
    expect(said).toBe("bread");
    expect(trailers).toMatchObject({ "grpc-status": "0", "grpc-message": "fine" });
  });

  test("a call's own deadline holds", async () => {
    const { headers, trailers } = await call(session, "/shop.Slow/Wait", "", { "grpc-timeout": "50m" });
    // DEADLINE_EXCEEDED, in headers where nothing else was sent.
    expect(headers["grpc-status"] ?? trailers["grpc-status"]).toBe("4");
  });

  test("WebSockets pass where the route lets them", async () => {
    const socket = new WebSocket(`${envoy.url("one").replace("http", "ws")}/open`);
    const said = await new Promise((resolve, reject) => {
      socket.addEventListener("open", () => socket.send("hello"));
      socket.addEventListener("message", ({ data }) => resolve(data));
      socket.addEventListener("error", reject);
    });
    socket.close();
    expect(said).toBe("you said hello");
    const headers = {
      connection: "upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
    };
    expect((await envoy.fetch("/closed", { headers })).status).toBe(403);
  });
});
