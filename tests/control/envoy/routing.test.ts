import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Asked, type Backend, deadAddress, namedBackend, startBackend } from "#tests/support/backend.ts";
import { envoyMissing } from "#tests/support/envoy.ts";
import { type EnvoyStage, envoyStage, rawStatus } from "#tests/support/envoy-stage.ts";
import { until } from "#tests/support/until.ts";

/** Starting Envoy takes its time on a busy machine. */
const PATIENCE = 60_000;

const to = (name: string) => ({ services: [{ name }] });

function configFor(backends: Readonly<Record<string, Backend>>) {
  const services = Object.entries(backends).map(([name, { address }]) => ({ name, endpoints: [address] }));
  const both = [backends["a"]?.address, backends["b"]?.address];
  return {
    disableXEnvoyHeaders: true,
    listeners: [
      { name: "one", port: 0 },
      { name: "two", port: 0 },
    ],
    services: [
      ...services,
      { name: "nobody", endpoints: [] },
      { name: "dead", endpoints: [deadAddress()] },
      { name: "named", endpoints: [backends["a"]?.address.replace("127.0.0.1", "localhost")] },
      { name: "hashed", endpoints: both, loadBalance: "hash", hash: { header: "x-key" } },
      { name: "baked", endpoints: both, loadBalance: "hash", hash: { cookie: "crumb", ttl: "60s" } },
    ],
    routes: [
      { name: "root", match: { hosts: ["own.example.com"], path: { exact: "/" } }, http: to("b") },
      { name: "exact", match: { path: { exact: "/exact" } }, http: to("a") },
      { name: "posts", match: { path: { prefix: "/exact" }, methods: ["POST"] }, http: to("b") },
      { name: "two", match: { path: { prefix: "/listeners" }, listeners: ["two"] }, http: to("b") },
      {
        name: "pseudo",
        match: { path: { regex: "/pseudo/.*" }, headers: [{ name: ":path", regex: ".*\\?b" }] },
        http: to("b"),
      },
      {
        name: "changed",
        match: { path: { prefix: "/prefix" } },
        http: {
          services: [
            {
              name: "a",
              requestHeaders: { set: { "x-order": "service" } },
              responseHeaders: { add: { "x-service": "a" } },
            },
          ],
          rewrite: { path: { prefix: "/" }, host: "inner.example.com" },
          requestHeaders: {
            set: { "x-order": "route", "x-percent": "50%" },
            add: { "x-added": "2" },
            remove: ["x-gone"],
          },
          responseHeaders: { set: { "x-answer": "yes" }, remove: ["x-old"] },
        },
      },
      {
        name: "deep",
        match: { path: { prefix: "/deep" } },
        http: { ...to("a"), rewrite: { path: { prefix: "/very/deep" } } },
      },
      { name: "full", match: { path: { prefix: "/full" } }, http: { ...to("a"), rewrite: { path: { full: "/all" } } } },
      {
        name: "regex",
        match: { path: { regex: "/shop/(\\d+)/.*" } },
        http: { ...to("a"), rewrite: { path: { regex: "^/shop/(\\d+)/(?P<rest>.*)$", substitution: "/$${rest}/$1" } } },
      },
      {
        name: "everything",
        match: { hosts: ["behind.example.com"] },
        http: { ...to("a"), rewrite: { path: { prefix: "/v1" } } },
      },
      { name: "mirrored", match: { path: { prefix: "/mirrored" } }, http: { ...to("a"), mirror: [{ service: "b" }] } },
      { name: "none", match: { path: { prefix: "/none" } }, http: to("nobody") },
      { name: "refused", match: { path: { prefix: "/refused" } }, http: to("dead") },
      { name: "named", match: { path: { prefix: "/named" } }, http: to("named") },
      {
        name: "instead",
        match: { path: { prefix: "/instead" } },
        http: { ...to("nobody"), fallback: { service: "b" } },
      },
      {
        name: "some",
        match: { path: { prefix: "/some" } },
        http: { services: [{ name: "a", weight: 1 }], abort: { status: 500, weight: 1_000_000 } },
      },
      {
        name: "again",
        match: { path: { prefix: "/again" } },
        http: { ...to("failing"), retry: { attempts: 2, on: [503] } },
      },
      { name: "hashed", match: { path: { prefix: "/hashed" } }, http: to("hashed") },
      { name: "baked", match: { path: { prefix: "/baked" } }, http: to("baked") },
      { name: "slow", match: { path: { prefix: "/slow" } }, http: { ...to("silent"), timeout: "50ms" } },
      {
        name: "secure",
        match: { hosts: ["*.example.org"], path: { prefix: "/secure" } },
        redirect: { scheme: "https", status: 301 },
      },
      {
        name: "secured",
        match: { hosts: ["www.example.org"], path: { prefix: "/secure" } },
        redirect: { scheme: "https", status: 308 },
      },
      {
        name: "moved",
        match: { path: { prefix: "/moved" } },
        redirect: { host: "new.example.com", path: { prefix: "/to" } },
      },
      {
        name: "away",
        match: { path: { prefix: "/away" } },
        redirect: { url: "https://away.example.com/x?y=1", status: 303 },
      },
      {
        name: "tea",
        match: { path: { prefix: "/tea" } },
        response: { status: 418, body: "100% tea", headers: { "x-pot": "1" } },
      },
    ],
  };
}

describe.skipIf(envoyMissing !== undefined)("a real Envoy", () => {
  const backends = {
    a: namedBackend("a"),
    b: namedBackend("b"),
    failing: startBackend(() => new Response("no", { status: 503 })),
    silent: startBackend(() => new Promise(() => {})),
  };
  let envoy: EnvoyStage;
  beforeAll(async () => {
    envoy = await envoyStage(configFor(backends));
  }, PATIENCE);
  afterAll(async () => {
    await envoy[Symbol.asyncDispose]();
    await Promise.all(Object.values(backends).map((one) => one.close()));
  });
  const asked = async (path: string, init?: RequestInit): Promise<Asked> => {
    const answer = await envoy.fetch(path, init);
    expect(answer.status).toBe(200);
    return (await answer.json()) as Asked;
  };

  test.each([
    ["/exact?q=1", {}, "a", "/exact?q=1"],
    ["/exact", { method: "POST" }, "a", "/exact"],
    ["/exact/below", { method: "POST" }, "b", "/exact/below"],
    ["/pseudo/x?b", {}, "b", "/pseudo/x?b"],
    ["/prefix", {}, "a", "/"],
    ["/prefix/x//y?q=1", {}, "a", "/x/y?q=1"],
    ["/deep/er", {}, "a", "/very/deep/er"],
    ["/full/of/it?q=1", {}, "a", "/all?q=1"],
    ["/shop/7/a/b?q", {}, "a", "/a/b/7?q"],
    ["/x", { headers: { host: "behind.example.com" } }, "a", "/v1/x"],
    ["/", { headers: { host: "behind.example.com:8080" } }, "a", "/v1/"],
    ["/", { headers: { host: "own.example.com" } }, "b", "/"],
    ["/exact", { headers: { host: "own.example.com" } }, "a", "/exact"],
    ["/named", {}, "a", "/named"],
    ["/instead", {}, "b", "/instead"],
  ] satisfies [string, RequestInit, string, string][])("passes %s on (%j)", async (path, init, name, target) => {
    expect(await asked(path, init)).toMatchObject({ name, target });
  });

  test.each([
    ["/exact/below", 404, "route_not_found"],
    ["/prefixes", 404, "route_not_found"],
    ["/listeners", 404, "route_not_found"],
    ["/none", 503, "no_upstream"],
    ["/refused", 502, "upstream_unreachable"],
    ["/slow", 504, "total_timeout"],
  ])("answers %s with %i and an error as Sluice's", async (path, status, code) => {
    const answer = await envoy.fetch(path);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ error: { code, request_id: answer.headers.get("x-request-id") } });
  });

  test.each(["/a/..%2fb", "/a/%2e%2E%5cb", "/a/x%2f..", "/a%00"])("refuses the hidden path %s", async (path) => {
    expect(await rawStatus(envoy.url("one"), path)).toBe(400);
  });

  test("knows by which listener a request came, and tells no service", async () => {
    const answer = await fetch(`${envoy.url("two")}/listeners`);
    const { name, headers } = (await answer.json()) as Asked;
    expect(name).toBe("b");
    expect(headers).not.toHaveProperty("x-sluice-listener");
    const forged = await envoy.fetch("/listeners", { headers: { "x-sluice-listener": "two" } });
    expect(forged.status).toBe(404);
  });

  test("changes headers as the route and then the service say", async () => {
    const answer = await envoy.fetch("/prefix", {
      headers: { "x-gone": "1", "x-added": "1", host: "out.example.com" },
    });
    const { headers } = (await answer.json()) as Asked;
    expect(headers).toMatchObject({
      host: "inner.example.com",
      "x-forwarded-host": "out.example.com",
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-proto": "http",
      "x-order": "service",
      "x-percent": "50%",
      "x-added": "1, 2",
    });
    expect(headers).not.toHaveProperty("x-gone");
    expect([...answer.headers.keys()].filter((name) => name.startsWith("x-envoy"))).toEqual([]);
    expect(Object.keys(headers).filter((name) => name.startsWith("x-envoy"))).toEqual([]);
    expect(answer.headers.get("x-answer")).toBe("yes");
    expect(answer.headers.get("x-service")).toBe("a");
    expect(answer.headers.has("x-old")).toBe(false);
  });

  test.each([
    ["/secure/x?y=1", "www.example.org:8080", 308, "https://www.example.org/secure/x?y=1"],
    ["/secure/x?y=1", "any.example.org:8080", 301, "https://any.example.org:443/secure/x?y=1"],
    ["/moved/x?y=1", "old.example.com:8080", 302, "http://new.example.com/to/x?y=1"],
    ["/away/z?q=1", "old.example.com", 303, "https://away.example.com/x?y=1"],
  ])("redirects %s of %s", async (path, host, status, location) => {
    const answer = await envoy.fetch(path, { headers: { host } });
    expect(answer.status).toBe(status);
    expect(answer.headers.get("location")).toBe(location);
  });

  test("answers itself", async () => {
    const answer = await envoy.fetch("/tea");
    expect([answer.status, await answer.text()]).toEqual([418, "100% tea"]);
    expect(answer.headers.get("content-type")).toBe("text/plain;charset=utf-8");
    expect(answer.headers.get("x-pot")).toBe("1");
  });

  test("gives a share of the requests an error", async () => {
    expect((await envoy.fetch("/some")).status).toBe(500);
  });

  test("sends copies", async () => {
    const before = backends.b.seen.length;
    await asked("/mirrored", { headers: { host: "whole.example.com" } });
    await until("the copy has come", () => backends.b.seen.length > before);
    expect(backends.b.seen.at(-1)?.headers.get("host")).toBe("whole.example.com-shadow");
  });

  test("tries again what may be repeated", async () => {
    const tries = async (method: string): Promise<number> => {
      const before = backends.failing.seen.length;
      await envoy.fetch("/again", { method });
      return backends.failing.seen.length - before;
    };
    expect(await tries("GET")).toBe(3);
    expect(await tries("POST")).toBe(1);
  });

  test("tries every method again where nobody was reached", async () => {
    for (const method of ["GET", "POST"]) {
      const before = await envoy.stat("cluster.dead.upstream_rq_retry");
      await envoy.fetch("/refused", { method });
      expect(await envoy.stat("cluster.dead.upstream_rq_retry")).toBe(before + 2);
    }
  });

  test("keeps equal requests together, by header and by a cookie of its own", async () => {
    const names = async (path: string, headers: Record<string, string>): Promise<Set<string>> =>
      new Set(await Promise.all(Array.from({ length: 8 }, async () => (await asked(path, { headers })).name)));
    expect((await names("/hashed", { "x-key": "one" })).size).toBe(1);
    const answer = await envoy.fetch("/baked");
    const { name } = (await answer.json()) as Asked;
    const [cookie = ""] = (answer.headers.get("set-cookie") ?? "").split(";");
    expect(cookie).toStartWith("crumb=");
    expect(await names("/baked", { cookie })).toEqual(new Set([name]));
  });
});
