import { afterAll, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI, { APIError } from "openai";
import type { JsonObject } from "#src/core/json.ts";
import { AWS_KEY, FakeBedrock } from "#tests/support/fake-bedrock.ts";
import { startGateway } from "#tests/support/gateway.ts";
import { thrownBy } from "#tests/support/stage.ts";
import { REASONING_AND_TOOLS, TEXT } from "#tests/protocols/bedrock-converse/fixtures.ts";

const MODEL = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const upstream = new FakeBedrock();
const signing = { awsRegion: "us-east-1", awsAccessKey: AWS_KEY.accessKeyId, awsSecretKey: AWS_KEY.secretAccessKey };
const gateway = await startGateway({
  config: {
    listeners: [{ port: 0 }],
    admin: { port: 0 },
    providers: [
      { id: "signed", type: "bedrock", baseUrl: upstream.origin, ...signing, promptCacheRetention: "in_memory" },
      {
        id: "bearer",
        type: "bedrock",
        baseUrl: upstream.origin,
        awsRegion: "us-east-1",
        apiTokens: ["ABSK-secret-key"],
      },
    ],
    routes: [
      {
        name: "bearer",
        match: { path: { prefix: "/" }, models: ["bearer-*"] },
        ai: { upstreams: [{ provider: "bearer" }] },
      },
      { name: "signed", match: { path: { prefix: "/" } }, ai: { upstreams: [{ provider: "signed" }] } },
    ],
  },
});
const openai = new OpenAI({ apiKey: "client-key", baseURL: `${gateway.origin}/v1`, maxRetries: 0 });
const claude = new Anthropic({ apiKey: "client-key", baseURL: gateway.origin, maxRetries: 0 });
const messages = [{ role: "user" as const, content: "Hi" }];

afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});

test("an OpenAI client gets a whole answer, from a request that AWS' own signer would have signed so", async () => {
  upstream.reply({ json: TEXT.whole });
  const asked = openai.chat.completions.create({
    model: MODEL,
    messages: [{ role: "system", content: "Be kind." }, ...messages],
    max_completion_tokens: 50,
  });
  const { data, response } = await asked.withResponse();
  expect(data.choices[0]).toMatchObject({ finish_reason: "stop", message: { content: "Grüße, Welt 😀" } });
  expect(data.usage).toMatchObject({ prompt_tokens: 30, completion_tokens: 12 });
  expect(upstream.last).toMatchObject({
    path: `/model/${encodeURIComponent(MODEL)}/converse`,
    body: {
      system: [{ text: "Be kind." }, { cachePoint: { type: "default" } }],
      messages: [{ role: "user", content: [{ text: "Hi" }] }],
      inferenceConfig: { maxTokens: 50 },
    },
  });
  const line = await gateway.logOf(response);
  // Dollars for a million tokens of Claude Sonnet on a regional endpoint: 3.3 and 16.5.
  expect(line).toMatchObject({ provider: "signed", input_tokens: 30, output_tokens: 12, cost_usd: 0.000297 });
  expect(response.headers.get("x-sluice-loss")).toBeNull();
});

test("an OpenAI client streams text, tools and usage out of AWS' frames", async () => {
  upstream.reply({ events: REASONING_AND_TOOLS.events });
  const stream = openai.chat.completions.stream({
    model: MODEL,
    messages,
    stream_options: { include_usage: true },
    tools: [{ type: "function", function: { name: "weather", parameters: { type: "object", properties: {} } } }],
  });
  const { choices, usage } = await stream.finalChatCompletion();
  expect(choices[0]?.finish_reason).toBe("tool_calls");
  expect(choices[0]?.message.content).toBe("I look it up.");
  expect(choices[0]?.message.tool_calls).toMatchObject([
    { id: "tooluse_1", function: { name: "weather", arguments: '{"city":"Bern"}' } },
    { id: "tooluse_2", function: { name: "now" } },
  ]);
  expect(usage).toMatchObject({
    prompt_tokens: 180,
    completion_tokens: 12,
    prompt_tokens_details: { cached_tokens: 100 },
  });
  expect(upstream.last.action).toBe("converse-stream");
});

test("a Claude client thinks, and its signed thoughts go back to Bedrock as they came", async () => {
  upstream.reply({ events: REASONING_AND_TOOLS.events });
  const ask = {
    model: MODEL,
    max_tokens: 4000,
    thinking: { type: "enabled", budget_tokens: 2000 },
    tools: [
      { name: "weather", input_schema: { type: "object" } },
      { name: "now", input_schema: { type: "object" } },
    ],
  } as const;
  const first = await claude.messages.stream({ ...ask, tools: [...ask.tools], messages }).finalMessage();
  expect(first.stop_reason).toBe("tool_use");
  expect(first.content.map(({ type }) => type)).toEqual([
    "thinking",
    "redacted_thinking",
    "text",
    "tool_use",
    "tool_use",
  ]);
  expect(first.usage).toMatchObject({
    input_tokens: 30,
    cache_read_input_tokens: 100,
    cache_creation_input_tokens: 50,
  });

  upstream.reply({ json: TEXT.whole });
  const results = ["tooluse_1", "tooluse_2"].map((id) => ({
    type: "tool_result" as const,
    tool_use_id: id,
    content: "ok",
  }));
  await claude.messages.create({
    ...ask,
    tools: [...ask.tools],
    messages: [...messages, { role: "assistant", content: first.content }, { role: "user", content: results }],
  });
  const { body } = upstream.last;
  expect(body["messages"]).toMatchObject([
    { role: "user" },
    {
      role: "assistant",
      content: [
        { reasoningContent: { reasoningText: { text: "Two cities, two calls.", signature: "c2lnbmVk" } } },
        { reasoningContent: { redactedContent: "ZW5jcnlwdGVk" } },
        { text: "I look it up." },
        { toolUse: { toolUseId: "tooluse_1", input: { city: "Bern" } } },
        { toolUse: { toolUseId: "tooluse_2", input: {} } },
      ],
    },
    { role: "user", content: [{ toolResult: { toolUseId: "tooluse_1" } }, { toolResult: { toolUseId: "tooluse_2" } }] },
  ]);
  expect(body).toMatchObject({
    additionalModelRequestFields: { thinking: { type: "enabled", budget_tokens: 2000 } },
    inferenceConfig: { maxTokens: 4000 },
  });
});

test("an exception is the client's kind of error, before a stream and within one", async () => {
  upstream.reply({ status: 429, exception: "ThrottlingException", message: "Too many tokens, please wait." });
  const before = await thrownBy(openai.chat.completions.create({ model: MODEL, messages, stream: true }));
  expect(before).toBeInstanceOf(APIError);
  expect(before).toMatchObject({ status: 429, message: expect.stringContaining("Too many tokens") });

  upstream.reply({ events: [["throttlingException", { message: "Wait." }]] });
  const first = await thrownBy(openai.chat.completions.create({ model: MODEL, messages, stream: true }));
  expect(first).toMatchObject({ status: 429, message: expect.stringContaining("Wait.") });

  upstream.reply({ events: [...TEXT.events.slice(0, 2), ["modelStreamErrorException", { message: "It broke." }]] });
  const stream = await openai.chat.completions.create({ model: MODEL, messages, stream: true });
  const texts: string[] = [];
  const within = await thrownBy(
    (async () => {
      for await (const chunk of stream) texts.push(chunk.choices[0]?.delta.content ?? "");
    })(),
  );
  expect(texts.join("")).toBe("Grüße, ");
  expect(within).toMatchObject({ message: expect.stringContaining("It broke.") });
});

test("a stream that is cut within a message ends with an error", async () => {
  upstream.reply({ events: TEXT.events.slice(0, 2), cut: true });
  const failed = await thrownBy(claude.messages.stream({ model: MODEL, max_tokens: 10, messages }).finalMessage());
  expect(failed).toMatchObject({ message: expect.stringContaining("ended before its stop reason") });
});

test("Bedrock counts the tokens of a Claude client's request; when it does not, they are estimated", async () => {
  upstream.reply({ json: { inputTokens: 42 } });
  const ask = {
    model: MODEL,
    system: "Be kind.",
    messages,
    tools: [{ name: "f", input_schema: { type: "object" as const } }],
    thinking: { type: "enabled" as const, budget_tokens: 2000 },
  };
  const { data, response } = await claude.messages.countTokens(ask).withResponse();
  expect(data.input_tokens).toBe(42);
  expect(response.headers.get("x-sluice-estimate")).toBeNull();
  expect(upstream.last.action).toBe("count-tokens");
  const { input } = upstream.last.body as { input: { converse: JsonObject } };
  expect(Object.keys(input.converse).toSorted()).toEqual([
    "additionalModelRequestFields",
    "messages",
    "system",
    "toolConfig",
  ]);

  upstream.reply({
    status: 400,
    exception: "ValidationException",
    message: "The provided model doesn't support counting tokens.",
  });
  const estimated = await claude.messages.countTokens(ask).withResponse();
  expect(estimated.response.headers.get("x-sluice-estimate")).toBe("true");
  expect(estimated.data.input_tokens).toBeGreaterThan(5);
});

test("embeddings and images are made by invoke, in the model's own format", async () => {
  upstream.reply({ json: { embedding: [0.5, -0.25], inputTextTokenCount: 3 } });
  const embedded = await openai.embeddings.create({
    model: "amazon.titan-embed-text-v2:0",
    input: "Hi",
    dimensions: 256,
  });
  expect(embedded.data[0]?.embedding).toEqual([0.5, -0.25]);
  expect(embedded.usage.prompt_tokens).toBe(3);
  expect(upstream.last).toMatchObject({
    path: "/model/amazon.titan-embed-text-v2%3A0/invoke",
    body: { inputText: "Hi", dimensions: 256 },
  });

  upstream.reply({ json: { images: ["aGk="], error: null } });
  const drawn = await openai.images.generate({ model: "amazon.nova-canvas-v1:0", prompt: "a cat", size: "1024x1024" });
  expect(drawn.data?.[0]?.b64_json).toBe("aGk=");
  expect(upstream.last.body).toMatchObject({ imageGenerationConfig: { width: 1024, height: 1024 } });

  upstream.reply({ status: 400, exception: "ValidationException", message: "The text is too long." });
  const refused = await thrownBy(openai.embeddings.create({ model: "amazon.titan-embed-text-v2:0", input: "Hi" }));
  expect(refused).toMatchObject({ status: 400, message: expect.stringContaining("too long") });
});

test("a bearer key is sent as such, and neither key is in a log", async () => {
  upstream.reply({ json: TEXT.whole });
  await openai.chat.completions.create({ model: "bearer-model", messages });
  expect(upstream.last.headers.get("authorization")).toBe("Bearer ABSK-secret-key");
  expect(upstream.last.headers.has("x-amz-date")).toBe(false);
  expect(gateway.output).not.toContain("ABSK-secret-key");
  expect(gateway.output).not.toContain(AWS_KEY.secretAccessKey);
});
