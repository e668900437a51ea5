import { describe, expect, test } from "bun:test";
import type { AccessRecord, WebSocketBridge } from "#src/core/exchange.ts";
import { bunHost } from "#src/serve/bun.ts";
import type { HttpRouteOptions } from "#src/traffic/http/http-options.ts";
import type { HttpDependencies } from "#src/traffic/http/upstream-fetch.ts";
import { BUFFER_LIMIT, PassThrough } from "#src/traffic/http/websocket-bridge.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { until, within } from "#tests/support/until.ts";
import { afterwards, deadAddress, dependencies, exchangeOf, faultOf, handlerOf, rawUpstream } from "./proxied.ts";

interface Seen {
  readonly headers: Headers;
  readonly url: string;
}

const connectWebSocket: NonNullable<HttpDependencies["connectWebSocket"]> = (...how) =>
  bunHost.connectWebSocket(...how);

/** An upstream that echoes, and does what it is told: `close 4001 bye`, `vanish`. */
function echo(): { address: string; seen: Seen[]; closed: Promise<[number, string]> } {
  const seen: Seen[] = [];
  const closed = Promise.withResolvers<[number, string]>();
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request, server) {
      seen.push({ headers: new Headers(request.headers), url: request.url });
      const offered = request.headers.get("sec-websocket-protocol")?.split(", ") ?? [];
      const headers = offered.includes("v2") ? { "sec-websocket-protocol": "v2" } : {};
      return server.upgrade(request, { headers }) ? undefined : new Response("no", { status: 400 });
    },
    websocket: {
      open: (socket) => void socket.send("welcome"),
      message(socket, data) {
        const [word, code, reason] = String(data).split(" ");
        if (word === "close") socket.close(Number(code), reason);
        else if (word === "vanish") socket.terminate();
        else socket.send(data);
      },
      close: (_, code, reason) => closed.resolve([code, reason]),
    },
  });
  afterwards(() => server.stop(true));
  return { address: `127.0.0.1:${server.port}`, seen, closed: closed.promise };
}

/** A gateway of nothing but the handler, on a real listener. */
async function gateway(
  addresses: string[],
  options: Partial<HttpRouteOptions> = {},
): Promise<{ url: string; record: () => AccessRecord; ended: () => boolean }> {
  const deps = dependencies({ connectWebSocket });
  const handler = handlerOf(addresses, options, deps);
  let last: ReturnType<typeof exchangeOf> | undefined;
  const listening = await bunHost.listen({
    hostname: "127.0.0.1",
    port: 0,
    async handle(request, connection) {
      last = exchangeOf(request, connection);
      return handler.handle(last.exchange).catch((fault) => new Response(fault.code, { status: fault.status }));
    },
  });
  afterwards(() => listening.stop(true));
  return {
    url: `127.0.0.1:${listening.port}`,
    record: () => (last as NonNullable<typeof last>).exchange.record,
    ended: () => last?.ended() === true,
  };
}

/** A client's socket with what came. */
function client(
  url: string,
  protocols: string[] = [],
  headers: Record<string, string> = {},
): { socket: WebSocket; inbox: unknown[]; closed: Promise<CloseEvent> } {
  const socket = new WebSocket(`ws://${url}`, { protocols, headers });
  socket.binaryType = "arraybuffer";
  const inbox: unknown[] = [];
  const { promise, resolve } = Promise.withResolvers<CloseEvent>();
  socket.addEventListener("message", ({ data }) => inbox.push(data));
  socket.addEventListener("close", resolve);
  socket.addEventListener("error", () => {});
  afterwards(() => socket.close());
  return { socket, inbox, closed: promise };
}

describe("pass-through", () => {
  test("messages both ways, text and bytes, the upstream's first one included", async () => {
    const { address, seen } = echo();
    const { url, record } = await gateway([address], { rewrite: { path: { full: "/socket" } } });
    const { socket, inbox } = client(`${url}/chat?room=1`, ["v1", "v2"], { "x-own": "1", cookie: "a=b" });
    await until("the welcome", () => inbox.length === 1);
    expect(socket.protocol).toBe("v2");
    socket.send("häl");
    socket.send(new Uint8Array([1, 2, 3]));
    await until("the echoes", () => inbox.length === 3);
    expect(inbox.slice(0, 2)).toEqual(["welcome", "häl"]);
    expect(new Uint8Array(inbox[2] as ArrayBuffer)).toEqual(new Uint8Array([1, 2, 3]));
    const { headers, url: asked } = seen[0] as Seen;
    expect(new URL(asked).pathname + new URL(asked).search).toBe("/socket?room=1");
    expect(headers.get("x-own")).toBe("1");
    expect(headers.get("cookie")).toBe("a=b");
    expect(headers.get("host")).toBe(url);
    expect(headers.get("x-forwarded-for")).toBe("127.0.0.1");
    expect(record()).toMatchObject({ attempts: [{ upstream: "backend", status: 101 }], responseBytes: 13 });
  });

  test.each([
    [1000, "bye"],
    [1011, "broken"],
    [4001, "own"],
  ])("the upstream closes with %p %p", async (code, reason) => {
    const { url, ended } = await gateway([echo().address]);
    const { socket, closed } = client(url);
    socket.addEventListener("open", () => socket.send(`close ${code} ${reason}`));
    expect(await within("the client's close", closed)).toMatchObject({ code, reason });
    await until("the exchange is over", ended);
  });

  test("the upstream vanishes: 1011, and the record says so", async () => {
    const { url, record, ended } = await gateway([echo().address]);
    const { socket, closed } = client(url);
    socket.addEventListener("open", () => socket.send("vanish"));
    expect((await within("the client's close", closed)).code).toBe(1011);
    expect(record().fault).toBe("upstream_cut");
    expect(ended()).toBeTrue();
  });

  test.each([
    [1000, "bye"],
    [4001, "own"],
  ])("the client closes with %p %p", async (code, reason) => {
    const { address, closed } = echo();
    const { url } = await gateway([address]);
    const { socket } = client(url);
    socket.addEventListener("open", () => socket.close(code, reason));
    expect(await within("the upstream's close", closed)).toEqual([code, reason]);
  });

  test("the client closes without a code", async () => {
    const { address, closed } = echo();
    const { url } = await gateway([address]);
    const { socket } = client(url);
    socket.addEventListener("open", () => socket.close());
    expect([1000, 1005]).toContain((await within("the upstream's close", closed))[0]);
  });

  test("the client vanishes: the upstream is closed", async () => {
    const { address, closed } = echo();
    const { url, ended } = await gateway([address]);
    const { socket } = client(url);
    socket.addEventListener("open", () => (socket as WebSocket & { terminate(): void }).terminate());
    expect((await within("the upstream's close", closed))[0]).toBe(1001);
    await until("the exchange is over", ended);
  });
});

describe("what cannot be joined", () => {
  const handshake = (url: string): Promise<Response> =>
    fetch(`http://${url}/`, {
      headers: {
        connection: "upgrade",
        upgrade: "websocket",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        "sec-websocket-version": "13",
      },
    });
  const upgrading = (init: RequestInit = {}): Request =>
    new Request("http://x/", { ...init, headers: { upgrade: "WebSocket", connection: "upgrade" } });

  test("nobody listens: 502, after trying every endpoint", async () => {
    const { url, record } = await gateway([await deadAddress(), await deadAddress()]);
    const response = await handshake(url);
    expect([response.status, await response.text()]).toEqual([502, "upstream_unreachable"]);
    expect(record().attempts).toMatchObject([{ fault: "upstream_unreachable" }, { fault: "upstream_unreachable" }]);
  });

  test("a dead endpoint costs nobody a socket", async () => {
    const { url } = await gateway([await deadAddress(), echo().address]);
    const { inbox } = client(url);
    await until("the welcome", () => inbox.length === 1);
  });

  test("an upstream that answers with a status: 502", async () => {
    const address = await rawUpstream((socket) => socket.end("HTTP/1.1 403 No\r\ncontent-length: 0\r\n\r\n"));
    const { url } = await gateway([address]);
    expect((await handshake(url)).status).toBe(502);
  });

  test("an upstream that says nothing: 504 when its time is over", async () => {
    const clock = new FakeClock();
    const connected = Promise.withResolvers<void>();
    const address = await rawUpstream(() => connected.resolve());
    const deps = dependencies({ clock, connectWebSocket });
    const { exchange } = exchangeOf(upgrading(), { secure: false, upgrade: () => undefined });
    const fault = faultOf(handlerOf([address], { timeout: 700 }, deps).handle(exchange));
    await connected.promise;
    clock.advance(700);
    expect(await fault).toMatchObject({ code: "connect_timeout", status: 504 });
    expect(clock.pending).toBe(0);
  });

  test("the client leaves during the handshake: the upstream's side is given up", async () => {
    const leaving = new AbortController();
    const gone = Promise.withResolvers<void>();
    const address = await rawUpstream((socket) => {
      socket.on("close", () => gone.resolve());
      leaving.abort();
    });
    const deps = dependencies({ connectWebSocket });
    const { exchange } = exchangeOf(upgrading({ signal: leaving.signal }), { secure: false, upgrade: () => undefined });
    expect((await faultOf(handlerOf([address], {}, deps).handle(exchange))).code).toBe("client_closed");
    await within("the upstream's end", gone.promise);
  });

  test("a host without WebSockets: 501", async () => {
    const { exchange } = exchangeOf(upgrading());
    expect(await faultOf(handlerOf([echo().address]).handle(exchange))).toMatchObject({ status: 501 });
  });

  test("a handshake the host refuses: 400, and the upstream is let go", async () => {
    const { address, closed } = echo();
    const deps = dependencies({ connectWebSocket });
    const state = deps.health.hold(`http://${address}`);
    const { exchange, ended } = exchangeOf(upgrading(), { secure: false, upgrade: () => undefined });
    expect(await faultOf(handlerOf([address], {}, deps).handle(exchange))).toMatchObject({ status: 400 });
    await within("the upstream's close", closed);
    expect([ended(), state.active]).toEqual([true, 0]);
  });

  test("switched off: the request goes on as a plain one", async () => {
    let said = "";
    const address = await rawUpstream((socket, text) => {
      said = text;
      socket.end("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nplain");
    });
    const { exchange } = exchangeOf(upgrading());
    const response = await handlerOf([address], { websocket: false }).handle(exchange);
    expect(await response.text()).toBe("plain");
    expect(said.toLowerCase()).not.toContain("upgrade");
  });
});

describe("a side that does not read", () => {
  /** An upstream's socket that is only events and numbers. */
  class Stub extends EventTarget {
    readonly protocol = "";
    readonly readyState = WebSocket.OPEN;
    bufferedAmount = 0;
    readonly closes: unknown[] = [];
    send(): void {}
    close(...how: unknown[]): void {
      this.closes.push(how);
    }
    say(data: unknown): void {
      this.dispatchEvent(new MessageEvent("message", { data }));
    }
  }

  function joined(buffered: () => number): { stub: Stub; bridge: WebSocketBridge; closes: unknown[]; overs: number[] } {
    const stub = new Stub();
    const overs: number[] = [];
    const { exchange } = exchangeOf(new Request("http://x/"));
    const bridge = new PassThrough({ socket: stub as unknown as WebSocket, takeEarly: () => [] }, exchange, () =>
      overs.push(1),
    );
    const closes: unknown[] = [];
    bridge.open({ send: () => {}, close: (...how) => closes.push(how), bufferedAmount: buffered });
    return { stub, bridge, closes, overs };
  }

  test("the client: both are closed with 1013, once", () => {
    let buffered = BUFFER_LIMIT;
    const { stub, closes, overs } = joined(() => buffered);
    stub.say("fine");
    expect(closes).toEqual([]);
    buffered++;
    stub.say("too much");
    stub.say("and more");
    expect(closes).toEqual([[1013, "The client does not read."]]);
    expect(stub.closes.length).toBe(1);
    expect(overs).toEqual([1]);
  });

  test("the upstream: both are closed with 1013, once", () => {
    const { stub, bridge, closes, overs } = joined(() => 0);
    bridge.message("fine");
    stub.bufferedAmount = BUFFER_LIMIT + 1;
    bridge.message("too much");
    bridge.message("and more");
    bridge.close(1013, "");
    expect(closes).toEqual([[1013, "The service does not read."]]);
    expect(overs).toEqual([1]);
  });

  test("what comes before the client's side is open is kept in order, up to the same limit", () => {
    const stub = new Stub();
    const { exchange } = exchangeOf(new Request("http://x/"));
    const bridge = new PassThrough({ socket: stub as unknown as WebSocket, takeEarly: () => [] }, exchange, () => {});
    stub.say("one");
    stub.say(new Uint8Array(BUFFER_LIMIT).buffer);
    const sent: unknown[] = [];
    const closes: number[] = [];
    bridge.open({ send: (data) => sent.push(data), close: (code) => closes.push(code), bufferedAmount: () => 0 });
    expect([sent.length, sent[0], closes]).toEqual([2, "one", [1013]]);
  });
});
