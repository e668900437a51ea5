import { describe, expect, test } from "bun:test";
import { cors } from "#plugins/cors.ts";
import { compileOriginPatterns } from "#plugins/origin-patterns.ts";
import { fakePluginHost } from "#tests/support/fake-plugin-host.ts";
import { type Answered, behind } from "./behind.ts";

/** Higress' documented example. */
const EXAMPLE = {
  allow_origins: ["http://httpbin.example.net"],
  allow_origin_patterns: ["http://*.example.com:[*]", "http://*.example.org:[9090,8080]"],
  allow_methods: ["GET", "POST", "PATCH"],
  allow_headers: ["Content-Type", "Token", "Authorization"],
  expose_headers: ["X-Custom-Header", "X-Env-UTM"],
  allow_credentials: true,
  max_age: 3600,
};

const URL = "http://httpbin.example.com/anything/get?foo=1";

type Ask = (headers: Record<string, string>, method?: string) => Promise<Answered>;

async function asking(config: unknown = EXAMPLE, url = URL): Promise<Ask> {
  const ask = await behind(cors, config);
  return (headers, method = "GET") => ask({ url, method, headers });
}

function preflight(origin: string, method: string, names?: string): Record<string, string> {
  const asked = names === undefined ? {} : { "access-control-request-headers": names };
  return { origin, "access-control-request-method": method, ...asked };
}

test("others may pass without leave, as in Envoy; their preflights are the service's to answer", async () => {
  const ask = await asking({ ...EXAMPLE, reject_others: false });
  const passed = await ask({ origin: "http://stranger.example" });
  expect([passed.status, passed.headers]).toEqual([200, { vary: "Origin" }]);
  expect((await ask(preflight("http://stranger.example", "GET"), "OPTIONS")).status).toBe(200);
  expect((await (await asking())({ origin: "http://stranger.example" })).status).toBe(403);
});

describe("Higress' documented requests", () => {
  test("a simple request", async () => {
    const { status, headers } = await (await asking())({ origin: "http://httpbin2.example.org:9090" });
    expect(status).toBe(200);
    expect(headers).toEqual({
      "access-control-allow-origin": "http://httpbin2.example.org:9090",
      "access-control-expose-headers": "X-Custom-Header,X-Env-UTM",
      "access-control-allow-credentials": "true",
      vary: "Origin",
    });
  });

  test("a preflight", async () => {
    const ask = await asking();
    const asked = preflight("http://httpbin2.example.org:9090", "POST", "Content-Type, Token");
    const { status, body, headers, sent, reply } = await ask(asked, "OPTIONS");
    expect([status, body, sent, reply?.reason]).toEqual([200, "", undefined, "cors.preflight"]);
    expect(headers).toEqual({
      "access-control-allow-origin": "http://httpbin2.example.org:9090",
      "access-control-allow-methods": "GET,POST,PATCH",
      "access-control-allow-headers": "Content-Type,Token,Authorization",
      "access-control-expose-headers": "X-Custom-Header,X-Env-UTM",
      "access-control-allow-credentials": "true",
      "access-control-max-age": "3600",
      vary: "Origin",
    });
  });

  test.each([
    ["an origin", preflight("http://httpbin2.example.org", "GET")],
    ["a method", preflight("http://httpbin2.example.org:9090", "DELETE")],
    ["a header", preflight("http://httpbin2.example.org:9090", "GET", "TokenView")],
  ])("a preflight with %s that is not allowed", async (_, asked) => {
    const { status, body, reply } = await (await asking())(asked, "OPTIONS");
    expect([status, body, reply?.refusal]).toEqual([403, "Invalid CORS request", true]);
  });

  test("a request from an origin that is not allowed never gets there", async () => {
    const { status, sent } = await (await asking())({ origin: "http://evil.example.net" }, "POST");
    expect([status, sent]).toEqual([403, undefined]);
  });
});

describe("what is no question of a browser", () => {
  test("a request without an origin passes, and caches are told", async () => {
    expect((await (await asking())({})).headers).toEqual({ vary: "Origin" });
  });

  test.each([
    ["http://httpbin.example.com", {}],
    ["http://HTTPBIN.example.com:80", {}],
    ["https://httpbin.example.com", { "x-forwarded-proto": "https" }],
  ])("%s is the host's own origin", async (origin, more) => {
    // DELETE is not allowed to others.
    expect((await (await asking())({ origin, ...more }, "DELETE")).status).toBe(200);
  });

  test("another port or scheme is another origin", async () => {
    const ask = await asking({ ...EXAMPLE, allow_origin_patterns: [] });
    expect((await ask({ origin: "http://httpbin.example.com:8080" })).status).toBe(403);
    expect((await ask({ origin: "https://httpbin.example.com" })).status).toBe(403);
  });

  test("OPTIONS without the preflight's headers goes to the upstream", async () => {
    const ask = await asking({ allow_methods: ["*"] });
    expect((await ask({ origin: "http://a.example" }, "OPTIONS")).sent).toBeDefined();
  });
});

describe("all", () => {
  test("is the default for origins; methods and headers have lists", async () => {
    const ask = await asking({});
    expect((await ask({ origin: "https://any.example" })).headers["access-control-allow-origin"]).toBe(
      "https://any.example",
    );
    const { headers } = await ask(preflight("null", "PUT", "content-type,authorization"), "OPTIONS");
    expect(headers).toMatchObject({
      "access-control-allow-methods": "GET,PUT,POST,DELETE,PATCH,OPTIONS",
      "access-control-max-age": "86400",
    });
    expect((await ask(preflight("https://any.example", "PROPFIND"), "OPTIONS")).status).toBe(403);
  });

  test("methods and headers: what was asked for is allowed", async () => {
    const ask = await asking({ allow_methods: ["*"], allow_headers: ["*"], expose_headers: ["*"] });
    const { headers } = await ask(
      preflight("https://a.example", "PROPFIND", " Content-Type, Authorization, "),
      "OPTIONS",
    );
    expect(headers).toMatchObject({
      "access-control-allow-methods": "PROPFIND",
      "access-control-allow-headers": "Content-Type,Authorization",
      "access-control-expose-headers": "*",
    });
    const bare = await ask(preflight("https://a.example", "GET"), "OPTIONS");
    expect(bare.headers["access-control-allow-headers"]).toBeUndefined();
  });

  test("with credentials it is not, and the log says so", async () => {
    const host = fakePluginHost();
    const ask = await behind(cors, { allow_origins: ["*"], allow_credentials: true }, host);
    const { headers } = await ask({ headers: { origin: "https://a.example" } });
    expect(headers["access-control-allow-credentials"]).toBeUndefined();
    expect(host.lines).toMatchObject([{ level: "warn" }]);
  });

  test("with credentials and no origins: nobody", async () => {
    const ask = await asking({ allow_credentials: true });
    expect((await ask({ origin: "https://a.example" })).status).toBe(403);
  });

  test("with credentials by the pattern *", async () => {
    const ask = await asking({ allow_origin_patterns: ["*"], allow_credentials: true, max_age: 0 });
    expect((await ask({ origin: "https://a.example" })).headers["access-control-allow-credentials"]).toBe("true");
  });
});

test("the upstream's own CORS headers do not get through, other headers do", async () => {
  const ask = await behind(cors, EXAMPLE);
  const upstream = {
    headers: {
      "access-control-allow-origin": "*",
      "access-control-max-age": "1",
      vary: "Accept-Encoding",
      "x-other": "1",
    },
  };
  const { headers } = await ask({ url: URL, headers: { origin: "http://a.example.com:1" } }, upstream);
  expect(headers).toMatchObject({
    "access-control-allow-origin": "http://a.example.com:1",
    vary: "Accept-Encoding, Origin",
    "x-other": "1",
  });
  expect(headers["access-control-max-age"]).toBeUndefined();
});

describe("patterns of origins", () => {
  test.each([
    ["https://*.example.com", "https://a.example.com", true],
    ["https://*.example.com", "https://A.B.Example.com", true],
    ["https://*.example.com/", "https://a.example.com", true],
    ["https://*.example.com", "https://example.com", false],
    ["https://*.example.com", "https://a.example.com.evil.org", false],
    ["https://*.example.com", "https://a.example.com:8443", false],
    ["https://*.example.com", "http://a.example.com", false],
    ["https://*.example.com:[8080,9090]", "https://a.example.com:8080", true],
    ["https://*.example.com:[8080,9090]", "https://a.example.com:808", false],
    ["https://*.example.com:[8080,9090]", "https://a.example.com", false],
    ["https://*.example.com:[8080]", "https://a.example.com:8080.evil.org", false],
    ["https://*.example.com:[*]", "https://a.example.com", true],
    ["https://*.example.com:[*]", "https://a.example.com:1", true],
    ["https://a*b*c", "https://a-b-b-c", true],
    ["https://a*b", "https://ab", true],
    ["https://ab*b", "https://ab", false],
    ["https://a.example", "https://axexample", false],
    ["*", "null", true],
  ])("%s and %s: %p", (pattern, origin, allowed) => {
    expect(compileOriginPatterns([pattern])(origin)).toBe(allowed);
  });

  test("take time in proportion to the origin", () => {
    expect(compileOriginPatterns(["*a*a*a*a*a*a*b"])("a".repeat(50_000))).toBe(false);
  });
});

describe("nginx' annotations, with Higress' defaults", () => {
  const DEFAULTS = {
    allow_origin_patterns: ["*"],
    allow_methods: ["GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS"],
    allow_headers: ["DNT", "Keep-Alive", "Content-Type", "Authorization"],
    allow_credentials: true,
    max_age: 1_728_000,
    reject_others: false,
  };

  test("a preflight is told what may be", async () => {
    const ask = await asking(DEFAULTS);
    const { status, headers, sent } = await ask(preflight("https://a.test", "TRACE", "X-Odd"), "OPTIONS");
    expect([status, sent]).toEqual([200, undefined]);
    expect(headers).toEqual({
      "access-control-allow-origin": "https://a.test",
      "access-control-allow-methods": "GET,PUT,POST,DELETE,PATCH,OPTIONS",
      "access-control-allow-headers": "DNT,Keep-Alive,Content-Type,Authorization",
      "access-control-allow-credentials": "true",
      "access-control-max-age": "1728000",
      vary: "Origin",
    });
  });

  test("what is not allowed goes on, and is told nothing", async () => {
    const ask = await asking({ ...DEFAULTS, allow_origin_patterns: [], allow_origins: ["https://a.test"] });
    const { status, headers, sent } = await ask({ origin: "https://b.test" }, "POST");
    expect([status, headers, sent === undefined]).toEqual([200, { vary: "Origin" }, false]);
    const odd = await ask({ origin: "https://a.test" }, "PROPFIND");
    expect([odd.status, odd.headers["access-control-allow-origin"]]).toEqual([200, "https://a.test"]);
  });
});
