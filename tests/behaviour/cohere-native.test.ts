/** Cohere's own clients at the gateway: their key stays there, everything else goes through as it is. */
import { afterAll, describe, expect, test } from "bun:test";
import { createCohere } from "@ai-sdk/cohere";
import { embedMany, generateText, Output, rerank, stepCountIs, streamText, tool } from "ai";
import { CohereClient, CohereClientV2 } from "cohere-ai";
import { z } from "zod";
import type { JsonObject } from "#src/core/json.ts";
import { TEXT, THINKING, TOOLS } from "#tests/protocols/cohere-chat/fixtures.ts";
import { FakeCohere } from "#tests/support/fake-cohere.ts";
import { startGateway } from "#tests/support/gateway.ts";
import { thrownBy } from "#tests/support/stage.ts";
import { vectorOf } from "#tests/support/upstream/embeddings.ts";

const upstream = new FakeCohere();
const gateway = await startGateway({
  config: {
    admin: { port: 0 },
    consumers: [{ name: "alice", credentials: ["alice-key"] }],
    prices: { "command-a-03-2025": { input: 2, output: 10 } },
    providers: [
      {
        id: "cohere",
        type: "cohere",
        baseUrl: upstream.origin,
        apiTokens: ["co-key"],
        failover: { enabled: false },
        modelMapping: { command: "command-a-03-2025" },
      },
      { id: "refused", type: "cohere", baseUrl: upstream.origin, apiTokens: ["co-wrong"] },
      { id: "openai", type: "openai", baseUrl: "http://127.0.0.1:9", apiTokens: ["sk-unused"] },
    ],
    routes: [
      { name: "openai", match: { models: ["gpt-*"] }, ai: { upstreams: [{ provider: "openai" }] } },
      {
        name: "second",
        match: { models: ["second/*"] },
        ai: {
          upstreams: [{ provider: "refused", model: "command-a" }],
          fallback: { upstreams: [{ provider: "cohere", model: "command-a" }], responseCodes: ["4xx"] },
        },
      },
      { name: "cohere", match: { models: ["*"] }, ai: { upstreams: [{ provider: "cohere" }] } },
    ],
  },
});
const sdk = createCohere({ apiKey: "alice-key", baseURL: `${gateway.origin}/v2` });
const options = { token: "alice-key", environment: gateway.origin, clientName: "the tests", maxRetries: 0 };
const client = new CohereClientV2(options);
const first = new CohereClient(options);
const messages = [{ role: "user" as const, content: "Hi" }];
const TEXTS = ["one", "three", "雪"];

afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});

/** The access log's line of the request for this model, once it is written. */
function lineOf(model: string): Promise<JsonObject> {
  return gateway.stdout.find(`the line of ${model}`, (text) =>
    text.includes(`"model_asked":"${model}"`) ? (JSON.parse(text) as JsonObject) : undefined,
  );
}

async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const events: T[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

describe("cohere-ai", () => {
  test("chats: the model is mapped, the key is the gateway's, the rest goes on as it is", async () => {
    upstream.reply({ json: TEXT.whole });
    const answer = await client.chat({ model: "command", messages, safetyMode: "OFF", temperature: 0.1 });
    expect(answer.message.content).toEqual([{ type: "text", text: "Grüße, Welt 😀" }]);
    expect(answer.message.citations).toHaveLength(1);
    expect(answer.usage?.billedUnits).toEqual({ inputTokens: 28, outputTokens: 16 });
    expect(upstream.last).toMatchObject({
      path: "/v2/chat",
      body: { model: "command-a-03-2025", messages, safety_mode: "OFF", temperature: 0.1, stream: false },
    });
    expect(upstream.last.headers.get("authorization")).toBe("Bearer co-key");
    expect(upstream.last.headers.get("x-client-name")).toBe("the tests");
    expect(await lineOf("command")).toMatchObject({
      api: "cohere-chat",
      route: "cohere",
      consumer: "alice",
      model_used: "command-a-03-2025",
      input_tokens: 28,
      output_tokens: 16,
      cost_usd: 0.000216,
      upstream_protocol: "cohere-chat",
    });
    const metrics = await (await fetch(`${gateway.admin}/metrics`)).text();
    expect(metrics).toMatch(/gen_ai_client_token_usage_sum\{[^}]*gen_ai_operation_name="chat"[^}]*\} 28/);
  });

  test("streams: every event arrives, and its usage is in the log", async () => {
    upstream.reply({ sse: TOOLS.sse });
    const events = await all(await client.chatStream({ model: "command-streamed", messages }));
    const sent = [...TOOLS.sse.matchAll(/^event: (\S+)$/gm)].map(([, name]) => name as string);
    expect(events.map(({ type }) => type as string)).toEqual(sent);
    expect(await lineOf("command-streamed")).toMatchObject({
      stream: true,
      input_tokens: 28,
      cached_input_tokens: 12,
      output_tokens: 16,
    });
  });

  test("embeds and ranks by both versions, each at its own path", async () => {
    const asked = { model: "embed-v4.0", texts: TEXTS, inputType: "search_query" as const };
    const now = await client.embed({ ...asked, embeddingTypes: ["float"] });
    expect(now.embeddings.float).toEqual(TEXTS.map(vectorOf));
    expect(upstream.last).toMatchObject({ path: "/v2/embed", body: { input_type: "search_query" } });
    const before = await first.embed(asked);
    expect(before.embeddings).toEqual(TEXTS.map(vectorOf));
    expect(upstream.last.path).toBe("/v1/embed");
    expect(await lineOf("embed-v4.0")).toMatchObject({ api: "embeddings", input_tokens: 3 });

    const ranked = { model: "rerank-v3.5", query: "long", documents: ["a", "ccc"], topN: 1 };
    expect((await client.rerank(ranked)).results).toMatchObject([{ index: 1 }]);
    expect(upstream.last).toMatchObject({ path: "/v2/rerank", body: { top_n: 1 } });
    expect((await first.rerank({ ...ranked, returnDocuments: true })).results).toMatchObject([{ index: 1 }]);
    expect(upstream.last).toMatchObject({ path: "/v1/rerank", body: { return_documents: true } });
  });

  test("chats by the first version, whose streams are lines", async () => {
    const meta = { billed_units: { input_tokens: 5, output_tokens: 2 } };
    upstream.reply({ json: { text: "Hi", generation_id: "g", finish_reason: "COMPLETE", meta } });
    expect(await first.chat({ model: "command-r", message: "Hi" })).toMatchObject({ text: "Hi" });
    expect(upstream.last).toMatchObject({ path: "/v1/chat", body: { message: "Hi" } });
    expect(await lineOf("command-r")).toMatchObject({ input_tokens: 5, output_tokens: 2 });

    const lines = [
      { is_finished: false, event_type: "text-generation", text: "Hi" },
      { is_finished: true, event_type: "stream-end", finish_reason: "COMPLETE", response: { text: "Hi", meta } },
    ];
    upstream.reply({ lines });
    const events = await all(await first.chatStream({ model: "command-lines", message: "Hi" }));
    expect(events.map(({ eventType }) => eventType)).toEqual(["text-generation", "stream-end"]);
  });

  test("gets Cohere's errors, and the gateway's own in Cohere's words", async () => {
    upstream.reply({ status: 429, message: "slow down", headers: { "retry-after": "7" } });
    const limited = await thrownBy(client.chat({ model: "command", messages }));
    expect(limited).toMatchObject({ statusCode: 429, body: { message: "slow down" } });

    const other = await thrownBy(client.chat({ model: "gpt-5", messages }));
    expect(other).toMatchObject({
      statusCode: 404,
      body: { id: expect.any(String), message: "The provider 'openai' (openai) has no cohere-chat API." },
    });
    expect(await thrownBy(first.rerank({ model: "gpt-5", query: "q", documents: ["a"] }))).toMatchObject({
      statusCode: 404,
      // Others have this path as well, whose clients read OpenAI's errors.
      body: {
        message: expect.stringMatching(/'openai' \(openai\) has no rerank API/),
        error: { code: "api_not_supported" },
      },
    });

    const stranger = new CohereClientV2({ ...options, token: "wrong" });
    const refused = await thrownBy(stranger.chat({ model: "command", messages }));
    expect(refused).toMatchObject({ statusCode: 401, body: { message: expect.stringContaining("key") } });
  });

  test("goes on to the next provider", async () => {
    upstream.reply({ json: TEXT.whole });
    const answer = await client.chat({ model: "second/x", messages });
    expect(answer.finishReason).toBe("COMPLETE");
    const { attempts } = await lineOf("second/x");
    expect(attempts).toMatchObject([{ upstream: "refused", status: 401 }, { upstream: "cohere" }]);
  });
});

describe("@ai-sdk/cohere", () => {
  test("text and thinking, whole and streamed", async () => {
    upstream.reply({ json: THINKING.whole });
    const whole = await generateText({ model: sdk("command"), prompt: "Hi", maxRetries: 0 });
    expect([whole.reasoningText, whole.text, whole.finishReason]).toEqual(["Let me see.", "It is 4", "length"]);
    upstream.reply({ sse: THINKING.sse });
    const streamed = streamText({ model: sdk("command"), prompt: "Hi", maxRetries: 0 });
    expect(await all(streamed.textStream)).toEqual(["It is", " 4"]);
    expect(await streamed.reasoningText).toBe("Let me see.");
    expect(upstream.last.body).toMatchObject({ model: "command-a-03-2025", stream: true });
  });

  test("tools over two steps", async () => {
    upstream.reply({ json: TOOLS.whole });
    upstream.reply({ json: THINKING.whole });
    const { text, steps } = await generateText({
      model: sdk("command"),
      prompt: "The weather?",
      tools: {
        weather: tool({ inputSchema: z.object({ town: z.string() }), execute: ({ town }) => `Rain in ${town}.` }),
        now: tool({ inputSchema: z.object({}), execute: () => "noon" }),
      },
      stopWhen: stepCountIs(2),
      maxRetries: 0,
    });
    expect(text).toBe("It is 4");
    expect(steps[0]?.toolCalls.map(({ toolName }) => toolName)).toEqual(["weather", "now"]);
    expect(upstream.last.body["messages"]).toContainEqual({
      role: "tool",
      content: "Rain in Köln.",
      tool_call_id: "weather_1byjy32y4hvq",
    });
  });

  test("structured output", async () => {
    const content = [{ type: "text", text: '{"town":"Köln"}' }];
    upstream.reply({ json: { ...TEXT.whole, message: { role: "assistant", content } } });
    const { output } = await generateText({
      model: sdk("command"),
      prompt: "Which town?",
      output: Output.object({ schema: z.object({ town: z.string() }) }),
      maxRetries: 0,
    });
    expect(output).toEqual({ town: "Köln" });
    expect(upstream.last.body["response_format"]).toMatchObject({
      type: "json_object",
      json_schema: { type: "object", required: ["town"] },
    });
  });

  test("embeddings and rankings", async () => {
    const { embeddings, usage } = await embedMany({
      model: sdk.embeddingModel("embed-v4.0"),
      values: TEXTS,
      maxRetries: 0,
    });
    expect(embeddings).toEqual(TEXTS.map(vectorOf));
    expect(usage.tokens).toBe(3);
    const model = sdk.reranking("rerank-v3.5");
    const { ranking } = await rerank({ model, query: "long", documents: ["a", "ccc", "bb"], topN: 2, maxRetries: 0 });
    expect(ranking.map(({ document }) => document)).toEqual(["ccc", "bb"]);
  });

  test("errors are read", async () => {
    const thrown = await thrownBy(generateText({ model: sdk("gpt-5"), prompt: "Hi", maxRetries: 0 }));
    expect(thrown).toMatchObject({
      statusCode: 404,
      message: "The provider 'openai' (openai) has no cohere-chat API.",
    });
  });
});
