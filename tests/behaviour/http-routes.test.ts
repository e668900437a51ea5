import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Asked, namedBackend } from "#tests/support/backend.ts";
import { type Gateway, startGateway } from "#tests/support/gateway.ts";

const backend = namedBackend("one");
const other = namedBackend("two");

afterAll(async () => {
  await backend.close();
  await other.close();
});

const to = (service = "one") => ({ services: [{ name: service }] });

const CONFIG = {
  listeners: [{ port: 0 }],
  admin: { port: 0 },
  services: [
    { name: "one", endpoints: [backend.address] },
    { name: "two", endpoints: [other.address] },
  ],
  routes: [
    { name: "plain", match: { path: { prefix: "/plain" } }, http: to() },
    {
      name: "prefix",
      match: { path: { prefix: "/prefix" } },
      http: { ...to(), rewrite: { path: { prefix: "/new/place" } } },
    },
    {
      name: "stripped",
      match: { path: { prefix: "/stripped" } },
      http: { ...to(), rewrite: { path: { prefix: "/" } } },
    },
    { name: "full", match: { path: { prefix: "/full" } }, http: { ...to(), rewrite: { path: { full: "/whole" } } } },
    {
      name: "regex",
      match: { path: { prefix: "/regex" } },
      http: { ...to(), rewrite: { path: { regex: "^/regex/(\\w+)/(\\w+)", substitution: "/$2/$1" } } },
    },
    {
      name: "host",
      match: { path: { prefix: "/host" } },
      http: { ...to(), rewrite: { host: "inner.example:8443" } },
    },
    {
      name: "headers",
      match: { path: { prefix: "/headers" } },
      http: {
        ...to(),
        requestHeaders: { set: { "X-Set": "new" }, add: { "x-more": "2" }, remove: ["x-gone"] },
        responseHeaders: { set: { "x-backend": "hidden" }, add: { "x-added": "yes" }, remove: ["x-old"] },
      },
    },
    { name: "by-host", match: { hosts: ["*.two.test"], path: { prefix: "/plain" } }, http: to("two") },
    {
      name: "by-header",
      match: { path: { prefix: "/plain" }, headers: [{ name: "x-version", exact: "2" }] },
      http: to("two"),
    },
    {
      name: "by-query",
      match: { path: { prefix: "/plain" }, query: [{ name: "beta", present: true }] },
      http: to("two"),
    },
    {
      name: "posts",
      match: { path: { exact: "/only/posts" }, methods: ["POST", "PUT"] },
      http: to(),
    },
    {
      name: "moved",
      match: { path: { prefix: "/moved" } },
      redirect: { scheme: "https", host: "new.example", path: { prefix: "/here" }, status: 308 },
    },
    { name: "port", match: { path: { prefix: "/port" } }, redirect: { port: 8443 } },
    {
      name: "fixed",
      match: { path: { exact: "/fixed" } },
      response: { status: 418, headers: { "x-kind": "pot" }, body: "Kein Kaffee, schöne Kanne" },
    },
    { name: "silent", match: { path: { exact: "/silent" } }, response: { status: 204 } },
  ],
};

describe.each(["bun", "deno"] as const)("on %s", (runtime) => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway({ config: CONFIG, runtime });
  });
  afterAll(() => gateway.stop());

  async function ask(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(gateway.origin + path, { redirect: "manual", ...init });
  }

  async function asked(path: string, init: RequestInit = {}): Promise<Asked> {
    const response = await ask(path, init);
    expect(response.status).toBe(200);
    return (await response.json()) as Asked;
  }

  test("method, path and query arrive as they were, percent-encoding included", async () => {
    const seen = await asked("/plain/a%2Fb/%C3%BC?x=1&y=%20&x=2", { method: "DELETE" });
    expect(seen).toMatchObject({ method: "DELETE", target: "/plain/a%2Fb/%C3%BC?x=1&y=%20&x=2" });
  });

  test("the service sees the client's host, address and scheme", async () => {
    const { headers } = await asked("/plain", { headers: { host: "shop.example:99" } });
    expect(headers).toMatchObject({
      host: "shop.example:99",
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-host": "shop.example:99",
      "x-forwarded-proto": "http",
    });
  });

  const REWRITES: readonly (readonly [asked: string, seen: string])[] = [
    ["/prefix/a/b?q=1", "/new/place/a/b?q=1"],
    ["/prefix", "/new/place"],
    ["/stripped/a", "/a"],
    ["/stripped?q", "/?q"],
    ["/full/of/things?q=1", "/whole?q=1"],
    ["/regex/one/two/three?q=1", "/two/one/three?q=1"],
    ["/regex/one", "/regex/one"],
  ];
  test.each(REWRITES)("%s is asked for as %s", async (path, seen) => {
    expect((await asked(path)).target).toBe(seen);
  });

  test("the host is rewritten, and the client's told beside it", async () => {
    const { headers } = await asked("/host", { headers: { host: "outer.example" } });
    expect(headers).toMatchObject({ host: "inner.example:8443", "x-forwarded-host": "outer.example" });
  });

  test("headers are changed both ways", async () => {
    const response = await ask("/headers", {
      headers: { "x-set": "old", "x-more": "1", "x-gone": "secret", "x-kept": "k" },
    });
    const { headers } = (await response.json()) as Asked;
    expect(headers).toMatchObject({ "x-set": "new", "x-more": "1, 2", "x-kept": "k" });
    expect(headers).not.toHaveProperty("x-gone");
    expect(response.headers.get("x-backend")).toBe("hidden");
    expect(response.headers.get("x-added")).toBe("yes");
    expect(response.headers.has("x-old")).toBe(false);
  });

  const MATCHES: readonly (readonly [what: string, path: string, headers: Record<string, string>, name: string])[] = [
    ["nothing else", "/plain", {}, "one"],
    ["its host", "/plain", { host: "a.b.two.test" }, "two"],
    ["a header", "/plain", { "x-version": "2" }, "two"],
    ["another value of it", "/plain", { "x-version": "3" }, "one"],
    ["a query parameter", "/plain?beta", {}, "two"],
  ];
  test.each(MATCHES)("a request is told apart by %s", async (_what, path, headers, name) => {
    expect((await asked(path, { headers })).name).toBe(name);
  });

  test("another method than the route's is 405 and told which are allowed", async () => {
    const response = await ask("/only/posts");
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("POST, PUT");
    expect(await response.json()).toMatchObject({ error: { code: "method_not_allowed" } });
    expect((await asked("/only/posts", { method: "POST", body: "x" })).method).toBe("POST");
  });

  test.each(["/", "/unknown", "/plainer", "/only/posts/more"])("%s has no route: 404", async (path) => {
    const response = await ask(path);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      error: { code: "route_not_found", request_id: response.headers.get("x-request-id") },
    });
  });

  test("a redirect keeps the query and asks no service", async () => {
    const before = backend.seen.length;
    const response = await ask("/moved/there?q=1");
    expect(response.status).toBe(308);
    expect(response.headers.get("location")).toBe("https://new.example/here/there?q=1");
    expect(await response.text()).toBe("");
    expect(backend.seen).toHaveLength(before);
  });

  test("a redirect to another port keeps the name", async () => {
    const response = await ask("/port/x", { headers: { host: "shop.example:80" } });
    expect(response.status).toBe(302);
    expect(response.headers.get("location")).toBe("http://shop.example:8443/port/x");
  });

  test("a fixed answer is given as written, without its body for HEAD", async () => {
    const response = await ask("/fixed");
    expect(response.status).toBe(418);
    expect(response.headers.get("x-kind")).toBe("pot");
    expect(await response.text()).toBe("Kein Kaffee, schöne Kanne");
    const head = await ask("/fixed", { method: "HEAD" });
    expect(head.status).toBe(418);
    expect(await head.text()).toBe("");
    expect((await ask("/silent")).status).toBe(204);
  });

  test("each request is a line in the access log that names its route and service", async () => {
    const line = await gateway.logOf(await ask("/plain/logged?key=secret"));
    expect(line).toMatchObject({ route: "plain", method: "GET", path: "/plain/logged", status: 200 });
    expect(gateway.output).not.toContain("key=secret");
    const missing = await gateway.logOf(await ask("/nowhere"));
    expect(missing).toMatchObject({ status: 404, fault: "route_not_found" });
  });
});
