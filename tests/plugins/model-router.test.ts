import { describe, expect, test } from "bun:test";
import { pluginStage, type PluginStage } from "#tests/support/plugin-stage.ts";

/** Four routes by header, and one for all others; each tells the upstream its name in place of the model. */
function stageOf(config: object): Promise<PluginStage> {
  return pluginStage({
    plugins: [{ name: "model-router", config }],
    config: ({ ai }) => ({
      providers: ["dashscope", "vision", "coder", "other"].map((id) => ({
        id,
        type: "openai",
        apiTokens: [`sk-${id}`],
        baseUrl: `${ai.origin}/openai/v1`,
      })),
      routes: [
        route("dashscope", [{ name: "x-higress-llm-provider", exact: "dashscope" }]),
        route("vision", [{ name: "x-higress-llm-model", exact: "qwen-vl-max" }]),
        route("coder", [{ name: "x-higress-llm-model", exact: "qwen-coder" }]),
        route("other", []),
      ],
    }),
  });
}

function route(name: string, headers: readonly object[]): object {
  return { name, match: { path: { prefix: "/" }, headers }, ai: { upstreams: [{ provider: name }] } };
}

function chat(text: string): RequestInit {
  return { method: "POST", headers: { "content-type": "application/json" }, body: text };
}

function asking(model: string, content: unknown = "Hello"): RequestInit {
  return chat(JSON.stringify({ model, messages: [{ role: "user", content }] }));
}

/** Which route took the request, and the model that its provider was asked for. */
async function taken(stage: PluginStage, init: RequestInit, path = "/v1/chat/completions"): Promise<unknown[]> {
  const response = await stage.fetch(path, init);
  await response.text();
  return [stage.records.at(-1)?.route, stage.ai.requests.at(-1)?.model];
}

describe("addProviderHeader", () => {
  test("the provider chooses the route, and the model keeps the rest of its name", async () => {
    await using stage = await stageOf({ addProviderHeader: "x-higress-llm-provider" });
    expect(await taken(stage, asking("dashscope/qwen-long"))).toEqual(["dashscope", "qwen-long"]);
    expect(await taken(stage, asking("dashscope/a/b"))).toEqual(["dashscope", "a/b"]);
    expect(await taken(stage, asking("qwen-long"))).toEqual(["other", "qwen-long"]);
  });

  test("every other byte of the body stays", async () => {
    await using stage = await stageOf({ addProviderHeader: "x-higress-llm-provider" });
    const body =
      '{ "messages":[{"role":"user","content":"\\u0048i é"}], "model" : "dashscope/m",\n "temperature":1.50 }';
    await taken(stage, chat(body));
    expect(new TextDecoder().decode(stage.ai.requests[0]?.body)).toBe(body.replace("dashscope/m", "m"));
  });

  test("keepOriginalModelName", async () => {
    await using stage = await stageOf({ addProviderHeader: "x-higress-llm-provider", keepOriginalModelName: true });
    expect(await taken(stage, asking("dashscope/qwen-long"))).toEqual(["dashscope", "dashscope/qwen-long"]);
  });

  test("a Claude client's request, too", async () => {
    await using stage = await stageOf({ addProviderHeader: "x-higress-llm-provider" });
    const body = JSON.stringify({ model: "dashscope/m", max_tokens: 5, messages: [{ role: "user", content: "Hi" }] });
    expect(await taken(stage, chat(body), "/v1/messages")).toEqual(["dashscope", "m"]);
  });

  test("a form", async () => {
    await using stage = await stageOf({ addProviderHeader: "x-higress-llm-provider", enableOnPathSuffix: ["*"] });
    const form = new FormData();
    form.set("file", new File(["sound"], "a.wav", { type: "audio/wav" }));
    form.set("model", "dashscope/whisper-1");
    await taken(stage, { method: "POST", body: form }, "/v1/audio/transcriptions");
    expect(stage.records.at(-1)?.route).toBe("dashscope");
    const sent = new TextDecoder().decode(stage.ai.requests[0]?.body);
    expect(sent).toContain("\r\n\r\nwhisper-1\r\n");
    expect(sent).toContain("\r\n\r\nsound\r\n");
  });
});

describe("modelToHeader", () => {
  test("routes match by the model's name", async () => {
    await using stage = await stageOf({ modelToHeader: "x-higress-llm-model" });
    expect(await taken(stage, asking("qwen-vl-max"))).toEqual(["vision", "qwen-vl-max"]);
    expect(await taken(stage, asking("qwen-max"))).toEqual(["other", "qwen-max"]);
  });

  test("only on the paths that are configured, and where the body names a model", async () => {
    await using stage = await stageOf({ modelToHeader: "x-higress-llm-model", enableOnPathSuffix: ["/embeddings"] });
    expect(await taken(stage, asking("qwen-vl-max"))).toEqual(["other", "qwen-vl-max"]);
    const embedding = JSON.stringify({ model: "qwen-vl-max", input: "Hi" });
    expect(await taken(stage, chat(embedding), "/v1/embeddings")).toEqual(["vision", "qwen-vl-max"]);
  });

  test("a name that no header can hold goes on as it is", async () => {
    await using stage = await stageOf({ modelToHeader: "x-higress-llm-model", addProviderHeader: "x-provider" });
    expect(await taken(stage, asking("a\nb/模型"))).toEqual(["other", "模型"]);
    expect(stage.logs.filter(({ message }) => message.includes("does not fit"))).toHaveLength(2);
  });

  test("a body that is no JSON is left to the route", async () => {
    await using stage = await stageOf({ modelToHeader: "x-higress-llm-model" });
    expect((await stage.fetch("/v1/chat/completions", chat("{"))).status).toBe(400);
  });

  test("modelKey may lead into the body", async () => {
    await using stage = await stageOf({
      modelKey: "extra.engine",
      addProviderHeader: "x-higress-llm-provider",
      enableOnPathSuffix: ["*"],
    });
    const body = '{"model":"gpt-4o","extra":{"engine":"dashscope/x"},"messages":[{"role":"user","content":"Hi"}]}';
    await taken(stage, chat(body));
    expect(stage.records.at(-1)?.route).toBe("dashscope");
    expect(new TextDecoder().decode(stage.ai.requests[0]?.body)).toBe(body.replace("dashscope/", ""));
  });
});

describe("autoRouting", () => {
  const rules = [
    { pattern: "(?i)(画|绘|生成图|图片|image|draw|paint)", model: "qwen-vl-max" },
    { pattern: "(?i)(代码|编程|code|program|function|debug)", model: "qwen-coder" },
  ];
  const config = { autoRouting: { enable: true, defaultModel: "qwen-turbo", rules } };

  test("the user's last words choose the model and the route", async () => {
    await using stage = await stageOf(config);
    expect(await taken(stage, asking("higress/auto", "请帮我画一只可爱的小猫"))).toEqual(["vision", "qwen-vl-max"]);
    expect(await taken(stage, asking("higress/auto", "Debug this"))).toEqual(["coder", "qwen-coder"]);
    expect(await taken(stage, asking("higress/auto", "Hello"))).toEqual(["other", "qwen-turbo"]);
    expect(await taken(stage, asking("qwen-max", "Debug this"))).toEqual(["other", "qwen-max"]);
  });

  test("the last text of several parts counts, of the user's last message", async () => {
    await using stage = await stageOf(config);
    const parts = [
      { type: "text", text: "Draw" },
      { type: "text", text: "some code" },
    ];
    expect(await taken(stage, asking("higress/auto", parts))).toEqual(["coder", "qwen-coder"]);
    const turns = [
      { role: "user", content: "Draw" },
      { role: "assistant", content: "An image of code" },
      { role: "user", content: "Thanks" },
    ];
    const body = JSON.stringify({ model: "higress/auto", messages: turns });
    expect(await taken(stage, chat(body))).toEqual(["other", "qwen-turbo"]);
  });

  test("the words of a Responses client", async () => {
    await using stage = await stageOf(config);
    const text = JSON.stringify({ model: "higress/auto", input: "Paint a cat" });
    expect(await taken(stage, chat(text), "/v1/responses")).toEqual(["vision", "qwen-vl-max"]);
    const input = [{ role: "user", content: [{ type: "input_text", text: "Write a program" }] }];
    const items = JSON.stringify({ model: "higress/auto", input });
    expect(await taken(stage, chat(items), "/v1/responses")).toEqual(["coder", "qwen-coder"]);
  });

  test("without a rule that matches and a default the name stays", async () => {
    await using stage = await stageOf({ autoRouting: { enable: true, rules } });
    expect(await taken(stage, asking("higress/auto", "Hello"))).toEqual(["other", "higress/auto"]);
    expect(stage.logs.some(({ message }) => message.includes("No rule of autoRouting matches"))).toBeTrue();
  });

  test("is off unless it is enabled", async () => {
    await using stage = await stageOf({ autoRouting: { defaultModel: "x", rules } });
    expect(await taken(stage, asking("higress/auto", "Draw"))).toEqual(["other", "higress/auto"]);
  });

  test("a pattern that is none is told at start", () => {
    const broken = { autoRouting: { enable: true, rules: [{ pattern: "(", model: "m" }] } };
    expect(stageOf(broken)).rejects.toThrow('"(" is not valid');
  });

  test("a pattern that would hang other engines does not", async () => {
    await using stage = await stageOf({ autoRouting: { enable: true, rules: [{ pattern: "(a+)+$", model: "m" }] } });
    expect(await taken(stage, asking("higress/auto", `${"a".repeat(50_000)}!`))).toEqual(["other", "higress/auto"]);
  });
});
