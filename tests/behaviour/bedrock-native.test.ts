import { afterAll, describe, expect, test } from "bun:test";
import { createAmazonBedrock } from "@ai-sdk/amazon-bedrock";
import { createAmazonBedrockAnthropic } from "@ai-sdk/amazon-bedrock/anthropic";
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { embed, generateText, streamText, tool } from "ai";
import { z } from "zod";
import type { JsonObject } from "#src/core/json.ts";
import { REASONING_AND_TOOLS, TEXT } from "#tests/protocols/bedrock-converse/fixtures.ts";
import { AWS_KEY, FakeBedrock } from "#tests/support/fake-bedrock.ts";
import { startGateway } from "#tests/support/gateway.ts";
import { thrownBy } from "#tests/support/stage.ts";

/** Bedrock's own clients at the gateway: their signatures are dropped, the gateway's own are what the fake checks. */
const upstream = new FakeBedrock();
const gateway = await startGateway({
  config: {
    listeners: [{ port: 0 }],
    admin: { port: 0 },
    providers: [
      {
        id: "aws",
        type: "bedrock",
        baseUrl: upstream.origin,
        awsRegion: "us-east-1",
        awsAccessKey: AWS_KEY.accessKeyId,
        awsSecretKey: AWS_KEY.secretAccessKey,
        modelMapping: { sonnet: "us.anthropic.claude-sonnet-4-5-20250929-v1:0" },
      },
      { id: "openai", type: "openai", baseUrl: "http://127.0.0.1:9", apiTokens: ["sk-unused"] },
    ],
    routes: [
      { name: "openai", match: { models: ["gpt-*"] }, ai: { upstreams: [{ provider: "openai" }] } },
      { name: "aws", match: { models: ["*"] }, ai: { upstreams: [{ provider: "aws" }] } },
    ],
  },
});
const client = new BedrockRuntimeClient({
  region: "eu-west-1",
  endpoint: gateway.origin,
  credentials: { accessKeyId: "AKIACLIENT", secretAccessKey: "the-client's-own" },
  requestHandler: new NodeHttpHandler(),
  maxAttempts: 1,
});
const bedrock = createAmazonBedrock({ region: "eu-west-1", baseURL: gateway.origin, apiKey: "client-key" });
const messages = [{ role: "user" as const, content: [{ text: "Hi" }] }];
const ARN = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc";

afterAll(async () => {
  client.destroy();
  await gateway.stop();
  await upstream.close();
});

async function all<T>(stream: AsyncIterable<T> | undefined): Promise<T[]> {
  const events: T[] = [];
  for await (const event of stream ?? []) events.push(event);
  return events;
}

/** The access log's line of the request for this path, once it is written. */
function lineOf(path: string): Promise<JsonObject> {
  return gateway.stdout.find(`the line of ${path}`, (text) =>
    text.includes(`${path}"`) ? (JSON.parse(text) as JsonObject) : undefined,
  );
}

describe("AWS' client", () => {
  test("converses: the model in the path is mapped, the body goes on as it is", async () => {
    upstream.reply({ json: TEXT.whole });
    const answer = await client.send(
      new ConverseCommand({ modelId: "sonnet", messages, inferenceConfig: { maxTokens: 9 } }),
    );
    expect(answer.output?.message?.content).toEqual([{ text: "Grüße, Welt 😀" }]);
    expect(answer.usage).toMatchObject({ inputTokens: 30, outputTokens: 12 });
    expect(upstream.last).toMatchObject({
      model: "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
      action: "converse",
      body: { messages, inferenceConfig: { maxTokens: 9 } },
    });
    expect(upstream.last.headers.get("authorization")).toContain(`Credential=${AWS_KEY.accessKeyId}/`);
    expect(await lineOf("/model/sonnet/converse")).toMatchObject({
      route: "aws",
      model_asked: "sonnet",
      input_tokens: 30,
      output_tokens: 12,
    });
  });

  test("streams: every event arrives, and its usage is in the log", async () => {
    upstream.reply({ events: REASONING_AND_TOOLS.events });
    const { stream } = await client.send(new ConverseStreamCommand({ modelId: ARN, messages }));
    const events = await all(stream);
    expect(events.map((event) => Object.keys(event)[0])).toEqual(REASONING_AND_TOOLS.events.map(([name]) => name));
    expect(events.at(-1)?.metadata?.usage).toMatchObject({ inputTokens: 30, cacheReadInputTokens: 100 });
    expect(upstream.last).toMatchObject({ model: ARN, action: "converse-stream" });
    expect(await lineOf("/converse-stream")).toMatchObject({ input_tokens: 180, output_tokens: 12, stream: true });
  });

  test("invokes: Bedrock counts tokens in headers, and in the last event of a stream", async () => {
    const counted = { "x-amzn-bedrock-input-token-count": "7", "x-amzn-bedrock-output-token-count": "3" };
    upstream.reply({ json: { generation: "Hi" }, headers: counted });
    const body = JSON.stringify({ prompt: "Hi" });
    const asked = { modelId: "meta.llama3-70b-instruct-v1:0", contentType: "application/json", body };
    const answer = await client.send(
      new InvokeModelCommand({ ...asked, guardrailIdentifier: "g1", guardrailVersion: "1" }),
    );
    expect(JSON.parse(answer.body.transformToString())).toEqual({ generation: "Hi" });
    expect(upstream.last.headers.get("x-amzn-bedrock-guardrailidentifier")).toBe("g1");
    expect(await lineOf("/invoke")).toMatchObject({ input_tokens: 7, output_tokens: 3 });

    const inner = { generation: "Hi", "amazon-bedrock-invocationMetrics": { inputTokenCount: 8, outputTokenCount: 4 } };
    upstream.reply({ events: [["chunk", { bytes: btoa(JSON.stringify(inner)) }]] });
    const streamed = await client.send(new InvokeModelWithResponseStreamCommand(asked));
    const [chunk] = await all(streamed.body);
    expect(JSON.parse(new TextDecoder().decode(chunk?.chunk?.bytes))).toEqual(inner);
    const line = await lineOf("/invoke-with-response-stream");
    expect(line).toMatchObject({ input_tokens: 8, output_tokens: 4, stream: true });
  });

  test("gets Bedrock's exceptions, and the gateway's own as such", async () => {
    upstream.reply({ status: 429, exception: "ThrottlingException", message: "Slow down." });
    const throttled = await thrownBy(client.send(new ConverseCommand({ modelId: "sonnet", messages })));
    expect(throttled).toMatchObject({
      name: "ThrottlingException",
      message: "Slow down.",
      $metadata: { httpStatusCode: 429 },
    });

    const other = await thrownBy(client.send(new ConverseCommand({ modelId: "gpt-5", messages })));
    expect(other).toMatchObject({
      name: "ResourceNotFoundException",
      message: expect.stringMatching(/'openai' \(openai\) has no bedrock-runtime API/),
    });
  });

  test("gets an exception in a stream", async () => {
    upstream.reply({ events: [...TEXT.events.slice(0, 2), ["throttlingException", { message: "Slow down." }]] });
    const own = await client.send(new ConverseStreamCommand({ modelId: "sonnet", messages }));
    expect(await thrownBy(all(own.stream))).toMatchObject({ name: "ThrottlingException", message: "Slow down." });
  });
});

describe("the AI SDK's Bedrock provider", () => {
  test("generates text with tools", async () => {
    upstream.reply({ json: REASONING_AND_TOOLS.whole });
    const { text, toolCalls, usage } = await generateText({
      model: bedrock("sonnet"),
      prompt: "Hi",
      tools: {
        weather: tool({ inputSchema: z.object({ city: z.string() }) }),
        now: tool({ inputSchema: z.object({}) }),
      },
    });
    expect(text).toBe("I look it up.");
    expect(toolCalls.map(({ toolName, input }) => [toolName, input])).toEqual([
      ["weather", { city: "Bern" }],
      ["now", {}],
    ]);
    expect(usage.inputTokens).toBe(180);
    expect(upstream.last.headers.get("authorization")).toStartWith("AWS4-HMAC-SHA256 ");
  });

  test("streams text", async () => {
    upstream.reply({ events: TEXT.events });
    const { textStream, finishReason } = streamText({ model: bedrock("sonnet"), prompt: "Hi" });
    expect((await all(textStream)).join("")).toBe("Grüße, Welt 😀");
    expect(await finishReason).toBe("stop");
  });

  test("embeds by invoke", async () => {
    upstream.reply({ json: { embedding: [0.5, -0.25], inputTextTokenCount: 2 } });
    const { embedding } = await embed({ model: bedrock.embedding("amazon.titan-embed-text-v2:0"), value: "Hi" });
    expect(embedding).toEqual([0.5, -0.25]);
    expect(upstream.last).toMatchObject({ action: "invoke", body: { inputText: "Hi" } });
  });
});

test("the AI SDK's Claude models on Bedrock stream through invoke", async () => {
  const text = (value: string): JsonObject => ({
    type: "content_block_delta",
    index: 0,
    delta: { type: "text_delta", text: value },
  });
  const events: JsonObject[] = [
    {
      type: "message_start",
      message: {
        id: "msg_1",
        type: "message",
        role: "assistant",
        model: "claude",
        content: [],
        usage: { input_tokens: 5, output_tokens: 1 },
      },
    },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    text("Hello, "),
    text("you."),
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 3 } },
    { type: "message_stop", "amazon-bedrock-invocationMetrics": { inputTokenCount: 5, outputTokenCount: 3 } },
  ];
  upstream.reply({ events: events.map((event) => ["chunk", { bytes: btoa(JSON.stringify(event)) }]) });
  const claude = createAmazonBedrockAnthropic({ region: "eu-west-1", baseURL: gateway.origin, apiKey: "client-key" });
  const { textStream, finishReason } = streamText({ model: claude("sonnet"), prompt: "Hi" });
  expect((await all(textStream)).join("")).toBe("Hello, you.");
  expect(await finishReason).toBe("stop");
  expect(upstream.last).toMatchObject({
    model: "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    action: "invoke-with-response-stream",
    body: { anthropic_version: "bedrock-2023-05-31" },
  });
  expect(await lineOf("/model/sonnet/invoke-with-response-stream")).toMatchObject({
    input_tokens: 5,
    output_tokens: 3,
  });
});

test("consumers come with their own keys, which stay at the gateway", async () => {
  const closed = await startGateway({
    config: {
      listeners: [{ port: 0 }],
      admin: { port: 0 },
      consumers: [{ name: "alice", credentials: ["alice-key"] }],
      providers: [{ type: "bedrock", baseUrl: upstream.origin, awsRegion: "us-east-1", apiTokens: ["ABSK-bedrock"] }],
      routes: [{ name: "aws", ai: { upstreams: [{ provider: "bedrock" }] } }],
    },
  });
  const as = (token: string): BedrockRuntimeClient =>
    new BedrockRuntimeClient({
      region: "us-east-1",
      endpoint: closed.origin,
      token: { token },
      authSchemePreference: ["httpBearerAuth"],
      requestHandler: new NodeHttpHandler(),
      maxAttempts: 1,
    });
  try {
    const asked = { modelId: "m", messages };
    expect(await thrownBy(as("wrong").send(new ConverseCommand(asked)))).toMatchObject({
      name: "AccessDeniedException",
      $metadata: { httpStatusCode: 401 },
    });
    upstream.reply({ json: TEXT.whole });
    const answer = await as("alice-key").send(new ConverseCommand(asked));
    expect(answer.stopReason).toBe("end_turn");
    expect(upstream.last.headers.get("authorization")).toBe("Bearer ABSK-bedrock");
  } finally {
    await closed.stop();
  }
});
