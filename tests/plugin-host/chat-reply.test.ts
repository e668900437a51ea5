import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import { describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { type Hooks, LocalReply } from "#src/core/plugin.ts";
import { madePlugin } from "#tests/support/made-plugin.ts";
import { pluginStage, type PluginStage } from "#tests/support/plugin-stage.ts";

const words = (): LocalReply =>
  LocalReply.chat("I may not say that.", "content-filter", { headers: [["x-why", "word"]] });

const MOMENTS: Readonly<Record<string, Hooks>> = {
  requestHeaders: { requestHeaders: words },
  requestBody: { requestBody: words },
  chatRequest: { chatRequest: words },
  responseHeaders: { responseHeaders: words },
};

/** The stage's AI route takes every path. */
function stageOf(hooks: Hooks): Promise<PluginStage> {
  return pluginStage({
    extra: [madePlugin("says", hooks)],
    plugins: [{ name: "says" }],
    config: ({ ai, http }) => ({
      providers: [{ id: "fake", type: "openai", apiTokens: ["sk-fake"], baseUrl: `${ai.origin}/openai/v1` }],
      services: [{ name: "backend", endpoints: [http] }],
      routes: [
        { name: "web", match: { path: { prefix: "/web" } }, http: { services: [{ name: "backend" }] } },
        { name: "chat", match: { path: { prefix: "/" } }, ai: { upstreams: [{ provider: "fake" }] } },
      ],
    }),
  });
}

describe.each(Object.entries(MOMENTS))("words in a model's place, said at %s", (moment, hooks) => {
  const messages = [{ role: "user" as const, content: "Hi" }];

  test("OpenAI's client", async () => {
    await using stage = await stageOf(hooks);
    const client = new OpenAI({ apiKey: "k", baseURL: `${stage.origin}/v1`, maxRetries: 0 });
    const whole = await client.chat.completions.create({ model: "gpt-4o", messages });
    expect(whole.choices[0]).toMatchObject({
      message: { role: "assistant", content: "I may not say that." },
      finish_reason: "content_filter",
    });
    let said = "";
    const chunks = await client.chat.completions.create({ model: "gpt-4o", messages, stream: true });
    for await (const chunk of chunks) said += chunk.choices[0]?.delta.content ?? "";
    expect(said).toBe("I may not say that.");
    const { output_text: text } = await client.responses.create({ model: "gpt-4o", input: "Hi" });
    expect(text).toBe("I may not say that.");
    const types: string[] = [];
    for await (const { type } of await client.responses.create({ model: "gpt-4o", input: "Hi", stream: true }))
      types.push(type);
    expect(types).toContain("response.output_text.delta");
    if (moment !== "responseHeaders") expect(stage.ai.requests).toEqual([]);
    expect(stage.records[0]?.finish?.unified).toBe("content-filter");
  });

  test("Claude's client", async () => {
    await using stage = await stageOf(hooks);
    const client = new Anthropic({ apiKey: "k", baseURL: stage.origin, maxRetries: 0 });
    const whole = await client.messages.create({ model: "gpt-4o", max_tokens: 9, messages });
    expect(whole.content).toEqual([expect.objectContaining({ type: "text", text: "I may not say that." })]);
    const final = await client.messages.stream({ model: "gpt-4o", max_tokens: 9, messages }).finalMessage();
    expect(final.content).toEqual([expect.objectContaining({ type: "text", text: "I may not say that." })]);
  });

  test("Google's client", async () => {
    await using stage = await stageOf(hooks);
    const client = new GoogleGenAI({ apiKey: "k", httpOptions: { baseUrl: stage.origin } });
    expect((await client.models.generateContent({ model: "gpt-4o", contents: "Hi" })).text).toBe("I may not say that.");
    let said = "";
    for await (const { text } of await client.models.generateContentStream({ model: "gpt-4o", contents: "Hi" }))
      said += text ?? "";
    expect(said).toBe("I may not say that.");
  });
});

describe("elsewhere", () => {
  test("they are plain text, with the reply's headers", async () => {
    await using stage = await stageOf({ requestHeaders: words });
    const response = await stage.fetch("/web", { method: "POST", body: "{}" });
    expect([response.status, response.headers.get("content-type"), response.headers.get("x-why")]).toEqual([
      200,
      "text/plain; charset=utf-8",
      "word",
    ]);
    expect(await response.text()).toBe("I may not say that.");
  });

  test.each(["/v1/embeddings", "/v1/messages/count_tokens"])(
    "they are an error of %s, which is no chat",
    async (path) => {
      await using stage = await stageOf({ requestHeaders: words });
      const response = await stage.fetch(path, { method: "POST", body: "{}" });
      expect([response.status, response.headers.get("x-why")]).toEqual([400, "word"]);
      expect(await response.json()).toMatchObject({ error: { message: "I may not say that." } });
    },
  );

  test("Gemini's stream without events is a JSON array", async () => {
    await using stage = await stageOf({ requestHeaders: words });
    const body = JSON.stringify({ contents: [{ role: "user", parts: [{ text: "Hi" }] }] });
    const response = await stage.fetch("/v1beta/models/gpt-4o:streamGenerateContent", { method: "POST", body });
    expect(await response.json()).toContainEqual(
      expect.objectContaining({ candidates: [expect.objectContaining({ content: expect.anything() })] }),
    );
  });

  test("a request that cannot be read gets them whole", async () => {
    await using stage = await stageOf({ requestHeaders: words });
    const headers = { "content-type": "application/json" };
    const response = await stage.fetch("/v1/chat/completions", { method: "POST", headers, body: '{"model":"m"}' });
    expect(await response.json()).toMatchObject({ choices: [{ message: { content: "I may not say that." } }] });
    const broken = await stage.fetch("/v1/messages", { method: "POST", headers, body: "{" });
    expect(await broken.json()).toMatchObject({ content: [{ text: "I may not say that." }] });
  });
});
