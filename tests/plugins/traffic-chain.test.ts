import { describe, expect, test } from "bun:test";
import { pluginStage } from "#tests/support/plugin-stage.ts";

const CHAT = {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ model: "gpt-4o", messages: [{ role: "user", content: "Hello" }] }),
};

/** Plugins for traffic in a whole gateway: what they cannot know of when they are alone. */
describe("refusals", () => {
  test("are errors of the client's protocol on AI routes, and their reason is in the access log", async () => {
    await using stage = await pluginStage({ plugins: [{ name: "ip-restriction", config: { deny: ["127.0.0.1"] } }] });
    const answer = await stage.fetch("/v1/chat/completions", CHAT);
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ error: { message: "Your IP address is blocked." } });
    expect(stage.records.map(({ detail }) => detail)).toEqual(["ip-restriction.ip_denied"]);
    const page = await stage.fetch("/");
    expect([page.status, await page.json()]).toEqual([403, { message: "Your IP address is blocked." }]);
    expect(stage.asked).toEqual([]);
  });

  test("without words of their own have some there", async () => {
    await using stage = await pluginStage({
      plugins: [{ name: "request-block", config: { block_bodies: ["Hello"] } }],
    });
    expect(await (await stage.fetch("/v1/chat/completions", CHAT)).json()).toMatchObject({
      error: { message: "The request is blocked." },
    });
    const plain = await stage.fetch("/", { method: "POST", body: "Hello" });
    expect([plain.status, await plain.text()]).toEqual([403, ""]);
  });

  test("by a limit can be answered in other words", async () => {
    await using stage = await pluginStage({
      plugins: [
        { name: "cluster-key-rate-limit", config: { rule_name: "all", global_threshold: { query_per_day: 1 } } },
        {
          name: "custom-response",
          config: { enable_on_status: [429], status_code: 302, headers: ["Location=https://example.com"] },
        },
      ],
    });
    expect((await stage.fetch("/")).status).toBe(200);
    const second = await stage.fetch("/", { redirect: "manual" });
    expect([second.status, second.headers.get("location")]).toEqual([302, "https://example.com"]);
  });
});

describe("a preflight", () => {
  const asked = {
    method: "OPTIONS",
    headers: { origin: "https://app.example", "access-control-request-method": "POST" },
  };

  test("is answered although the route is closed to those without a key", async () => {
    await using stage = await pluginStage({
      plugins: [{ name: "cors", config: { allow_origins: ["https://app.example"] } }],
      config: () => ({ consumers: [{ name: "anna", credentials: ["key-of-anna"] }] }),
    });
    const answer = await stage.fetch("/v1/chat/completions", asked);
    expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([200, "https://app.example"]);
    expect((await stage.fetch("/v1/chat/completions", CHAT)).status).toBe(401);
  });
});

describe("transformer", () => {
  const backend = async (request: Request): Promise<Response> => {
    const headers = { "content-type": "application/json", "content-encoding": "identity", "x-powered-by": "php" };
    return new Response(JSON.stringify({ url: new URL(request.url).pathname, body: await request.text() }), {
      headers,
    });
  };

  test("changes what the upstream gets, and what the client gets", async () => {
    await using stage = await pluginStage({
      backend,
      plugins: [
        {
          name: "transformer",
          config: {
            reqRules: [
              { operate: "replace", headers: [{ key: ":path", newValue: "/inner" }] },
              { operate: "add", body: [{ key: "added.deep", value: "1", value_type: "number" }] },
            ],
            respRules: [
              { operate: "remove", headers: [{ key: "X-Powered-By" }] },
              { operate: "rename", body: [{ oldKey: "url", newKey: "path" }] },
            ],
          },
        },
      ],
    });
    const answer = await stage.fetch("/outer?x=1", { ...CHAT, body: '{"a":1}' });
    expect(await answer.json()).toEqual({ body: '{"a":1,"added":{"deep":1}}', path: "/inner" });
    expect(answer.headers.get("x-powered-by")).toBeNull();
  });

  test("chooses the route by the body", async () => {
    await using stage = await pluginStage({
      backend,
      plugins: [
        {
          name: "transformer",
          config: {
            reqRules: [{ operate: "map", mapSource: "body", headers: [{ fromKey: "userId", toKey: "x-user" }] }],
          },
        },
      ],
      config: ({ http }) => ({
        services: [{ name: "backend", endpoints: [http] }],
        routes: [
          {
            name: "vip",
            match: { path: { prefix: "/" }, headers: [{ name: "x-user", exact: "12" }] },
            http: { services: [{ name: "backend" }] },
          },
          { name: "web", match: { path: { prefix: "/" } }, http: { services: [{ name: "backend" }] } },
        ],
      }),
    });
    const post = async (body: string): Promise<void> => {
      const answer = await stage.fetch("/", { ...CHAT, body });
      expect(answer.status).toBe(200);
    };
    await post('{"userId":12}');
    await post('{"userId":13}');
    expect(stage.records.map(({ route }) => route)).toEqual(["vip", "web"]);
  });

  test("changes what an AI route decodes", async () => {
    const reqRules = [
      { operate: "replace", body: [{ key: "model", newValue: "gpt-4o-mini" }] },
      { operate: "add", body: [{ key: "temperature", value: 0.5, value_type: "number" }] },
    ];
    await using stage = await pluginStage({ plugins: [{ name: "transformer", config: { reqRules } }] });
    expect((await stage.fetch("/v1/chat/completions", CHAT)).status).toBe(200);
    expect(stage.records.map(({ modelAsked }) => modelAsked)).toEqual(["gpt-4o-mini"]);
    const [sent] = stage.ai.requests;
    expect(JSON.parse(new TextDecoder().decode(sent?.body))).toMatchObject({ model: "gpt-4o-mini", temperature: 0.5 });
  });

  test("leaves event streams of AI routes alone", async () => {
    const rules = [{ operate: "add", body: [{ key: "x", value: "1" }] }];
    await using stage = await pluginStage({ plugins: [{ name: "transformer", config: { respRules: rules } }] });
    const whole = await stage.fetch("/v1/chat/completions", CHAT);
    expect(await whole.json()).toMatchObject({ object: "chat.completion", x: "1" });
    const body = JSON.stringify({ ...JSON.parse(CHAT.body), stream: true });
    const text = await (await stage.fetch("/v1/chat/completions", { ...CHAT, body })).text();
    expect(text).toEndWith("data: [DONE]\n\n");
    expect(text).not.toContain('"x":"1"');
  });
});

test("cache-control goes by the client's path", async () => {
  await using stage = await pluginStage({
    plugins: [
      { name: "cache-control", config: { suffix: "png", expires: 60 } },
      {
        name: "transformer",
        config: { reqRules: [{ operate: "replace", headers: [{ key: ":path", newValue: "/x" }] }] },
      },
    ],
  });
  expect((await stage.fetch("/a.png")).headers.get("cache-control")).toBe("max-age=60");
});

test("a body is compared with its schema before anybody else has it", async () => {
  await using stage = await pluginStage({
    plugins: [
      { name: "request-validation", config: { body_schema: { required: ["model"] }, rejected_msg: "No model." } },
    ],
  });
  expect((await stage.fetch("/v1/chat/completions", CHAT)).status).toBe(200);
  const refused = await stage.fetch("/v1/chat/completions", { ...CHAT, body: '{"messages":[]}' });
  expect([refused.status, await refused.json()]).toMatchObject([403, { error: { message: "No model." } }]);
  expect((await stage.fetch("/", { ...CHAT, body: "{}" })).status).toBe(403);
});
