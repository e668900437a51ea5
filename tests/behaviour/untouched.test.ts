import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { openStage } from "#tests/support/stage.ts";
import { inserting, withComments, withCrLf } from "#tests/support/upstream/edits.ts";
import { text } from "#tests/support/upstream/script.ts";

// vLLM takes unknown fields, as the servers do that people run themselves.
const stage = await openStage((upstream) => ({
  providers: [
    { id: "vllm", type: "vllm", baseUrl: `${upstream.origin}/vllm/v1` },
    { id: "claude", type: "claude", apiTokens: ["k"], baseUrl: `${upstream.origin}/claude` },
  ],
  routes: [
    { name: "same", match: { models: ["same-*"] }, ai: { upstreams: [{ provider: "vllm" }] } },
    {
      name: "renamed",
      match: { models: ["renamed-*"] },
      ai: { upstreams: [{ provider: "vllm", model: "org/real-name" }] },
    },
    {
      name: "asked",
      match: { models: ["asked-*"] },
      ai: { upstreams: [{ provider: "vllm", model: "org/real-name" }], responseModel: "requested" },
    },
    { name: "claude", match: { models: ["claude-*"] }, ai: { upstreams: [{ provider: "claude" }] } },
  ],
}));
const { upstream } = stage;

beforeEach(() => upstream.reset());
afterAll(() => stage.close());

/**
 * Unusual spacing, key order, number forms, escapes and unknown fields: all of it must arrive as it is. A stream asks for its usage, which
 * the gateway would ask for otherwise.
 */
function bodyOf(model: string, streamed: boolean): string {
  return `{ "zeta":1.50,"messages" : [ {"role":"user","content":"caf\\u00e9 \\/ 雪","own_field":[null,1e3]} ],
  "guided_json": {"type":"object"},\t"model":"${model}" , "stream":${streamed}, ${streamed ? '"stream_options": {"include_usage" :true},' : ""} "alpha": {"model":"inner"} }`;
}

describe.each([false, true])("OpenAI's protocol on both sides, streamed: %p", (streamed) => {
  test("the request's bytes are the client's", async () => {
    const body = bodyOf("same-model", streamed);
    await (await stage.post("/v1/chat/completions", body)).text();
    expect(new TextDecoder().decode(upstream.last.body)).toBe(body);
  });

  test("only the model's name is replaced", async () => {
    await (await stage.post("/v1/chat/completions", bodyOf("renamed-model", streamed))).text();
    expect(new TextDecoder().decode(upstream.last.body)).toBe(bodyOf("org/real-name", streamed));
  });

  test("the answer's bytes are the provider's", async () => {
    const extra = 'data: {"unknown":"chunk",  "choices":[]}\n\n';
    upstream.reply(text("Grüße 雪", { edit: (frames) => inserting(2, extra)(withComments(withCrLf(frames))) }));
    const response = await stage.post("/v1/chat/completions", bodyOf("same-model", streamed));
    const bytes = new Uint8Array(await response.arrayBuffer());
    expect(Buffer.from(bytes).equals(Buffer.from(upstream.last.sent()))).toBe(true);
    expect(response.headers.get("content-type")).toStartWith(streamed ? "text/event-stream" : "application/json");
  });

  test("the answer carries the model asked for where the route says so", async () => {
    upstream.reply(text("Hi"));
    const response = await stage.post("/v1/chat/completions", bodyOf("asked-model", streamed));
    const answer = await response.text();
    expect(answer).toContain("asked-model");
    expect(answer).not.toContain("org/real-name");
  });
});

test("what a stream adds to count tokens is hidden from a client that did not ask for it", async () => {
  const body = bodyOf("same-model", true).replace(/"stream_options".*?\},/, "");
  upstream.reply(text("one two"));
  const response = await stage.post("/v1/chat/completions", body);
  const answer = await response.text();
  const sent = new TextDecoder()
    .decode(upstream.last.body)
    .replace(/"stream_options":\{"include_usage":true\},?|,"stream_options":\{"include_usage":true\}/, "");
  expect(sent).toBe(body);
  expect(answer).not.toContain("prompt_tokens");
  expect(answer).not.toContain('"choices":[]');
  expect(await stage.gateway.logOf(response)).toMatchObject({ input_tokens: 11, output_tokens: 7 });
});

describe.each([false, true])("Claude's protocol on both sides, streamed: %p", (streamed) => {
  const body = `{"max_tokens":  9, "model":"claude-x","messages":[{"content":"Gr\\u00fc\\u00dfe","role":"user"}],"stream":${streamed}}`;

  test("bytes are left alone in both directions", async () => {
    upstream.reply(text("Grüße 雪"));
    const response = await stage.post("/v1/messages", body);
    const bytes = new Uint8Array(await response.arrayBuffer());
    expect(new TextDecoder().decode(upstream.last.body)).toBe(body);
    expect(Buffer.from(bytes).equals(Buffer.from(upstream.last.sent()))).toBe(true);
  });

  test("the protocol's own headers go along", async () => {
    const headers = { "anthropic-version": "2023-06-01", "anthropic-beta": "one-2025-01-01,two-2025-02-02" };
    await (await stage.post("/v1/messages", body, { headers })).text();
    expect(upstream.last.headers).toMatchObject(headers);
  });
});
