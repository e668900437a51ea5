import { describe, expect, test } from "bun:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { until } from "#tests/support/until.ts";
import { EndpointHealth } from "#src/traffic/http/endpoint-health.ts";
import {
  afterwards,
  deadAddress,
  dependencies,
  exchangeOf,
  faultOf,
  handlerOf,
  rawUpstream,
  upstream,
} from "./proxied.ts";

const never = new Promise<never>(() => {});

function get(path = "/", init: RequestInit = {}): Request {
  const headers = new Headers(init.headers);
  headers.set("host", "shop.example:8080");
  return new Request(`http://shop.example:8080${path}`, { ...init, headers });
}

describe("passing through", () => {
  test("method, path, query, body, status and headers arrive as they were", async () => {
    const address = upstream(async (request) => {
      const { pathname, search } = new URL(request.url);
      return new Response(`${request.method} ${pathname}${search} ${await request.text()}`, {
        status: 418,
        statusText: "Teapot",
        headers: { "x-up": "1", "set-cookie": "a=1" },
      });
    });
    const { exchange } = exchangeOf(get("/a%2Fb/c?x=%20&x=2", { method: "POST", body: "héllo" }));
    const response = await handlerOf([address]).handle(exchange);
    expect(response.status).toBe(418);
    expect(response.headers.get("x-up")).toBe("1");
    expect(response.headers.getSetCookie()).toEqual(["a=1"]);
    expect(await response.text()).toBe("POST /a%2Fb/c?x=%20&x=2 héllo");
    expect(exchange.record.attempts).toMatchObject([{ upstream: "backend", status: 418 }]);
  });

  test("every Set-Cookie of an answer arrives", async () => {
    const address = await rawUpstream((socket) =>
      socket.write("HTTP/1.1 200 OK\r\nset-cookie: a=1\r\nset-cookie: b=2\r\ncontent-length: 0\r\n\r\n"),
    );
    const response = await handlerOf([address]).handle(exchangeOf(get()).exchange);
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
  });

  test("the bytes on the wire: Host kept, forwarded headers set, nothing of the client's connection", async () => {
    let said = "";
    const address = await rawUpstream((socket, text) => {
      said = text;
      socket.write("HTTP/1.1 204 No Content\r\n\r\n");
    });
    const headers = {
      connection: "close, X-Private, , a\u00e9;b",
      "x-private": "1",
      "keep-alive": "timeout=5",
      te: "trailers",
      "proxy-authorization": "Basic x",
      "x-forwarded-for": "9.9.9.9",
      "x-forwarded-proto": "https",
      authorization: "Bearer kept",
    };
    const { exchange } = exchangeOf(get("/", { headers }), { secure: false, remoteAddress: "10.1.2.3" });
    await handlerOf([address]).handle(exchange);
    const lines = said.toLowerCase().split("\r\n");
    expect(lines).toContain("host: shop.example:8080");
    expect(lines).toContain("x-forwarded-for: 9.9.9.9, 10.1.2.3");
    expect(lines).toContain("x-forwarded-proto: http");
    expect(lines).toContain("x-forwarded-host: shop.example:8080");
    expect(lines).toContain("authorization: bearer kept");
    expect(said).not.toMatch(/x-private|keep-alive: timeout|^te:|proxy-authorization|connection: close/im);
  });

  test("hop-by-hop headers of an answer stay behind, those its Connection names too", async () => {
    const address = await rawUpstream((socket) =>
      socket.write(
        "HTTP/1.1 200 OK\r\nconnection: x-hop, close\r\nx-hop: 1\r\nkeep-alive: timeout=1\r\nx-end: 1\r\ncontent-length: 2\r\n\r\nok",
      ),
    );
    const response = await handlerOf([address]).handle(exchangeOf(get()).exchange);
    expect([...response.headers.keys()].sort()).toEqual(["content-length", "x-end"]);
    expect(await response.text()).toBe("ok");
  });

  test("a gzip body arrives as gzip", async () => {
    const zipped = gzipSync("plain ".repeat(200));
    const address = upstream(() => new Response(zipped, { headers: { "content-encoding": "gzip" } }));
    const response = await handlerOf([address]).handle(exchangeOf(get()).exchange);
    expect(response.headers.get("content-encoding")).toBe("gzip");
    const bytes = new Uint8Array(await response.arrayBuffer());
    expect(bytes.byteLength).toBe(zipped.byteLength);
    expect(gunzipSync(bytes).toString()).toBe("plain ".repeat(200));
  });

  test("where fetch decodes bodies itself, the encoding is not claimed", async () => {
    const address = upstream(() => new Response(gzipSync("plain"), { headers: { "content-encoding": "gzip" } }));
    // As Deno does: decoded, with the headers left on.
    const decoding = dependencies({
      decodesBodies: true,
      fetch: (url, init) => fetch(url, { ...init, decompress: true }),
    });
    const response = await handlerOf([address], {}, decoding).handle(exchangeOf(get()).exchange);
    expect(response.headers.get("content-encoding")).toBeNull();
    expect(response.headers.get("content-length")).toBeNull();
    expect(await response.text()).toBe("plain");
  });

  test("TRACE is not passed on", async () => {
    const fault = await faultOf(
      handlerOf([await deadAddress()]).handle(exchangeOf(get("/", { method: "TRACE" })).exchange),
    );
    expect(fault).toMatchObject({ code: "method_not_allowed", status: 405 });
  });

  test("redirects are the client's affair", async () => {
    const address = upstream(() => new Response(null, { status: 302, headers: { location: "/elsewhere" } }));
    const response = await handlerOf([address]).handle(exchangeOf(get()).exchange);
    expect(response.status).toBe(302);
    expect(response.headers.get("location")).toBe("/elsewhere");
  });

  test.each([
    ["HEAD", 200, "HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n"],
    ["GET", 204, "HTTP/1.1 204 No Content\r\n\r\n"],
    ["GET", 304, "HTTP/1.1 304 Not Modified\r\netag: 1\r\ncontent-length: 500\r\n\r\n"],
  ])("%s %p has no body and is over at once", async (method, status, bytes) => {
    const address = await rawUpstream((socket) => socket.write(bytes));
    const { exchange, held } = exchangeOf(get("/", { method }));
    const response = await handlerOf([address]).handle(exchange);
    expect(response.status).toBe(status);
    expect(response.body).toBeNull();
    expect(held()).toBeFalse();
  });

  test("a status without a meaning is garbage", async () => {
    const address = await rawUpstream((socket) => socket.write("HTTP/1.1 999 Odd\r\ncontent-length: 0\r\n\r\n"));
    const fault = await faultOf(handlerOf([address]).handle(exchangeOf(get()).exchange));
    expect(fault.code).toBe("upstream_garbage");
  });

  test("bytes are counted, and the request is over with the last of them", async () => {
    const address = upstream(() => new Response("x".repeat(100_000)));
    const { exchange, ended } = exchangeOf(get());
    const response = await handlerOf([address]).handle(exchange);
    expect(ended()).toBeFalse();
    await response.arrayBuffer();
    expect(exchange.record.responseBytes).toBe(100_000);
    expect(ended()).toBeTrue();
  });
});

describe("changes", () => {
  test("host, path and headers of the request, headers of the answer", async () => {
    let said = "";
    const address = await rawUpstream((socket, text) => {
      said = text;
      socket.write("HTTP/1.1 200 OK\r\nserver: x\r\nvary: a\r\ncontent-length: 0\r\n\r\n");
    });
    const options = {
      rewrite: { host: "inner.example", path: { prefix: "/shop", replacement: "/v2" } },
      requestHeaders: { set: { "X-Team": "a" }, add: { "x-own": "2" }, remove: ["x-secret"] },
      responseHeaders: { set: { "x-via": "sluice" }, add: { vary: "b" }, remove: ["Server"] },
    };
    const request = get("/shop/items?q=1", { headers: { "x-own": "1", "x-secret": "s" } });
    const response = await handlerOf([`http://${address}/base/`], options).handle(exchangeOf(request).exchange);
    const lines = said.toLowerCase().split("\r\n");
    expect(lines[0]).toBe("get /base/v2/items?q=1 http/1.1");
    expect(lines).toContain("host: inner.example");
    expect(lines).toContain("x-forwarded-host: shop.example:8080");
    expect(lines).toContain("x-team: a");
    expect(lines).toContain("x-own: 1, 2");
    expect(said).not.toContain("x-secret");
    expect(Object.fromEntries(response.headers)).toMatchObject({ "x-via": "sluice", vary: "a, b" });
    expect(response.headers.has("server")).toBeFalse();
  });

  test("a trusted proxy's word on the client's connection is kept", async () => {
    const address = upstream((request) =>
      Response.json([request.headers.get("x-forwarded-proto"), request.headers.get("x-forwarded-host")]),
    );
    const asked = { headers: { "x-forwarded-proto": "https", "x-forwarded-host": "outer.example" } };
    const answers = async (trustForwarded: boolean): Promise<unknown> =>
      (await handlerOf([address], { trustForwarded }).handle(exchangeOf(get("/", asked)).exchange)).json();
    expect(await answers(true)).toEqual(["https", "outer.example"]);
    expect(await answers(false)).toEqual(["http", "shop.example:8080"]);
  });

  test("a header that is none shows when the route is built", () => {
    expect(() => handlerOf([], { requestHeaders: { set: { "a b": "c" } } })).toThrow();
    expect(() => handlerOf([], { responseHeaders: { add: { a: "b\nc" } } })).toThrow();
  });
});

describe("request bodies", () => {
  /** Answers with the length header, the framing and the size that came. */
  const measuring = (): string =>
    upstream(async (request) => {
      const { byteLength } = await request.arrayBuffer();
      const { headers } = request;
      return Response.json([headers.get("content-length"), headers.get("transfer-encoding"), byteLength]);
    });

  test("a short one is sent with its length", async () => {
    const request = get("/", { method: "POST", body: "12345", headers: { "content-length": "5" } });
    const response = await handlerOf([measuring()]).handle(exchangeOf(request).exchange);
    expect(await response.json()).toEqual(["5", null, 5]);
  });

  test("a long one streams, keeping its length", async () => {
    const body = "x".repeat(200_000);
    const request = get("/", { method: "POST", body, headers: { "content-length": "200000" } });
    const response = await handlerOf([measuring()]).handle(exchangeOf(request).exchange);
    expect(await response.json()).toEqual(["200000", null, 200_000]);
  });

  test("one of unknown length streams before it is complete", async () => {
    const first = Promise.withResolvers<void>();
    const address = upstream(async (request) => {
      let text = "";
      for await (const chunk of request.body as ReadableStream<Uint8Array>) {
        text += new TextDecoder().decode(chunk);
        first.resolve();
      }
      return new Response(text);
    });
    let step = 0;
    const body = new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          step++;
          // The rest comes only when the upstream has seen the beginning.
          if (step === 2) await first.promise;
          if (step === 3) controller.close();
          else controller.enqueue(new TextEncoder().encode(`part${step} `));
        },
      },
      { highWaterMark: 0 },
    );
    const { exchange } = exchangeOf(get("/", { method: "POST", body }));
    const response = await handlerOf([address]).handle(exchange);
    expect(await response.text()).toBe("part1 part2 ");
  });

  test("one that was read already is sent all the same", async () => {
    const { exchange } = exchangeOf(get("/", { method: "POST", body: "read" }));
    await exchange.body.bytes(10);
    const response = await handlerOf([measuring()]).handle(exchange);
    expect(await response.json()).toEqual(["4", null, 4]);
  });

  test("one that breaks off is the client's fault, and nobody is asked again", async () => {
    let pulls = 0;
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          if (pulls++ === 0) controller.enqueue(new Uint8Array(10));
          else controller.error(new Error("gone"));
        },
      },
      { highWaterMark: 0 },
    );
    const { exchange } = exchangeOf(get("/", { method: "PUT", body }));
    const fault = await faultOf(handlerOf([measuring(), measuring()]).handle(exchange));
    expect(fault.code).toBe("client_closed");
    expect(exchange.record.attempts).toMatchObject([{ fault: "client_closed" }]);
  });

  test("a GET with one is refused, not sent without", async () => {
    const request = get("/", { headers: { "content-length": "5" } });
    const fault = await faultOf(handlerOf([measuring()]).handle(exchangeOf(request).exchange));
    expect(fault.code).toBe("invalid_request");
  });
});

describe("failures", () => {
  test("nobody listens: 502, one attempt for each try", async () => {
    const { exchange } = exchangeOf(get("/?key=secret", { method: "POST", body: "x" }));
    const fault = await faultOf(handlerOf([await deadAddress(), await deadAddress()]).handle(exchange));
    expect(fault).toMatchObject({ code: "upstream_unreachable", status: 502 });
    expect(exchange.record.attempts.length).toBe(3);
    expect(`${fault.message} ${String(fault.cause)}`).not.toMatch(/secret|127\.0\.0\.1/);
  });

  test("a dead endpoint costs nobody an answer, even a POST", async () => {
    const address = upstream(async (request) => new Response(await request.text()));
    const handler = handlerOf([await deadAddress(), address]);
    for (const body of ["short", "x".repeat(100_000)]) {
      const request = get("/", { method: "POST", body, headers: { "content-length": String(body.length) } });
      const response = await handler.handle(exchangeOf(request).exchange);
      expect(await response.text()).toBe(body);
    }
  });

  test("a dead endpoint is left out after three failures, also by the next configuration, and tried again later", async () => {
    const clock = new FakeClock();
    const deps = dependencies({ clock, health: new EndpointHealth(clock) });
    const addresses = [await deadAddress(), upstream(() => new Response())];
    const before = handlerOf(addresses, {}, deps);
    const attempts = async (handler = before): Promise<number> => {
      const { exchange } = exchangeOf(get());
      await (await handler.handle(exchange)).text();
      return exchange.record.attempts.length;
    };
    const counts = [];
    for (let time = 0; time < 8; time++) counts.push(await attempts());
    expect(counts.filter((count) => count === 2).length).toBe(3);
    expect(counts.slice(-2)).toEqual([1, 1]);
    const after = handlerOf(addresses, {}, deps);
    before.close();
    expect([await attempts(after), await attempts(after)]).toEqual([1, 1]);
    clock.advance(1000);
    const later = [await attempts(after), await attempts(after)];
    expect(later.toSorted((a, b) => a - b)).toEqual([1, 2]);
  });

  test("closed before an answer: a GET is sent again, a POST is not", async () => {
    let asked = 0;
    const address = await rawUpstream((socket) => {
      asked++;
      if (asked === 1) socket.destroy();
      else socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok");
    });
    const instant = dependencies({ random: () => 1 });
    const { exchange } = exchangeOf(get());
    const response = await handlerOf([address], {}, instant).handle(exchange);
    expect(await response.text()).toBe("ok");
    expect(exchange.record.attempts).toMatchObject([{ fault: "upstream_cut" }, { status: 200 }]);
    asked = 0;
    const post = exchangeOf(get("/", { method: "POST", body: "x" })).exchange;
    const fault = await faultOf(handlerOf([address]).handle(post));
    expect(fault).toMatchObject({ code: "upstream_cut", status: 502 });
    expect(post.record.attempts.length).toBe(1);
  });

  test("cut in the middle: the client's body breaks too", async () => {
    const address = await rawUpstream((socket) => {
      socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n");
      socket.end();
    });
    const { exchange, ended } = exchangeOf(get());
    const response = await handlerOf([address]).handle(exchange);
    const fault = await faultOf(response.text());
    expect(fault.code).toBe("upstream_cut");
    expect(exchange.record.fault).toBe("upstream_cut");
    expect(ended()).toBeTrue();
  });

  test("an answer with a status on the list is fetched again, the last one is passed on", async () => {
    let asked = 0;
    const address = upstream(() => new Response("body", { status: ++asked === 2 ? 200 : 503 }));
    const retry = { attempts: 1, on: ["503" as const] };
    const ok = await handlerOf([address], { retry }).handle(exchangeOf(get()).exchange);
    expect(ok.status).toBe(200);
    asked = 10;
    const { exchange } = exchangeOf(get());
    const failed = await handlerOf([address], { retry }).handle(exchange);
    expect([failed.status, await failed.text()]).toEqual([503, "body"]);
    expect(exchange.record.attempts.map(({ status }) => status)).toEqual([503, 503]);
  });

  test("a body is sent again in full, unless it was too long to keep", async () => {
    const bodies: number[] = [];
    const address = upstream(async (request) => {
      bodies.push((await request.arrayBuffer()).byteLength);
      return new Response(null, { status: bodies.length === 1 ? 500 : 200 });
    });
    const retry = { attempts: 3, on: ["5xx" as const] };
    const put = async (size: number): Promise<number> => {
      const chunk = new Uint8Array(size / 4);
      let left = 4;
      const body = new ReadableStream<Uint8Array>({
        pull: (controller) => (left-- > 0 ? controller.enqueue(chunk) : controller.close()),
      });
      const request = get("/", { method: "PUT", body });
      return (await handlerOf([address], { retry }).handle(exchangeOf(request).exchange)).status;
    };
    expect(await put(60_000)).toBe(200);
    expect(bodies.splice(0)).toEqual([60_000, 60_000]);
    expect(await put(80_000)).toBe(500);
    expect(bodies).toEqual([80_000]);
  });

  test("what fetch says of the URL goes no further", async () => {
    const deps = dependencies({
      fetch: (url) => Promise.reject(new TypeError("fetch failed", { cause: new Error(`error sending to ${url}`) })),
    });
    const fault = await faultOf(handlerOf(["10.0.0.1:1"], {}, deps).handle(exchangeOf(get("/?key=secret")).exchange));
    expect(`${fault.message} ${Bun.inspect(fault.cause)}`).not.toContain("secret");
  });

  test("a failure leaves no timer behind", async () => {
    const clock = new FakeClock();
    const handler = handlerOf(
      [await deadAddress()],
      { timeout: 50, retry: { attempts: 0, on: [] } },
      dependencies({ clock }),
    );
    await faultOf(handler.handle(exchangeOf(get()).exchange));
    expect(clock.pending).toBe(0);
  });

  test("attempts: 0 tries once", async () => {
    const { exchange } = exchangeOf(get());
    await faultOf(handlerOf([await deadAddress()], { retry: { attempts: 0, on: ["5xx"] } }).handle(exchange));
    expect(exchange.record.attempts.length).toBe(1);
  });

  test("no service and no endpoint: 503", async () => {
    expect(await faultOf(handlerOf([], {}).handle(exchangeOf(get()).exchange))).toMatchObject({ code: "no_upstream" });
    expect(await faultOf(handlerOf([], { services: [] }).handle(exchangeOf(get()).exchange))).toMatchObject({
      status: 503,
    });
  });

  test("an address that is none names its service, not itself", () => {
    expect(() => handlerOf(["http://user:pass@host"])).toThrow('Service "backend": An endpoint must be');
    expect(() => handlerOf(["http://user:pass@host"])).not.toThrow("pass@");
  });
});

describe("time", () => {
  test("the whole takes too long before the headers: 504", async () => {
    const clock = new FakeClock();
    const asked = Promise.withResolvers<void>();
    const aborted = Promise.withResolvers<void>();
    const address = upstream((request) => {
      request.signal.addEventListener("abort", () => aborted.resolve());
      asked.resolve();
      return never;
    });
    const { exchange } = exchangeOf(get());
    const fault = faultOf(handlerOf([address], { timeout: 30_000 }, dependencies({ clock })).handle(exchange));
    await asked.promise;
    clock.advance(30_000);
    expect(await fault).toMatchObject({ code: "total_timeout", status: 504 });
    await aborted.promise;
    expect(clock.pending).toBe(0);
  });

  test("the whole takes too long in the body: the body breaks with that", async () => {
    const clock = new FakeClock();
    const address = await rawUpstream((socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello"));
    const { exchange, ended } = exchangeOf(get());
    const response = await handlerOf([address], { timeout: 1000 }, dependencies({ clock })).handle(exchange);
    const text = faultOf(response.text());
    await until("the first bytes are here", () => exchange.record.responseBytes === 5);
    clock.advance(1000);
    expect((await text).code).toBe("total_timeout");
    expect(exchange.record.fault).toBe("total_timeout");
    expect(ended()).toBeTrue();
  });

  test("a try without headers in time is given up and made elsewhere", async () => {
    const clock = new FakeClock();
    const slow = upstream(() => {
      clock.advance(500);
      return never;
    });
    const fast = upstream(() => new Response("fast"));
    const retry = { attempts: 1, on: ["timeout" as const], perTryTimeout: 500 };
    const { exchange } = exchangeOf(get());
    const response = await handlerOf([slow, fast], { retry }, dependencies({ clock })).handle(exchange);
    expect(await response.text()).toBe("fast");
    expect(exchange.record.attempts).toMatchObject([{ fault: "first_byte_timeout", duration: 500 }, { status: 200 }]);
    expect(clock.pending).toBe(0);
  });

  test("the only endpoint gets time to recover between tries", async () => {
    const clock = new FakeClock();
    let asked = 0;
    const address = upstream(() => new Response(null, { status: ++asked < 3 ? 503 : 200 }));
    const retry = { attempts: 2, on: ["5xx" as const] };
    const response = handlerOf([address], { retry }, dependencies({ clock })).handle(exchangeOf(get()).exchange);
    for (const delay of [25, 50]) {
      await until("a pause", () => clock.pending === 1);
      clock.advance(delay - 1);
      expect(clock.pending).toBe(1);
      clock.advance(1);
    }
    expect((await response).status).toBe(200);
  });

  test("no deadline leaves no timer behind", async () => {
    const clock = new FakeClock();
    const address = upstream(() => new Response("x"));
    const deps = dependencies({ clock });
    const response = await handlerOf(
      [address],
      { timeout: 50, retry: { attempts: 1, on: [], perTryTimeout: 5 } },
      deps,
    ).handle(exchangeOf(get()).exchange);
    await response.text();
    expect(clock.pending).toBe(0);
  });
});

describe("the client leaves", () => {
  test("before the headers: the upstream is let go", async () => {
    const client = new AbortController();
    const aborted = Promise.withResolvers<void>();
    const address = upstream((request) => {
      request.signal.addEventListener("abort", () => aborted.resolve());
      client.abort();
      return never;
    });
    const { exchange } = exchangeOf(get("/", { signal: client.signal }));
    expect((await faultOf(handlerOf([address]).handle(exchange))).code).toBe("client_closed");
    await aborted.promise;
    expect(exchange.record.attempts.length).toBe(1);
  });

  test("in the body: the upstream is let go, the endpoint is free", async () => {
    const cancelled = Promise.withResolvers<void>();
    const address = upstream(
      () =>
        new Response(
          new ReadableStream<Uint8Array>({
            pull: (controller) => controller.enqueue(new Uint8Array(1000)),
            cancel: () => cancelled.resolve(),
          }),
        ),
    );
    const deps = dependencies();
    const state = deps.health.hold(`http://${address}`);
    const { exchange, ended } = exchangeOf(get());
    const response = await handlerOf([address], {}, deps).handle(exchange);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    expect(state.active).toBe(1);
    await reader.cancel();
    await cancelled.promise;
    expect(state.active).toBe(0);
    expect(exchange.record.fault).toBe("client_closed");
    expect(ended()).toBeTrue();
  });

  test("without anybody reading: the endpoint is free all the same", async () => {
    const client = new AbortController();
    const address = upstream(() => new Response("x".repeat(100_000)));
    const deps = dependencies();
    const state = deps.health.hold(`http://${address}`);
    const { exchange, ended } = exchangeOf(get("/", { signal: client.signal }));
    await handlerOf([address], {}, deps).handle(exchange);
    client.abort();
    expect([state.active, ended(), exchange.record.fault]).toEqual([0, true, "client_closed"]);
  });
});

describe("behind a real server", () => {
  /** The gateway's side of a server, with nothing but the handler. */
  function served(addresses: string[]): string {
    const handler = handlerOf(addresses);
    return upstream((request) => handler.handle(exchangeOf(request).exchange));
  }

  test("a client that leaves takes the upstream's request with it", async () => {
    const cancelled = Promise.withResolvers<void>();
    const address = upstream(
      () =>
        new Response(
          new ReadableStream<Uint8Array>({
            pull: (controller) => controller.enqueue(new Uint8Array(1000)),
            cancel: () => cancelled.resolve(),
          }),
        ),
    );
    const response = await fetch(`http://${served([address])}/`);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    await reader.cancel();
    await cancelled.promise;
  });

  test.each([
    ["with a length", "content-length: 100\r\n\r\nhello"],
    ["in chunks", "transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n"],
  ])("an answer %s that is cut never looks whole", async (_, head) => {
    const address = await rawUpstream((socket) => socket.end(`HTTP/1.1 200 OK\r\n${head}`));
    const read = async (): Promise<string> => (await fetch(`http://${served([address])}/`)).text();
    expect(await read().catch(() => "broken")).toBe("broken");
  });

  test("a slow client holds the upstream back", async () => {
    let sent = 0;
    const address = upstream(
      () =>
        new Response(
          new ReadableStream<Uint8Array>({
            pull(controller) {
              sent += 1_000_000;
              controller.enqueue(new Uint8Array(1_000_000));
              if (sent >= 500_000_000) controller.close();
            },
          }),
        ),
    );
    const { exchange } = exchangeOf(get());
    const response = await handlerOf([address]).handle(exchange);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    afterwards(() => reader.cancel());
    let before = -1;
    let still = 0;
    await until("the upstream stands still", () => {
      still = before === sent ? still + 1 : 0;
      before = sent;
      return still === 20;
    });
    expect(sent).toBeLessThan(100_000_000);
  });
});
