import { afterAll, expect, test } from "bun:test";
import { BOTH, providerOf, routeOf } from "#tests/support/kinds.ts";
import { openStage } from "#tests/support/stage.ts";

const stage = await openStage((upstream) => ({
  providers: BOTH.map((kind) => providerOf(kind, upstream, { failover: { enabled: false } })),
  routes: BOTH.map((kind) => routeOf(kind)),
}));
afterAll(() => stage.close());

const ASKED = { max_tokens: 9, messages: [{ role: "user", content: "Hi" }] };
/** The clients that do not speak the protocol of the provider. */
const PATHS = [
  { type: "openai", path: "/v1/messages", asked: ASKED },
  { type: "claude", path: "/v1/chat/completions", asked: ASKED },
  { type: "claude", path: "/v1/responses", asked: { input: "Hi" } },
] as const;

const deep = (depth: number): string => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
const bodyOf = (extra: string): Readonly<Record<string, string>> => ({
  openai: `{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hi","x":${extra}},"finish_reason":"stop"}]}`,
  claude: `{"id":"m","type":"message","role":"assistant","model":"m","content":[{"type":"tool_use","id":"t","name":"f","input":${extra}}],"stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":1}}`,
});
const eventsOf = (extra: string): Readonly<Record<string, string>> => ({
  openai: `data: {"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"hi"},"x":${extra}}]}\n\n`,
  claude: `event: message_start\ndata: {"type":"message_start","message":{"id":"m","model":"m","content":[],"x":${extra}}}\n\n`,
});

test.each(PATHS)("a deep answer of $type is the provider's fault at $path", async ({ type, path, asked }) => {
  for (const stream of [false, true]) {
    const body = { model: `${type}/x`, stream, ...asked };
    stage.upstream.serve({ body: bodyOf(deep(200))[type] ?? "" });
    const fine = await stage.post(path, body);
    expect([fine.status, await fine.text()]).toEqual([200, expect.any(String)]);
    stage.upstream.serve({ body: bodyOf(deep(20_000))[type] ?? "" });
    const deeper = await stage.post(path, body);
    expect(deeper.status).toBe(502);
    expect(await deeper.text()).toContain("The provider's answer is nested more than 500 levels deep.");
  }
});

test.each(PATHS)("a deep event of $type ends the stream at $path", async ({ type, path, asked }) => {
  stage.upstream.serve({ body: eventsOf(deep(20_000))[type] ?? "", contentType: "text/event-stream" });
  const response = await stage.post(path, { model: `${type}/x`, stream: true, ...asked });
  expect(await response.text()).toContain("The provider's answer is nested more than 500 levels deep.");
});

test("a call's arguments that are too deep for an object stay the text they are", async () => {
  const text = deep(20_000);
  const call = { id: "t", type: "function", function: { name: "f", arguments: text } };
  const message = { role: "assistant", content: null, tool_calls: [call] };
  stage.upstream.serve({
    body: JSON.stringify({ id: "c", model: "m", choices: [{ index: 0, message, finish_reason: "tool_calls" }] }),
  });
  const response = await stage.post("/v1/messages", { model: "openai/x", ...ASKED });
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ content: [{ type: "tool_use", input: { input: text } }] });
});
