import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type PluginStage, pluginStage } from "#tests/support/plugin-stage.ts";

/** The examples of Higress' page on ext-auth, with a service of HTTP that decides. */
let service: ReturnType<typeof Bun.serve>;
let asked: { method: string; target: string; headers: Headers; body: string }[] = [];
let answer: () => Response = () => new Response("");

beforeAll(() => {
  service = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      asked.push({
        method: request.method,
        target: pathname + search,
        headers: request.headers,
        body: await request.text(),
      });
      return answer();
    },
  });
});
afterAll(() => service.stop(true));
beforeEach(() => {
  asked = [];
  answer = () => new Response("", { headers: { "x-user-id": "7", "x-auth-version": "1.0" } });
});

async function stageOf(http: object, more: object = {}, port?: number): Promise<PluginStage> {
  const { endpoint = {}, ...others } = http as { endpoint?: object };
  const config = {
    http_service: {
      endpoint: { service_name: "127.0.0.1", service_port: port ?? service.port, path_prefix: "/auth", ...endpoint },
      ...others,
    },
    ...more,
  };
  return pluginStage({ plugins: [{ name: "ext-auth", config }] });
}

const TARGET = "/users?apikey=9a342114";

describe("endpoint_mode envoy", () => {
  test("asks with the request's method and path, and its Authorization", async () => {
    await using stage = await stageOf({});
    const headers = { foo: "bar", authorization: "xxx" };
    expect((await stage.fetch(TARGET, { method: "POST", headers })).status).toBe(200);
    expect(asked).toMatchObject([{ method: "POST", target: `/auth${TARGET}` }]);
    expect([asked[0]?.headers.get("authorization"), asked[0]?.headers.get("foo")]).toEqual(["xxx", null]);
    expect(stage.asked[0]?.headers.get("x-user-id")).toBeNull();
  });

  test("sends what is allowed and added, and takes over what is allowed", async () => {
    await using stage = await stageOf({
      authorization_request: {
        allowed_headers: [{ exact: "x-auth-version" }, { prefix: "x-foo" }],
        headers_to_add: { "x-envoy-header": "true" },
      },
      authorization_response: { allowed_upstream_headers: [{ exact: "x-user-id" }, { regex: "x-auth-.*" }] },
      endpoint: { service_host: "my-domain.local" },
    });
    await stage.fetch(TARGET, { headers: { "x-auth-version": "0.1", "x-foo-bar": "1", "x-user-id": "me" } });
    const { headers } = asked[0] ?? { headers: new Headers() };
    expect(
      ["host", "x-auth-version", "x-foo-bar", "x-envoy-header", "x-user-id"].map((name) => headers.get(name)),
    ).toEqual(["my-domain.local", "0.1", "1", "true", null]);
    const upstream = stage.asked[0]?.headers;
    expect([upstream?.get("x-user-id"), upstream?.get("x-auth-version")]).toEqual(["7", "1.0"]);
  });

  test("a refusal reaches the client, with the headers that it may see", async () => {
    answer = () => new Response("no", { status: 401, headers: { "x-auth-failed": "true", "x-inner": "1" } });
    await using all = await stageOf({});
    const plain = await all.fetch(TARGET);
    expect([plain.status, await plain.text(), plain.headers.get("x-inner")]).toEqual([401, "no", "1"]);
    await using some = await stageOf({
      authorization_response: { allowed_client_headers: [{ exact: "x-auth-failed" }] },
    });
    const filtered = await some.fetch(TARGET);
    expect([filtered.headers.get("x-auth-failed"), filtered.headers.get("x-inner")]).toEqual(["true", null]);
    expect(some.asked).toEqual([]);
  });
});

test("forward_auth asks one path, and tells of the request", async () => {
  await using stage = await stageOf({
    endpoint_mode: "forward_auth",
    endpoint: { path: "/check", request_method: "POST" },
  });
  await stage.fetch(TARGET, { headers: { authorization: "xxx", host: "foo.bar.com" } });
  expect(asked).toMatchObject([{ method: "POST", target: "/check" }]);
  const told = ["proto", "host", "uri", "method"].map((name) => asked[0]?.headers.get(`x-forwarded-${name}`));
  expect(told).toEqual(["http", "foo.bar.com", TARGET, "GET"]);
  const before = ["method", "uri"].map((name) => asked[0]?.headers.get(`x-original-${name}`));
  expect(before).toEqual(["GET", TARGET]);
});

describe("nobody decides", () => {
  test.each([
    ["a failure", () => new Response("", { status: 503, headers: { "x-auth-failed": "true" } }), {}, 403],
    ["a failure with another status", () => new Response("", { status: 503 }), { status_on_error: 429 }, 429],
    ["a failure that lets pass", () => new Response("", { status: 500 }), { failure_mode_allow: true }, 200],
  ])("%s", async (_, given, more, status) => {
    answer = given;
    await using stage = await stageOf({}, more);
    expect((await stage.fetch(TARGET)).status).toBe(status);
  });

  test("a service that is away, marked", async () => {
    await using stage = await stageOf({}, { failure_mode_allow: true, failure_mode_allow_header_add: true }, 1);
    expect((await stage.fetch(TARGET)).status).toBe(200);
    expect(stage.asked[0]?.headers.get("x-envoy-auth-failure-mode-allowed")).toBe("true");
    await using closed = await stageOf({}, {}, 1);
    expect((await closed.fetch(TARGET)).status).toBe(403);
  });
});

describe("bodies", () => {
  const http = { authorization_request: { with_request_body: true, max_request_body_bytes: 10 } };

  test("are sent, and still reach the upstream", async () => {
    await using stage = await stageOf(http);
    expect((await stage.fetch("/x", { method: "POST", body: "short" })).status).toBe(200);
    expect(asked.map(({ body }) => body)).toEqual(["short"]);
    expect(await stage.asked[0]?.text()).toBe("short");
  });

  test("that are too large are refused, whatever failures may do", async () => {
    await using stage = await stageOf(http, { failure_mode_allow: true });
    expect((await stage.fetch("/x", { method: "POST", body: "much too long" })).status).toBe(413);
    expect(asked).toEqual([]);
  });
});

describe("lists", () => {
  const list = [
    { match_rule_domain: "api.example.com", match_rule_path: "/public", match_rule_type: "prefix" },
    { match_rule_method: ["HEAD"], match_rule_path: "/health-check", match_rule_type: "exact" },
    { match_rule_domain: "*.images.example.com", match_rule_method: ["GET"] },
  ];

  test.each([
    ["GET", "/public/a", "api.example.com", true],
    ["GET", "/private", "api.example.com", false],
    ["GET", "/public/a", "else.example.com", false],
    ["HEAD", "/health-check", "else.example.com", true],
    ["GET", "/health-check", "else.example.com", false],
    ["GET", "/any", "a.images.example.com", true],
  ])("%s %s of %s is on it: %p", async (method, path, host, onList) => {
    for (const match_type of ["whitelist", "blacklist"]) {
      asked = [];
      await using stage = await stageOf({}, { match_type, match_list: list });
      await stage.fetch(path, { method, headers: { host } });
      expect(asked.length).toBe(onList === (match_type === "blacklist") ? 1 : 0);
    }
  });
});

test("a refusal is an error of the client's protocol on an AI route", async () => {
  answer = () => new Response("Ask for a token.", { status: 403 });
  await using stage = await stageOf({});
  const response = await stage.fetch("/v1/chat/completions", { method: "POST", body: "{}" });
  expect(await response.json()).toMatchObject({ error: { message: "Ask for a token." } });
});

test.each([
  ["without a path", { endpoint_mode: "forward_auth" }, {}, "endpoint.path is missing"],
  ["whose list may mean either", {}, { match_list: [{ match_rule_path: "/a" }] }, "match_type is missing"],
  [
    "that sends bodies with GET",
    { endpoint_mode: "forward_auth", endpoint: { path: "/a" }, authorization_request: { with_request_body: true } },
    {},
    "with_request_body needs another request_method than GET",
  ],
])("a configuration %s is refused", async (_, http, more, why) => {
  expect(stageOf(http, more)).rejects.toThrow(why);
});

test("what the upstream takes for the service's word is never the client's", async () => {
  await using stage = await stageOf({
    authorization_response: { allowed_upstream_headers: [{ exact: "x-user-id" }, { exact: "x-role" }] },
  });
  const headers = { "x-user-id": "me", "x-role": "admin", "x-envoy-auth-failure-mode-allowed": "true" };
  await stage.fetch(TARGET, { headers });
  const told = stage.asked[0]?.headers;
  expect(["x-user-id", "x-role", "x-envoy-auth-failure-mode-allowed"].map((name) => told?.get(name))).toEqual([
    "7",
    null,
    null,
  ]);
});

test.each([
  ["POST", { "transfer-encoding": "chunked" }],
  ["GET", {}],
])("a %s whose body is empty is asked about too", async (method, headers) => {
  answer = () => new Response("", { status: 401 });
  await using stage = await stageOf({ authorization_request: { with_request_body: true } });
  const body = method === "GET" ? {} : { body: new ReadableStream({ start: (controller) => controller.close() }) };
  expect((await stage.fetch("/x", { method, headers, ...body })).status).toBe(401);
  expect([asked.length, stage.asked.length]).toEqual([1, 0]);
});
