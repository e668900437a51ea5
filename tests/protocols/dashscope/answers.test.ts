import { describe, expect, test } from "bun:test";
import { array, assert, constantFrom, json, oneof, property, string, tuple } from "fast-check";
import type { ChatEvent } from "#src/core/chat.ts";
import { fold } from "#src/core/chat-fold.ts";
import { Fault } from "#src/core/fault.ts";
import type { SseEvent } from "#src/core/sse.ts";
import { dashscope } from "#src/protocols/dashscope/index.ts";
import { sseEvents } from "#tests/contracts/codec.ts";
import { strangeObject } from "#tests/support/strange-json.ts";
import { ANSWERS } from "./fixtures.ts";

function decoded(events: readonly SseEvent[]): ChatEvent[] {
  const decoder = dashscope.stream.decoder();
  return [...events.flatMap((event) => decoder.step(event)), ...decoder.end()];
}

describe.each(ANSWERS.map((answer) => [answer.name, answer] as const))(
  "the answer with %s",
  (_name, { sse, whole }) => {
    const bytes = new TextEncoder().encode(sse);
    const all = decoded(sseEvents(bytes, [bytes.length]));

    test("is the same whole and streamed", () => {
      expect(fold(all)).toEqual(fold(dashscope.response.decode(whole)));
    });

    test("gives the same events cut at every byte", () => {
      for (let at = 1; at < bytes.length; at++) {
        if (!Bun.deepEquals(decoded(sseEvents(bytes, [at, bytes.length])), all)) throw new Error(`cut at byte ${at}`);
      }
    });

    test("is not complete before its reason", () => {
      const events = sseEvents(bytes, [bytes.length]);
      for (let end = 0; end < events.length; end++) {
        expect(decoded(events.slice(0, end)).at(-1)).toMatchObject({ type: "error", code: "upstream_cut" });
      }
    });
  },
);

test("thinking, text, tokens and the id", () => {
  expect(fold(dashscope.response.decode(ANSWERS[0]!.whole))).toMatchObject({
    id: "dd51401b",
    usage: { inputTokens: 283, outputTokens: 8, cachedInputTokens: 64 },
    choices: [
      {
        finish: { unified: "stop", raw: "stop" },
        content: [
          { type: "reasoning", text: "Two cities." },
          { type: "text", text: "Grüße, Welt 😀" },
        ],
      },
    ],
  });
});

test("calls with their inputs, and what was found on the web", () => {
  expect(fold(dashscope.response.decode(ANSWERS[1]!.whole)).choices[0]).toMatchObject({
    finish: { unified: "tool-calls" },
    content: [
      { type: "tool-call", id: "call_1", name: "weather", input: '{"city": "Bern"}' },
      { type: "tool-call", id: "call_2", name: "now", input: "{}" },
    ],
  });
  expect(fold(dashscope.response.decode(ANSWERS[2]!.whole)).choices[0]?.content).toMatchObject([
    { type: "text", text: "It rains.", citations: [{ url: "https://example.com/bern", title: "Bern" }] },
  ]);
});

test("reasoning tokens, what was written to the cache, an image, and the older format", () => {
  const { usage, choices } = fold(
    dashscope.response.decode({
      output: {
        choices: [
          { finish_reason: "stop", message: { content: [{ image: "data:image/png;base64,aGk=" }, { text: "Here." }] } },
        ],
      },
      usage: {
        input_tokens: 9,
        output_tokens: 21,
        output_tokens_details: { reasoning_tokens: 20 },
        prompt_tokens_details: { cache_creation_input_tokens: 5 },
      },
    }),
  );
  expect(usage).toEqual({ inputTokens: 9, outputTokens: 21, reasoningTokens: 20, cacheWriteTokens: 5 });
  expect(choices[0]?.content).toMatchObject([
    { type: "text", text: "Here." },
    { type: "media", kind: "image", source: { mediaType: "image/png", data: "aGk=" } },
  ]);
  const older = { output: { text: "Hi", finish_reason: "stop" }, usage: { input_tokens: 1, output_tokens: 1 } };
  expect(fold(dashscope.response.decode(older)).choices[0]?.content).toEqual([{ type: "text", text: "Hi" }]);
});

describe("errors", () => {
  test("in a stream have the status of their code", () => {
    const fail = (code: string): ChatEvent[] =>
      decoded([
        { event: "error", data: JSON.stringify({ code, message: "No.", request_id: "r" }) },
        { event: "result", data: "{}" },
      ]);
    expect(fail("InvalidParameter")).toMatchObject([
      { type: "error", status: 400, message: "No.", upstream: { code: "InvalidParameter" } },
    ]);
    expect(fail("Throttling.RateQuota")).toMatchObject([{ type: "error", status: 429 }]);
    expect(fail("InvalidApiKey")).toMatchObject([{ type: "error", status: 401 }]);
    expect(fail("SomethingNew")).toMatchObject([{ type: "error", status: 500 }]);
  });

  test("in the place of an answer are thrown, and told with their status", () => {
    expect(() => dashscope.response.decode({ code: "ModelNotFound", message: "No model." })).toThrow("No model.");
    const decode = (status: number, body: unknown): Fault =>
      dashscope.error.decode(status, new Headers({ "retry-after": "3" }), body);
    expect(decode(401, { code: "InvalidApiKey", message: "No API-key provided." })).toMatchObject({
      status: 401,
      message: "No API-key provided.",
      retryable: true,
      retryAfter: 3,
      upstream: { code: "InvalidApiKey" },
    });
    expect(decode(400, { code: "InvalidParameter", message: "x" }).retryable).toBe(false);
    expect(decode(400, { code: "Arrearage", message: "x" }).retryable).toBe(true);
    expect(decode(400, { error: { code: "invalid_value", message: "x" } }).message).toBe("x");
    expect(decode(502, "<html>").message).toBe("The provider answered with status 502.");
  });
});

test("the decoder takes any event without throwing, and says nothing after an error", () => {
  const output = strangeObject().map((value) =>
    JSON.stringify({ output: { choices: [{ message: value }, value], ...value } }),
  );
  assert(
    property(array(tuple(constantFrom("result", "error", ""), oneof(output, json(), string()))), (list) => {
      const events = decoded(list.map(([event, data]) => ({ event, data })));
      const failed = events.findIndex(({ type }) => type === "error");
      if (failed >= 0) expect(failed).toBe(events.length - 1);
    }),
  );
});

test("a whole answer is read or refused with a Fault", () => {
  assert(
    property(strangeObject(), strangeObject(), (body, message) => {
      for (const one of [body, { ...body, output: { choices: [{ message, finish_reason: "stop" }] } }]) {
        try {
          dashscope.response.decode(one);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Fault);
        }
      }
    }),
  );
});
