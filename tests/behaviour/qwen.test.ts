import { afterAll, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import type { JsonObject } from "#src/core/json.ts";
import { ANSWERS } from "#tests/protocols/dashscope/fixtures.ts";
import { startGateway } from "#tests/support/gateway.ts";
import { thrownBy } from "#tests/support/stage.ts";

/** DashScope as far as it is needed here; formats: tests/protocols/dashscope/fixtures.ts and help.aliyun.com/zh/model-studio. */
interface Seen {
  readonly path: string;
  readonly headers: Headers;
  readonly body: JsonObject;
}
const seen: Seen[] = [];
const replies: Response[] = [];
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  async fetch(request) {
    const text = await request.text();
    const body = text === "" ? {} : (JSON.parse(text) as JsonObject);
    seen.push({ path: new URL(request.url).pathname, headers: request.headers, body });
    return (
      replies.shift() ?? Response.json({ code: "InternalError", message: "The test told no answer." }, { status: 500 })
    );
  },
});
const qwen = {
  type: "qwen",
  baseUrl: `http://127.0.0.1:${server.port}`,
  apiTokens: ["sk-dashscope-key"],
  failover: { enabled: false },
};
const gateway = await startGateway({
  config: {
    listeners: [{ port: 0 }],
    admin: { port: 0 },
    providers: [
      { ...qwen, id: "native", qwenEnableCompatible: false, qwenEnableSearch: true },
      { ...qwen, id: "compatible" },
    ],
    routes: [
      { name: "native", match: { path: { prefix: "/native" } }, ai: { upstreams: [{ provider: "native" }] } },
      { name: "compatible", match: { path: { prefix: "/" } }, ai: { upstreams: [{ provider: "compatible" }] } },
    ],
  },
});
const openai = new OpenAI({ apiKey: "client-key", baseURL: `${gateway.origin}/native/v1`, maxRetries: 0 });
const messages = [{ role: "user" as const, content: "Hi" }];

afterAll(async () => {
  await gateway.stop();
  await server.stop(true);
});

function last(): Seen {
  const one = seen.at(-1);
  if (one === undefined) throw new Error("nothing was asked");
  return one;
}

function events(sse: string): Response {
  return new Response(sse, { headers: { "content-type": "text/event-stream;charset=UTF-8" } });
}

test("an OpenAI client talks to DashScope in its own format", async () => {
  replies.push(Response.json(ANSWERS[0]!.whole));
  const answer = await openai.chat.completions.create({ model: "qwen-plus", messages, reasoning_effort: "low" });
  expect(answer).toMatchObject({
    id: "dd51401b",
    choices: [{ finish_reason: "stop", message: { content: "Grüße, Welt 😀", reasoning_content: "Two cities." } }],
    usage: { prompt_tokens: 283, completion_tokens: 8, prompt_tokens_details: { cached_tokens: 64 } },
  });
  expect(last()).toMatchObject({
    path: "/api/v1/services/aigc/text-generation/generation",
    body: {
      model: "qwen-plus",
      input: { messages },
      parameters: { result_format: "message", enable_thinking: true, thinking_budget: 2048, enable_search: true },
    },
  });
  expect(last().headers.get("authorization")).toBe("Bearer sk-dashscope-key");
  expect(last().headers.has("x-dashscope-sse")).toBe(false);
});

test("and streams tools out of its events", async () => {
  replies.push(events(ANSWERS[1]!.sse));
  const tools = ["weather", "now"].map((name) => ({ type: "function" as const, function: { name, parameters: {} } }));
  const { choices } = await openai.chat.completions
    .stream({ model: "qwen-plus", messages, tools })
    .finalChatCompletion();
  expect(choices[0]?.message.tool_calls).toMatchObject([
    { id: "call_1", function: { name: "weather", arguments: '{"city": "Bern"}' } },
    { id: "call_2", function: { name: "now", arguments: "{}" } },
  ]);
  expect(last().headers.get("x-dashscope-sse")).toBe("enable");
  expect(last().body["parameters"]).toMatchObject({ incremental_output: true });
});

test("images go to the API of the models that see", async () => {
  replies.push(Response.json(ANSWERS[2]!.whole));
  const url = "data:image/png;base64,aGk=";
  const content = [
    { type: "image_url" as const, image_url: { url } },
    { type: "text" as const, text: "What?" },
  ];
  await openai.chat.completions.create({ model: "qwen-vl-max", messages: [{ role: "user", content }] });
  expect(last()).toMatchObject({
    path: "/api/v1/services/aigc/multimodal-generation/generation",
    body: { input: { messages: [{ content: [{ image: url }, { text: "What?" }] }] } },
  });
});

test("an error in the first event, and one with a status, are errors of the client's kind", async () => {
  const told = { code: "Throttling.RateQuota", message: "Requests rate limit exceeded.", request_id: "r" };
  replies.push(events(`id:1\nevent:error\n:HTTP_STATUS/429\ndata:${JSON.stringify(told)}\n\n`));
  const streamed = await thrownBy(openai.chat.completions.create({ model: "qwen-plus", messages, stream: true }));
  expect(streamed).toMatchObject({ status: 429, message: expect.stringContaining("rate limit exceeded") });
  replies.push(Response.json({ code: "InvalidApiKey", message: "Invalid API-key provided." }, { status: 401 }));
  const refused = await thrownBy(openai.chat.completions.create({ model: "qwen-plus", messages }));
  expect(refused).toMatchObject({ status: 401, message: expect.stringContaining("Invalid API-key") });
});

test("embeddings are converted", async () => {
  const output = { embeddings: [{ text_index: 0, embedding: [0.5, -0.25] }] };
  replies.push(Response.json({ output, usage: { total_tokens: 2 } }));
  const { data, usage } = await openai.embeddings.create({ model: "text-embedding-v4", input: "Hi", dimensions: 64 });
  expect(data[0]?.embedding).toEqual([0.5, -0.25]);
  expect(usage.total_tokens).toBe(2);
  expect(last()).toMatchObject({
    path: "/api/v1/services/embeddings/text-embedding/text-embedding",
    body: { input: { texts: ["Hi"] }, parameters: { dimension: 64 } },
  });
});

test("Claude's clients are answered by DashScope's own Messages, other services go through", async () => {
  replies.push(
    Response.json({
      id: "msg_1", type: "message", role: "assistant", model: "qwen3-max", content: [{ type: "text", text: "Hello." }],
      stop_reason: "end_turn", stop_sequence: null, usage: { input_tokens: 1, output_tokens: 2 },
    }),
  ); // prettier-ignore
  const claude = new Anthropic({ apiKey: "client-key", baseURL: gateway.origin, maxRetries: 0 });
  const answer = await claude.messages.create({ model: "qwen3-max", max_tokens: 9, messages });
  expect(answer.content).toMatchObject([{ type: "text", text: "Hello." }]);
  expect(last().path).toBe("/apps/anthropic/v1/messages");
  expect(last().headers.get("x-api-key")).toBe("sk-dashscope-key");

  const task = { output: { task_id: "t1", task_status: "PENDING" }, request_id: "r" };
  replies.push(Response.json(task));
  const asked = await fetch(`${gateway.origin}/api/v1/services/aigc/text2image/image-synthesis`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-dashscope-async": "enable" },
    body: JSON.stringify({ model: "wan2.2-t2i-flash", input: { prompt: "a cat" } }),
  });
  expect(await asked.json()).toEqual(task);
  expect(last().path).toBe("/api/v1/services/aigc/text2image/image-synthesis");
  expect(last().headers.get("x-dashscope-async")).toBe("enable");
  expect(gateway.output).not.toContain("sk-dashscope-key");
});
