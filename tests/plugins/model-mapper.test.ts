import { describe, expect, test } from "bun:test";
import { pluginStage, type PluginStage } from "#tests/support/plugin-stage.ts";

function stageOf(config: object): Promise<PluginStage> {
  return pluginStage({
    plugins: [{ name: "model-mapper", config }],
    config: ({ ai, http }) => ({
      providers: [{ id: "fake", type: "openai", apiTokens: ["sk-fake"], baseUrl: `${ai.origin}/openai/v1` }],
      services: [{ name: "backend", endpoints: [http] }],
      routes: [
        { name: "chat", match: { path: { prefix: "/v1" } }, ai: { upstreams: [{ provider: "fake" }] } },
        { name: "web", match: { path: { prefix: "/" } }, http: { services: [{ name: "backend" }] } },
      ],
    }),
  });
}

async function post(stage: PluginStage, body: unknown, path = "/plain/v1/chat/completions"): Promise<void> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const headers = { "content-type": "application/json" };
  await (await stage.fetch(path, { method: "POST", headers, body: text })).text();
}

/** Model and header as a service behind an HTTP route got them. */
async function mapped(stage: PluginStage, body: unknown): Promise<unknown> {
  await post(stage, body);
  const request = stage.asked.at(-1);
  return { body: await request?.json(), header: request?.headers.get("x-higress-llm-model-final") };
}

const MAPPING = { "gpt-4-*": "qwen-max", "gpt-4o": "qwen-vl-plus", "*": "qwen-turbo" };

describe("modelMapping", () => {
  test.each([
    ["gpt-4o", "qwen-vl-plus"],
    ["gpt-4-turbo", "qwen-max"],
    ["claude", "qwen-turbo"],
  ])("%s is %s to the provider", async (asked, told) => {
    await using stage = await stageOf({ modelMapping: MAPPING });
    expect(await mapped(stage, { model: asked, n: 1 })).toEqual({ body: { model: told, n: 1 }, header: told });
  });

  test("the exact name wins, then the longest beginning, whatever the order", async () => {
    await using stage = await stageOf({
      modelMapping: { "gpt-*": "a", "gpt-4-*": "b", "gpt-4-x": "c", "~^(o\\d)-": "$1", kept: "", "kept-*": "" },
    });
    const of = async (model: string): Promise<unknown> => mapped(stage, { model });
    expect(await of("gpt-5")).toEqual({ body: { model: "a" }, header: "a" });
    expect(await of("gpt-4-y")).toEqual({ body: { model: "b" }, header: "b" });
    expect(await of("gpt-4-x")).toEqual({ body: { model: "c" }, header: "c" });
    expect(await of("o3-mini")).toEqual({ body: { model: "o3mini" }, header: "o3mini" });
    expect(await of("kept")).toEqual({ body: { model: "kept" }, header: "kept" });
    expect(await of("kept-too")).toEqual({ body: { model: "kept-too" }, header: "kept-too" });
    expect(await of("other")).toEqual({ body: { model: "other" }, header: "other" });
  });

  test("a request that names no model gets the one of `*`", async () => {
    await using stage = await stageOf({
      modelMapping: { "*": "gpt-4o", "gpt-3.5*": "gpt-4-mini" },
      modelKey: "request.model",
    });
    expect(await mapped(stage, { request: { messages: [] } })).toEqual({
      body: { request: { model: "gpt-4o", messages: [] } },
      header: "gpt-4o",
    });
    expect(await mapped(stage, { request: { model: "gpt-3.5-turbo-16k" } })).toMatchObject({
      body: { request: { model: "gpt-4-mini" } },
    });
  });

  test("an AI route's provider is asked for the other model", async () => {
    await using stage = await stageOf({ modelMapping: MAPPING });
    await post(stage, { model: "gpt-4o", messages: [{ role: "user", content: "Hi" }] }, "/v1/chat/completions");
    expect(stage.ai.requests[0]?.model).toBe("qwen-vl-plus");
  });
});

test("paths that do not end as configured pass", async () => {
  await using stage = await stageOf({ modelMapping: MAPPING, enableOnPathSuffix: ["/embeddings"] });
  expect(await mapped(stage, { model: "gpt-4o" })).toEqual({ body: { model: "gpt-4o" }, header: null });
});

test("modelToHeader names the header", async () => {
  await using stage = await stageOf({ modelMapping: MAPPING, modelToHeader: "x-model" });
  await post(stage, { model: "gpt-4o" });
  expect(stage.asked[0]?.headers.get("x-model")).toBe("qwen-vl-plus");
});

test("a name too long for anybody's model is not mapped", async () => {
  await using stage = await stageOf({ modelMapping: { "*": "x" } });
  const model = "m".repeat(3000);
  expect(await mapped(stage, { model })).toEqual({ body: { model }, header: null });
});

test("what is no JSON stays", async () => {
  await using stage = await stageOf({ modelMapping: MAPPING });
  await post(stage, "[1]");
  expect(await stage.asked[0]?.text()).toBe("[1]");
});
