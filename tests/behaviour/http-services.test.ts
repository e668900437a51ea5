import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { http2Server, keptForAll, pem, plainServer, proxyTo, tlsServer } from "#tests/serve/upstream/endpoints.ts";
import { type Backend, namedBackend, startBackend } from "#tests/support/backend.ts";
import { type Gateway, startGateway } from "#tests/support/gateway.ts";
import { until } from "#tests/support/until.ts";

const FILES = join(import.meta.dir, "../fixtures/tls");

/** What services and HTTP routes can, on each runtime, as a configuration says it. */
describe.each(["bun", "deno"] as const)("on %s", (runtime) => {
  const release = keptForAll();
  const copies: string[] = [];
  let backends: Backend[] = [];
  let gateway: Gateway;

  beforeAll(async () => {
    const one = namedBackend("one");
    const two = namedBackend("two");
    const copy = startBackend(async (request) => {
      copies.push(`${request.method} ${request.headers.get("host")} ${await request.text()}`);
      return new Response();
    });
    const failing = startBackend(() => new Response("internals", { status: 500 }));
    backends = [one, two, copy, failing];
    const h2c = await http2Server((stream, headers) => {
      stream.respond({ ":status": 200, "x-version": "2" });
      stream.pipe(stream);
      stream.write(`${headers[":method"]} ${headers[":path"]} ${headers[":authority"]} `);
    });
    const tls = await tlsServer();
    const proxy = await proxyTo(await plainServer((_, response) => void response.end("behind the proxy")));
    const to = (name: string) => ({ services: [{ name }] });
    gateway = await startGateway({
      runtime,
      config: {
        listeners: [{ host: "127.0.0.1", port: 0 }],
        admin: { port: 0 },
        services: [
          { name: "one", endpoints: [one.address] },
          { name: "two", endpoints: [two.address] },
          { name: "copy", endpoints: [copy.address] },
          { name: "failing", endpoints: [failing.address] },
          { name: "none", endpoints: [] },
          { name: "h2c", protocol: "h2c", endpoints: [`127.0.0.1:${h2c}`] },
          {
            name: "secure",
            protocol: "https",
            endpoints: [`127.0.0.1:${tls}`],
            tls: { ...paths("b.test"), ca: join(FILES, "a.test.pem"), sni: "a.test" },
          },
          {
            name: "strange",
            protocol: "https",
            endpoints: [`127.0.0.1:${tls}`],
            tls: { ca: pem("a.test").cert, sni: "other.test" },
          },
          {
            name: "proxied",
            endpoints: ["inner.test:81"],
            proxy: { host: "127.0.0.1", port: proxy.port },
            connectTimeout: "5s",
          },
          {
            name: "sticky",
            endpoints: [one.address, two.address],
            loadBalance: "hash",
            hash: { cookie: "at", ttl: "1h" },
          },
        ],
        routes: [
          { name: "h2c", match: { path: { prefix: "/h2c" } }, http: to("h2c") },
          { name: "secure", match: { path: { prefix: "/secure" } }, http: to("secure") },
          { name: "strange", match: { path: { prefix: "/strange" } }, http: to("strange") },
          { name: "proxied", match: { path: { prefix: "/proxied" } }, http: to("proxied") },
          { name: "sticky", match: { path: { prefix: "/sticky" } }, http: to("sticky") },
          { name: "none", match: { path: { prefix: "/none" } }, http: to("none") },
          {
            name: "instead",
            match: { path: { prefix: "/instead" } },
            http: { ...to("failing"), fallback: { service: "one", on: ["5xx"] } },
          },
          {
            name: "copied",
            match: { path: { prefix: "/copied" } },
            http: { ...to("one"), mirror: [{ service: "copy" }] },
          },
          {
            name: "shared",
            match: { path: { prefix: "/shared" } },
            http: {
              services: [
                { name: "one", weight: 3, requestHeaders: { set: { "x-for": "one" } } },
                { name: "two", weight: 1, responseHeaders: { set: { "x-from": "two" } } },
                { name: "failing", weight: 0 },
              ],
            },
          },
          {
            name: "away",
            match: { path: { prefix: "/away" } },
            redirect: { url: "https://new.test/page", status: 307 },
          },
        ],
      },
    });
  });

  afterAll(async () => {
    await gateway.stop();
    for (const backend of backends) await backend.close();
    release();
  });

  const ask = (path: string, init: RequestInit = {}) => fetch(gateway.origin + path, { redirect: "manual", ...init });

  test("HTTP/2 without TLS", async () => {
    const answer = await ask("/h2c/a?b=1", { method: "POST", body: "sent", headers: { host: "shop.test" } });
    expect([answer.headers.get("x-version"), await answer.text()]).toEqual(["2", "POST /h2c/a?b=1 shop.test sent"]);
  });

  test("TLS with a name, an authority and a certificate of the gateway's own", async () => {
    expect(await (await ask("/secure")).json()).toEqual(["a.test", "b.test"]);
    const answer = await ask("/strange");
    expect([answer.status, (await gateway.logOf(answer)).fault]).toEqual([502, "upstream_unreachable"]);
  });

  test("a proxy on the way", async () => {
    expect(await (await ask("/proxied")).text()).toBe("behind the proxy");
  });

  test("a service without endpoints", async () => {
    const answer = await ask("/none");
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ error: { code: "no_upstream" } });
  });

  test("another service after an error", async () => {
    const { name, target, headers } = (await (await ask("/instead/x?y=1")).json()) as {
      name: string;
      target: string;
      headers: Record<string, string>;
    };
    expect([name, target, headers["x-code"], headers["x-original-uri"]]).toEqual(["one", "/", "500", "/instead/x?y=1"]);
  });

  test("copies of requests", async () => {
    const answer = await ask("/copied", { method: "PUT", body: "twice", headers: { host: "shop.test" } });
    expect(answer.headers.get("x-backend")).toBe("one");
    await until("the copy has come", () => copies.length > 0);
    expect(copies).toEqual(["PUT shop.test-shadow twice"]);
  });

  test("a cookie that keeps a client where it is", async () => {
    const first = await ask("/sticky");
    const [cookie = ""] = first.headers.getSetCookie();
    expect(cookie).toMatch(/^at=[0-9a-f]{16}; Max-Age=3600; Path=\/; HttpOnly$/);
    for (let time = 0; time < 5; time++) {
      const again = await ask("/sticky", { headers: { cookie: cookie.split(";")[0] ?? "" } });
      expect([again.headers.get("x-backend"), again.headers.getSetCookie()]).toEqual([
        first.headers.get("x-backend"),
        [],
      ]);
    }
  });

  test("shares of requests, and headers for one service alone", async () => {
    const names: (string | null)[] = [];
    for (let time = 0; time < 40; time++) {
      const answer = await ask("/shared");
      const asked = (await answer.json()) as { name: string; headers: Record<string, string> };
      names.push(asked.name);
      expect([asked.headers["x-for"], answer.headers.get("x-from")]).toEqual(
        asked.name === "one" ? ["one", null] : [undefined, "two"],
      );
    }
    expect(names.filter((name) => name === "one").length).toBe(30);
  });

  test("a redirect to a whole address", async () => {
    const answer = await ask("/away/x?y=1");
    expect([answer.status, answer.headers.get("location")]).toEqual([307, "https://new.test/page"]);
  });
});

function paths(name: string): { readonly cert: string; readonly key: string } {
  return { cert: join(FILES, `${name}.pem`), key: join(FILES, `${name}.key.pem`) };
}
