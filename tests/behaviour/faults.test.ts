import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import type { JsonObject } from "#src/core/json.ts";
import { eventsOf } from "#tests/support/events.ts";
import { BOTH, providerOf, routeOf } from "#tests/support/kinds.ts";
import { openStage, thrownBy } from "#tests/support/stage.ts";
import { endingAfter, endingWith, withMalformedEvent, withoutTerminator } from "#tests/support/upstream/edits.ts";
import { answering, text } from "#tests/support/upstream/script.ts";

const stage = await openStage((upstream) => ({
  providers: [
    ...BOTH.map((kind) => providerOf(kind, upstream, { failover: { enabled: false } })),
    { id: "gone", type: "openai", apiTokens: ["k"], baseUrl: "http://127.0.0.1:1/v1" },
  ],
  routes: [
    ...BOTH.map((kind) => routeOf(kind)),
    { name: "gone", match: { models: ["gone/*"] }, ai: { upstreams: [{ provider: "gone" }] } },
    {
      name: "small",
      match: { models: ["small/*"], path: { prefix: "/small" } },
      maxBodySize: 2000,
      ai: { upstreams: [{ provider: "openai" }] },
    },
  ],
}));
const { upstream, openai, claude, gateway } = stage;
const messages = [{ role: "user" as const, content: "Hi" }];

beforeEach(() => upstream.reset());
afterAll(() => stage.close());

/** An error answer as each protocol shows one. */
const SHAPES: readonly (readonly [path: string, shape: JsonObject])[] = [
  ["/v1/chat/completions", { error: { message: expect.any(String), type: expect.any(String) } }],
  ["/v1/messages", { type: "error", error: { type: expect.any(String), message: expect.any(String) } }],
];

async function expectError(response: Response, status: number, shape: JsonObject): Promise<void> {
  expect(response.status).toBe(status);
  expect(response.headers.get("content-type")).toStartWith("application/json");
  expect(response.headers.get("x-request-id")).toBeString();
  expect(await response.json()).toMatchObject(shape);
}

describe.each(SHAPES)("on %s", (path, shape) => {
  const body = (model: string): JsonObject => ({ model, max_tokens: 50, messages });

  test("a body that is no JSON is a bad request", async () => {
    await expectError(await stage.post(path, '{"model": "openai/x", '), 400, shape);
    await expectError(await stage.post(path, "[1, 2]"), 400, shape);
    await expectError(await stage.post(path, ""), 400, shape);
  });

  test("another content type is not taken", async () => {
    const response = await stage.post(path, JSON.stringify(body("openai/x")), {
      headers: { "content-type": "text/plain" },
    });
    await expectError(response, 415, shape);
  });

  test("a request without a model or messages is a bad request", async () => {
    await expectError(await stage.post(path, { messages, max_tokens: 5 }), 400, shape);
    const other = path === "/v1/messages" ? "openai/x" : "claude/x";
    await expectError(await stage.post(path, { model: other, max_tokens: 5 }), 400, shape);
  });

  test("a model nobody has is not found", async () => {
    await expectError(await stage.post(path, body("no-such-model")), 404, shape);
  });

  test("a wrong method is not allowed", async () => {
    const response = await fetch(gateway.origin + path, { headers: { "anthropic-version": "2023-06-01" } });
    expect([404, 405]).toContain(response.status);
    expect(response.headers.get("x-request-id")).toBeString();
  });

  test("a provider that refuses connections is a bad gateway", async () => {
    await expectError(await stage.post(path, body("gone/x")), 502, shape);
  });

  test.each(BOTH.map((kind) => [kind.type] as const))(
    "an answer of a %s provider that is no JSON is a bad gateway",
    async (type) => {
      upstream.serve({ body: "<html>Welcome</html>", contentType: "text/html" });
      await expectError(await stage.post(path, body(`${type}/x`)), 502, shape);
      await expectError(await stage.post(path, { ...body(`${type}/x`), stream: true }), 502, shape);
    },
  );

  test.each(BOTH.map((kind) => [kind.type] as const))(
    "an answer of a %s provider cut before its first byte is a bad gateway",
    async (type) => {
      upstream.serve(text("Hi", { cutAfterBytes: -1 }));
      await expectError(await stage.post(path, body(`${type}/x`)), 502, shape);
      await expectError(await stage.post(path, { ...body(`${type}/x`), stream: true }), 502, shape);
    },
  );

  test.each(BOTH.map((kind) => [kind.type] as const))(
    "a whole answer of a %s provider cut in the middle is no success",
    async (type) => {
      upstream.serve(text("Hi", { cutAfterBytes: 40 }));
      const outcome = await stage.post(path, body(`${type}/x`)).then(
        async (response) => (response.ok ? response.json().catch(() => "cut") : response.status),
        () => "cut",
      );
      expect(["cut", 502]).toContain(outcome as string);
    },
  );

  test("a body larger than the route takes is told so in the client's shape", async () => {
    const large = { ...body("small/x"), messages: [{ role: "user", content: "x".repeat(4000) }] };
    const response = await stage.post(`/small${path}`, large, { headers: { "x-api-key": "k" } });
    await expectError(response, 413, shape);
    expect(upstream.requests).toEqual([]);
  });
});

test("a path that is no API is not found", async () => {
  const response = await stage.post("/v1/no-such-api", { model: "openai/x" });
  expect(response.status).toBe(404);
  expect(response.headers.get("x-request-id")).toBeString();
  expect(await response.json()).toHaveProperty("error.message");
});

describe.each(BOTH.map((kind) => [kind.type] as const))("a stream of a %s provider", (type) => {
  const ask = { model: `${type}/x`, messages };

  test.each([
    ["closes before its finish reason", { edit: endingAfter(4) }],
    ["is cut", { cutAfterBytes: 900 }],
  ])("that %s ends in an error for both clients", async (_what, delivery) => {
    upstream.serve(text("one two three four five", delivery));
    const own = async () => Array.fromAsync(await openai.chat.completions.create({ ...ask, stream: true }));
    expect(await thrownBy(own())).toBeInstanceOf(OpenAI.APIError);
    const other = async () => Array.fromAsync(await claude.messages.create({ ...ask, max_tokens: 50, stream: true }));
    expect(await thrownBy(other())).toBeInstanceOf(Anthropic.APIError);
  });

  test("that only lacks its terminator is complete", async () => {
    upstream.serve(text("one two three", { edit: withoutTerminator }));
    const own = await openai.chat.completions.stream(ask).finalChatCompletion();
    expect(own.choices[0]).toMatchObject({ finish_reason: "stop", message: { content: "one two three" } });
    const other = await claude.messages.stream({ ...ask, max_tokens: 50 }).finalMessage();
    expect(other.stop_reason).toBe("end_turn");
  });

  test("arrives whole when it comes byte by byte", async () => {
    upstream.serve(text("größer 雪 👍", { drip: true }));
    const own = await openai.chat.completions.stream(ask).finalChatCompletion();
    expect(own.choices[0]?.message.content).toBe("größer 雪 👍");
    const other = await claude.messages.stream({ ...ask, max_tokens: 50 }).finalMessage();
    expect(other.content).toMatchObject([{ type: "text", text: "größer 雪 👍" }]);
  });

  test("with a malformed event ends in an error where it must be understood", async () => {
    upstream.serve(text("one two three", { edit: withMalformedEvent }));
    const path = type === "openai" ? "/v1/messages" : "/v1/chat/completions";
    const response = await stage.post(path, { ...ask, max_tokens: 50, stream: true });
    const events = await Array.fromAsync(eventsOf(response));
    expect(events.some(({ json }) => json.type === "error" || json.error !== undefined)).toBe(true);
    expect(events.some(({ json }) => json.type === "message_stop")).toBe(false);
  });
});

test("an error event of OpenAI's stream is Claude's, and the other way round", async () => {
  const frame = 'data: {"error":{"message":"out of luck","type":"server_error","param":null,"code":null}}\n\n';
  upstream.reply(text("one two three", { edit: endingWith(3, frame) }));
  const claudes = await claude.messages.create({ model: "openai/x", max_tokens: 50, messages, stream: true });
  expect(String(await thrownBy(Array.fromAsync(claudes)))).toContain("out of luck");
  const event = 'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n';
  upstream.reply(text("one two three", { edit: endingWith(4, event) }));
  const openais = await openai.chat.completions.create({ model: "claude/x", messages, stream: true });
  expect(String(await thrownBy(Array.fromAsync(openais)))).toContain("Overloaded");
});

test("Claude's grammar holds: one open block, indices without gaps, one delta and one stop", async () => {
  upstream.reply(
    answering(
      [
        { type: "text", text: "Both." },
        { type: "tool", id: "a", name: "one", input: '{"x":1}' },
        { type: "tool", id: "b", name: "two", input: '{"y":"a longer one"}' },
      ],
      { interleaved: true },
    ),
  );
  const response = await stage.post("/v1/messages", { model: "openai/x", max_tokens: 50, messages, stream: true });
  const events = (await Array.fromAsync(eventsOf(response))).filter(({ event }) => event !== "ping");
  let open: unknown;
  let next = 0;
  for (const { event, json } of events) {
    expect(json.type).toBe(event);
    if (event === "content_block_start") {
      expect(open).toBeUndefined();
      expect(json.index).toBe(next++);
      open = json.index;
    }
    if (event === "content_block_delta") expect(json.index).toBe(open as number);
    if (event === "content_block_stop") {
      expect(json.index).toBe(open as number);
      open = undefined;
    }
  }
  const names = events.map(({ event }) => event);
  expect(names[0]).toBe("message_start");
  expect(names.slice(-2)).toEqual(["message_delta", "message_stop"]);
  expect(next).toBe(3);
});
