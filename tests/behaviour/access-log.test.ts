import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { BOTH, providerOf, routeOf } from "#tests/support/kinds.ts";
import { openStage } from "#tests/support/stage.ts";
import { failing, text } from "#tests/support/upstream/script.ts";

const stage = await openStage((upstream) => ({
  consumers: [{ name: "alice", credentials: ["client-key"] }],
  providers: [
    ...BOTH.map((kind) => providerOf(kind, upstream)),
    { id: "two-keys", type: "openai", apiTokens: ["key-one", "key-two"], baseUrl: `${upstream.origin}/openai/v1` },
  ],
  routes: [
    ...BOTH.map((kind) => routeOf(kind)),
    { name: "failing-over", match: { models: ["two/*"] }, ai: { upstreams: [{ provider: "two-keys", model: "m" }] } },
  ],
}));
const { upstream, gateway } = stage;
const messages = [{ role: "user", content: "Hi" }];

beforeEach(() => upstream.reset());
afterAll(() => stage.close());

describe.each(BOTH.map((kind) => [kind.type] as const))("the line of a request to %s", (type) => {
  test.each([false, true])("says what an operator asks, streamed: %p", async (streamed) => {
    upstream.reply(text("one two three", { usage: { input: 50, cached: 20, output: 8 } }));
    const body = JSON.stringify({ model: `${type}/x`, messages, stream: streamed });
    const response = await stage.post("/v1/chat/completions", body);
    const answer = await response.arrayBuffer();
    const line = await gateway.logOf(response);
    expect(line).toMatchObject({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
      method: "POST",
      path: "/v1/chat/completions",
      route: type,
      provider: type,
      consumer: "alice",
      model_asked: `${type}/x`,
      model_used: "fake-large",
      status: 200,
      stream: streamed,
      request_bytes: body.length,
      response_bytes: answer.byteLength,
      input_tokens: 50,
      output_tokens: 8,
      cached_input_tokens: 20,
      finish_reason: "stop",
    });
    const { time_to_headers_ms: headers, time_to_first_token_ms: first, total_ms: total } = line;
    for (const span of [headers, first, total]) expect(span).toBeNumber();
    expect(total as number).toBeGreaterThanOrEqual(first as number);
    expect(line.attempts).toHaveLength(1);
  });
});

test("every attempt is in it, its credential by number only", async () => {
  upstream.reply(failing(429));
  const response = await stage.post("/v1/chat/completions", { model: "two/x", messages });
  expect(response.status).toBe(200);
  const line = await gateway.logOf(response);
  expect(line.attempts).toMatchObject([{ upstream: "two-keys", status: 429 }, { upstream: "two-keys" }]);
  expect(JSON.stringify(line)).not.toMatch(/key-one|key-two/);
});

test("a request is one line", async () => {
  const response = await stage.post("/v1/messages", { model: "claude/x", max_tokens: 5, messages });
  await response.text();
  await gateway.logOf(response);
  const id = response.headers.get("x-request-id");
  expect(gateway.logs.filter((line) => line.request_id === id)).toHaveLength(1);
});

test("a query is not in it, since it may hold a key", async () => {
  const response = await stage.post("/v1/chat/completions?key=client-key&x=y", { model: "openai/x", messages });
  expect(await gateway.logOf(response)).toMatchObject({ path: "/v1/chat/completions" });
});
