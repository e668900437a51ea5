import { describe, expect, test } from "bun:test";
import { fold } from "#src/core/chat-fold.ts";
import type { JsonObject } from "#src/core/json.ts";
import { cohereChat } from "#src/protocols/cohere-chat/index.ts";
import { decodeStream, upstreamCodecContract } from "#tests/contracts/upstream-codec.ts";
import { ANSWERS, TEXT, THINKING, TOOLS } from "./fixtures.ts";

upstreamCodecContract("cohere-chat", cohereChat, ANSWERS);

const ID = "29f14a5a-11de-4cae-9800-25e4747408ea";
const USAGE = {
  inputTokens: 28,
  outputTokens: 16,
  rest: { protocol: "cohere-chat" as const, fields: { tokens: { input_tokens: 206, output_tokens: 18 } } },
};

test("text with its citations, and the tokens that are billed", () => {
  const { content, citations } = TEXT.whole!["message"] as JsonObject & {
    content: JsonObject[];
    citations: JsonObject[];
  };
  expect(content).toHaveLength(1);
  expect(fold(cohereChat.response.decode(TEXT.whole!))).toEqual({
    id: ID,
    usage: USAGE,
    choices: [
      {
        finish: { unified: "stop", raw: "COMPLETE" },
        content: [
          {
            type: "text",
            text: "Grüße, Welt 😀",
            citations: [
              {
                protocol: "cohere-chat",
                value: citations[0]!,
                url: "https://en.wikipedia.test/Penguin",
                title: "Antarctica",
              },
            ],
          },
        ],
      },
    ],
  });
});

test("the plan is what the model thought, and a call with null has no input", () => {
  expect(fold(cohereChat.response.decode(TOOLS.whole!))).toEqual({
    id: ID,
    usage: { ...USAGE, cachedInputTokens: 12 },
    choices: [
      {
        finish: { unified: "tool-calls", raw: "TOOL_CALL" },
        content: [
          { type: "reasoning", text: "I will look up the weather in both towns." },
          {
            type: "tool-call",
            id: "weather_1byjy32y4hvq",
            name: "weather",
            kind: "function",
            input: '{"town": "Köln"}',
          },
          { type: "tool-call", id: "now_1byjy32y4hvq", name: "now", kind: "function", input: "" },
        ],
      },
    ],
  });
});

test("thinking is reasoning", () => {
  expect(fold(cohereChat.response.decode(THINKING.whole!)).choices[0]).toEqual({
    finish: { unified: "length", raw: "MAX_TOKENS" },
    content: [
      { type: "reasoning", text: "Let me see." },
      { type: "text", text: "It is 4" },
    ],
  });
});

test.each([
  ["COMPLETE", "stop"],
  ["STOP_SEQUENCE", "stop-sequence"],
  ["MAX_TOKENS", "length"],
  ["TOOL_CALL", "tool-calls"],
  ["SOMETHING_NEW", "other"],
] as const)("finish reason %s is %s", (raw, unified) => {
  const body = { message: { role: "assistant", content: [] }, finish_reason: raw };
  expect(fold(cohereChat.response.decode(body)).choices[0]?.finish).toEqual({ unified, raw });
});

test.each([
  [{ billed_units: { input_tokens: 1 } }, { inputTokens: 1, outputTokens: 0 }],
  [{ tokens: { input_tokens: 9, output_tokens: 2 } }, { inputTokens: 9, outputTokens: 2 }],
  [{ billed_units: { search_units: 1 } }, undefined],
  [undefined, undefined],
] as const)("usage %j is %j", (usage, counted) => {
  const body: JsonObject = {
    message: { content: [] },
    finish_reason: "COMPLETE",
    ...(usage === undefined ? {} : { usage }),
  };
  expect(fold(cohereChat.response.decode(body)).usage).toEqual(counted as typeof USAGE);
});

describe("failures", () => {
  const failed = (raw: string): JsonObject => ({ message: { content: [] }, finish_reason: raw });

  test.each([
    ["ERROR", 502],
    ["TIMEOUT", 504],
  ])("an answer that ends with %s is one with status %d", (raw, status) => {
    expect(() => cohereChat.response.decode(failed(raw))).toThrow(
      expect.objectContaining({ code: "upstream_error", status }),
    );
    const end = { type: "message-end", delta: { finish_reason: raw, error: "generation failed" } };
    expect(decodeStream(cohereChat, [{ event: "message-end", data: JSON.stringify(end) }]).at(-1)).toMatchObject({
      type: "error",
      code: "upstream_error",
      status,
      message: "generation failed",
    });
  });

  test("an answer without a message or a reason is none", () => {
    for (const body of [{}, { message: { content: [] } }, { message: "no" }]) {
      expect(() => cohereChat.response.decode(body)).toThrow(expect.objectContaining({ code: "upstream_garbage" }));
    }
  });

  test("an error in place of an event ends the stream", () => {
    expect(decodeStream(cohereChat, [{ event: "", data: '{"message":"internal server error"}' }])).toMatchObject([
      { type: "error", code: "upstream_error", message: "internal server error" },
    ]);
  });

  test.each([
    [401, { message: "invalid api token" }, "invalid api token", true],
    [
      422,
      { id: "x", message: "message must be at least 1 token long" },
      "message must be at least 1 token long",
      false,
    ],
    [500, { data: "?" }, "The provider answered with status 500.", true],
  ])("status %d with %j", (status, body, message, retryable) => {
    expect(cohereChat.error.decode(status, new Headers(), body)).toMatchObject({ status, message, retryable });
  });
});
