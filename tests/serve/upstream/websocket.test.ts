import { expect, test } from "bun:test";
import type { ServiceLink, UpstreamSocket } from "#src/core/service-link.ts";
import { systemClock } from "#src/core/clock.ts";
import { openServiceClient } from "#src/serve/upstream/open.ts";
import { afterwards, pem, plainServer, proxyTo, tcpServer } from "./endpoints.ts";

/** A WebSocket server over TLS that says what it hears, with the certificate of a.test. */
function echo(): number {
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    tls: pem("a.test"),
    fetch(request, own) {
      const { pathname, search } = new URL(request.url);
      const said = `${pathname}${search} ${request.headers.get("host")} ${request.headers.get("x-own")}`;
      const headers = { "sec-websocket-protocol": "two" };
      return own.upgrade(request, { data: said, headers }) ? undefined : new Response("no");
    },
    websocket: {
      data: "",
      open: (socket) => void socket.send(socket.data),
      message: (socket, message) => void (message === "end" ? socket.close(4001, "over") : socket.send(message)),
    },
  });
  afterwards(() => void server.stop(true));
  return server.port ?? 0;
}

async function connected(link: Partial<ServiceLink>, url: string): Promise<UpstreamSocket> {
  const client = openServiceClient({ http2: false, ...link }, systemClock);
  afterwards(() => client.close());
  const headers = new Headers({ host: "shop.test", "x-own": "yes" });
  const socket = await client.connectWebSocket?.(url, ["one", "two"], headers);
  if (socket === undefined) throw new Error("there are no WebSockets");
  return socket;
}

const next = (socket: UpstreamSocket): Promise<unknown> =>
  new Promise((resolve) => socket.addEventListener("message", ({ data }) => resolve(data), { once: true }));

const closed = (socket: UpstreamSocket): Promise<[number, string]> =>
  new Promise((resolve) => socket.addEventListener("close", ({ code, reason }) => resolve([code, reason])));

test("messages go both ways, through a proxy and TLS with a name of its own", async () => {
  const proxy = await proxyTo(echo());
  const link = {
    tls: { verify: true, ca: pem("a.test").cert, sni: "a.test" },
    proxy: { host: "127.0.0.1", port: proxy.port, connectTimeout: 900 },
  };
  const socket = await connected(link, "wss://inner.test/a?b=1");
  expect(await next(socket)).toBe("/a?b=1 shop.test yes");
  expect([socket.protocol, socket.readyState]).toEqual(["two", WebSocket.OPEN]);
  for (const size of [0, 125, 126, 65_535, 65_536, 200_000]) {
    const text = next(socket);
    socket.send("ä".repeat(size));
    expect(await text).toBe("ä".repeat(size));
    const bytes = next(socket);
    socket.send(new Uint8Array(size).fill(7));
    expect(await bytes).toEqual(new Uint8Array(size).fill(7));
  }
  const end = closed(socket);
  socket.send("end");
  expect(await end).toEqual([4001, "over"]);
});

test("who opens no WebSocket, or answers without proof, is a failed connection", async () => {
  const refusing = await plainServer((_, response) => void response.writeHead(403).end());
  const lying = await tcpServer((socket) => {
    const lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Sec-WebSocket-Accept: bGllcw=="];
    socket.once("data", () => socket.write(`${lines.join("\r\n")}\r\n\r\n`));
  });
  for (const port of [refusing, lying, 4])
    expect(await closed(await connected({}, `ws://127.0.0.1:${port}/`))).toEqual([1006, ""]);
});

test("one that is closed before it is open never opens", async () => {
  const silent = await tcpServer(() => {});
  const socket = await connected({}, `ws://127.0.0.1:${silent}/`);
  const end = closed(socket);
  socket.close();
  expect(await end).toEqual([1006, ""]);
});
