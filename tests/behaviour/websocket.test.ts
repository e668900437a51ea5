import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { deadAddress, startBackend } from "#tests/support/backend.ts";
import { type Gateway, startGateway } from "#tests/support/gateway.ts";
import { Sockets, startSocketBackend, type SocketBackend } from "#tests/support/sockets.ts";
import { within } from "#tests/support/until.ts";

const backend: SocketBackend = startSocketBackend();
const plain = startBackend(() => new Response("no sockets here", { status: 403 }));
const dead = deadAddress();
const clients = new Sockets();

afterEach(() => clients.closeAll());
afterAll(async () => {
  await backend.close();
  await plain.close();
});

const route = (name: string, more = {}) => ({
  name,
  match: { path: { prefix: `/${name}` } },
  http: { services: [{ name }], ...more },
});

/** With `own` the services are such that the runtime's WebSocket is not used. */
function config(mark: string, own: boolean) {
  const link = own ? { connectTimeout: "10s" } : {};
  return {
    admin: { port: 0 },
    services: [
      { name: "echo", endpoints: [backend.address], ...link },
      { name: "plain", endpoints: [plain.address], ...link },
      { name: "dead", endpoints: [dead], ...link },
      { name: "half-dead", endpoints: [dead, backend.address], ...link },
    ],
    routes: [
      { name: "mark", match: { path: { exact: "/mark" } }, response: { status: 200, body: mark } },
      route("echo", {
        rewrite: { path: { prefix: "/inner" }, host: "inner.example" },
        requestHeaders: { set: { "x-from": "gateway" }, remove: ["x-gone"] },
      }),
      route("plain"),
      route("dead"),
      route("half-dead"),
      { ...route("off"), http: { services: [{ name: "plain" }], websocket: false } },
    ],
  };
}

describe.each([
  ["bun", false],
  ["deno", false],
  ["bun", true],
  ["deno", true],
] as const)("on %s, over connections of the gateway's own: %p", (runtime, own) => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway({ config: config("first", own), runtime });
  });
  afterAll(() => gateway.stop());

  const open = (path: string, protocols: string[] = [], headers: Record<string, string> = {}) =>
    clients.open(`${gateway.origin.replace("http", "ws")}${path}`, protocols, headers);

  /** The handshake alone, so that a refusal can be read. */
  const shake = (path: string) =>
    fetch(gateway.origin + path, {
      headers: {
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
      },
    });

  test("text and bytes go both ways, whatever their size", async () => {
    const client = await open("/echo");
    for (const size of [0, 1, 125, 126, 65_535, 65_536, 1_000_000]) {
      client.socket.send("ü".repeat(size));
      expect(await client.next()).toBe("ü".repeat(size));
      const bytes = new Uint8Array(size).fill(size % 251);
      client.socket.send(bytes);
      expect(await client.next()).toEqual(bytes);
    }
  });

  test("many messages keep their order", async () => {
    const client = await open("/echo");
    const sent = Array.from({ length: 500 }, (_, index) => `message ${index}`);
    for (const message of sent) client.socket.send(message);
    const came: unknown[] = [];
    while (came.length < sent.length) came.push(await client.next());
    expect(came).toEqual(sent);
  });

  test("what the service says first is not lost", async () => {
    const client = await open("/echo/greeting?to=you");
    expect(await client.next()).toBe("hello you");
  });

  test("the handshake is the route's: path, query, host, headers", async () => {
    await open("/echo/deep?token=1", [], { "x-gone": "secret", "x-kept": "yes" });
    const { url, headers } = backend.handshakes.at(-1) ?? { url: "", headers: new Headers() };
    expect(new URL(url).pathname + new URL(url).search).toBe("/inner/deep?token=1");
    expect(Object.fromEntries(headers)).toMatchObject({
      host: "inner.example",
      "x-from": "gateway",
      "x-kept": "yes",
      "x-forwarded-for": "127.0.0.1",
    });
    expect(headers.has("x-gone")).toBe(false);
  });

  test("the service chooses the subprotocol", async () => {
    expect((await open("/echo", ["v1", "v2"])).socket.protocol).toBe("v2");
    expect((await open("/echo")).socket.protocol).toBe("");
  });

  test.each([
    [1000, "done"],
    [4001, "enough"],
  ])("the client's close code %d reaches the service", async (code, reason) => {
    const client = await open("/echo");
    const closed = backend.nextClose();
    client.socket.close(code, reason);
    expect(await within("the service's close", closed)).toEqual({ code, reason });
    await within("the client's close", client.closed);
  });

  test.each([
    [1000, "done"],
    [1011, "broken"],
    [4002, "thanks"],
  ])("the service's close code %d reaches the client", async (code, reason) => {
    const client = await open("/echo");
    client.socket.send(`close ${code} ${reason}`);
    expect(await within("the client's close", client.closed)).toMatchObject({ code, reason });
  });

  test("a service that vanishes ends the client's side", async () => {
    const client = await open("/echo");
    client.socket.send("vanish");
    expect(await within("the client's close", client.closed)).toMatchObject({ code: 1011 });
  });

  test("a client that vanishes takes the service's socket with it", async () => {
    const client = await open("/echo");
    client.socket.send("first");
    expect(await client.next()).toBe("first");
    const closed = backend.nextClose();
    client.socket.terminate();
    await within("the service's close", closed);
  });

  test("nobody listens, or whoever does speaks no WebSocket: 502", async () => {
    for (const path of ["/dead", "/plain"]) {
      const response = await within("the answer", shake(path));
      expect(response.status).toBe(502);
      expect(await response.json()).toMatchObject({ error: { code: "upstream_unreachable" } });
    }
  });

  test("a dead endpoint costs nobody a socket", async () => {
    for (let turn = 0; turn < 2; turn++) {
      const client = await open("/half-dead");
      client.socket.send("anybody?");
      expect(await client.next()).toBe("anybody?");
    }
  });

  test("switched off, the handshake goes on as a plain request", async () => {
    const response = await within("the answer", shake("/off"));
    expect(response.status).toBe(403);
    expect(await response.text()).toBe("no sockets here");
    expect(plain.seen.at(-1)?.headers.has("upgrade")).toBe(false);
  });

  test("an open socket does not notice a reload", async () => {
    const client = await open("/echo");
    gateway.rewrite(config("second", own));
    expect((await fetch(`${gateway.admin}/reload`, { method: "POST" })).status).toBe(200);
    expect(await (await fetch(`${gateway.origin}/mark`)).text()).toBe("second");
    client.socket.send("still there?");
    expect(await client.next()).toBe("still there?");
  });

  test("a socket is one line in the access log, once it is over", async () => {
    const client = await open("/echo/logged");
    client.socket.send("12345");
    await client.next();
    client.socket.close(1000, "");
    const line = await gateway.stdout.find("the line", (text) => (text.includes("/echo/logged") ? text : undefined));
    expect(JSON.parse(line)).toMatchObject({ status: 101, route: "echo" });
    expect(gateway.stderr.text).not.toMatch(/unhandled|TypeError/i);
  });
});
