import { describe, expect, test } from "bun:test";
import { pluginStage, type PluginStage } from "#tests/support/plugin-stage.ts";

const TEMPLATES = [
  {
    name: "developer-chat",
    template: {
      model: "gpt-4o",
      messages: [
        { role: "system", content: "You are a {{program}} expert, in {{language}} programming language." },
        { role: "user", content: "Write me a {{program}} program." },
      ],
    },
  },
  {
    name: "warm",
    template: { model: "gpt-4o", temperature: 1.5, messages: [{ role: "user", content: "{{a}}{{b}}{{c}}" }] },
  },
];

const PROPERTIES = { program: "quick sort", language: "python" };
const SYSTEM = "You are a quick sort expert, in python programming language.";
const USER = "Write me a quick sort program.";

function stage(): Promise<PluginStage> {
  return pluginStage({ plugins: [{ name: "ai-prompt-template", config: { templates: TEMPLATES } }] });
}

function post(on: PluginStage, path: string, body: object, headers: object = {}): Promise<Response> {
  return on.fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

describe("a request by template", () => {
  test("is what the template says, filled in", async () => {
    await using on = await stage();
    const asked = { template: "developer-chat", properties: PROPERTIES };
    expect((await post(on, "/v1/chat/completions", asked)).status).toBe(200);
    expect(on.ai.requests[0]?.json).toEqual({
      model: "gpt-4o",
      messages: [
        { role: "system", content: SYSTEM },
        { role: "user", content: USER },
      ],
    });
  });

  test("goes the way of its model", async () => {
    await using on = await pluginStage({
      plugins: [{ name: "ai-prompt-template", config: { templates: TEMPLATES } }],
      config: ({ ai }) => ({
        providers: ["a", "b"].map((id) => ({ id, type: "openai", apiTokens: [id], baseUrl: `${ai.origin}/openai/v1` })),
        routes: ["a", "b"].map((id) => ({
          name: id,
          match: { path: { prefix: "/v1" }, models: [id === "a" ? "claude-*" : "gpt-*"] },
          ai: { upstreams: [{ provider: id }] },
        })),
      }),
    });
    const response = await post(on, "/v1/chat/completions", { template: "developer-chat", properties: PROPERTIES });
    expect([response.status, on.records[0]?.route]).toEqual([200, "b"]);
  });

  test("values may hold anything, and are no placeholders", async () => {
    await using on = await stage();
    const properties = { a: 'quote " and \n line', b: { x: [1] }, c: "{{a}}" };
    await post(on, "/v1/chat/completions", { template: "warm", properties });
    expect(on.ai.requests[0]?.json).toMatchObject({
      temperature: 1.5,
      messages: [{ content: 'quote " and \n line{"x":[1]}{{a}}' }],
    });
  });

  test("a placeholder without a value stays", async () => {
    await using on = await stage();
    await post(on, "/v1/chat/completions", { template: "warm", properties: { a: "1", toString: "2" } });
    expect(on.ai.requests[0]?.json).toMatchObject({ messages: [{ content: "1{{b}}{{c}}" }] });
  });

  test("the client's other fields stay, unless the template has them", async () => {
    await using on = await stage();
    const asked = { template: "warm", properties: {}, stream: true, model: "mine", temperature: 0, messages: [] };
    const response = await post(on, "/v1/chat/completions", asked);
    expect(response.headers.get("content-type")).toStartWith("text/event-stream");
    await response.text();
    expect(on.ai.requests[0]?.json).toMatchObject({ stream: true, model: "gpt-4o", temperature: 1.5 });
  });
});

describe("clients of other protocols", () => {
  test.each([
    ["/v1/messages", { max_tokens: 9 }],
    ["/v1/responses", {}],
    ["/v1/v1beta/models/gpt-4o:generateContent", {}],
  ])("%s", async (path, more) => {
    await using on = await stage();
    const response = await post(on, path, { template: "developer-chat", properties: PROPERTIES, ...more });
    expect(response.status).toBe(200);
    const sent = JSON.stringify(on.ai.requests[0]?.json);
    expect(sent).toContain(SYSTEM);
    expect(sent).toContain(USER);
  });
});

describe("requests that are left alone", () => {
  const PLAIN = { model: "gpt-4o", messages: [{ role: "user", content: "Hi" }] };

  test.each([[{ ...PLAIN, template: "developer-chat" }], [{ ...PLAIN, properties: {} }], [PLAIN]])(
    "%j",
    async (body) => {
      await using on = await stage();
      await post(on, "/v1/chat/completions", body);
      expect(on.ai.requests[0]?.json).toMatchObject(body);
    },
  );

  test("those with template-enable: false", async () => {
    await using on = await stage();
    const body = { ...PLAIN, template: "developer-chat", properties: {} };
    await post(on, "/v1/chat/completions", body, { "template-enable": "false" });
    expect(on.ai.requests[0]?.json).toMatchObject(PLAIN);
  });
});

test("a template that is not there is the client's error", async () => {
  await using on = await stage();
  const response = await post(on, "/v1/chat/completions", { template: "nope", properties: {} });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: { message: "There is no template 'nope'." } });
});
