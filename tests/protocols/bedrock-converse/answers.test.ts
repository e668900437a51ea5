import { describe, expect, test } from "bun:test";
import { array, assert, constantFrom, json, oneof, property, string, tuple } from "fast-check";
import type { ChatEvent } from "#src/core/chat.ts";
import { fold } from "#src/core/chat-fold.ts";
import { createAwsEventDecoder } from "#src/core/aws-event-stream.ts";
import { Fault } from "#src/core/fault.ts";
import type { SseEvent } from "#src/core/sse.ts";
import { bedrockConverse } from "#src/protocols/bedrock-converse/index.ts";
import { codecFor } from "#src/protocols/index.ts";
import { PROTOCOLS } from "#src/core/protocol.ts";
import { encodeStream, responseTarget } from "#tests/contracts/codec.ts";
import { awsStream } from "#tests/support/aws-stream.ts";
import { strangeObject } from "#tests/support/strange-json.ts";
import { ANSWERS, CITED, REASONING_AND_TOOLS, TEXT } from "./fixtures.ts";

function decoded(events: readonly SseEvent[]): ChatEvent[] {
  const decoder = bedrockConverse.stream.decoder();
  return [...events.flatMap((event) => decoder.step(event)), ...decoder.end()];
}

function framed(chunks: readonly Uint8Array[]): SseEvent[] {
  const decoder = createAwsEventDecoder({ maxEventBytes: 1e6 });
  return chunks.flatMap((chunk) => decoder.push(chunk));
}

describe.each(ANSWERS.map((answer) => [answer.name, answer] as const))(
  "the answer with %s",
  (_name, { events, whole }) => {
    const bytes = awsStream(events);
    const all = decoded(framed([bytes]));

    test("is the same whole and streamed", () => {
      expect(fold(all)).toEqual(fold(bedrockConverse.response.decode(whole)));
    });

    test("gives the same events cut at every byte", () => {
      for (let at = 1; at < bytes.length; at++) {
        const cut = decoded(framed([bytes.subarray(0, at), bytes.subarray(at)]));
        if (!Bun.deepEquals(cut, all)) throw new Error(`cut at byte ${at}: other events`);
      }
    });

    test("is not complete before its stop reason", () => {
      const messages = framed([bytes]);
      const finish = messages.findIndex(({ event }) => event === "messageStop");
      for (let end = 0; end < finish; end++) {
        expect(decoded(messages.slice(0, end)).at(-1)).toMatchObject({ type: "error", code: "upstream_cut" });
      }
      expect(decoded(messages.slice(0, finish + 1)).at(-1)).toMatchObject({ type: "finish" });
    });

    test.each(PROTOCOLS)("can be told in %s", (protocol) => {
      const frames = encodeStream(codecFor(protocol), all, responseTarget);
      const read = codecFor(protocol).stream.decoder();
      const back = frames.flatMap((frame) =>
        "data" in frame ? read.step({ event: frame.event ?? "", data: frame.data }) : [],
      );
      expect(back.filter(({ type }) => type === "error")).toEqual([]);
      expect(back.some(({ type }) => type === "finish")).toBeTrue();
    });
  },
);

test("text, tokens and the reason", () => {
  expect(fold(bedrockConverse.response.decode(TEXT.whole))).toEqual({
    usage: { inputTokens: 30, outputTokens: 12 },
    choices: [{ content: [{ type: "text", text: "Grüße, Welt 😀" }], finish: { unified: "stop", raw: "end_turn" } }],
  });
});

test("reasoning keeps its seals, calls their inputs, and the cache counts as input", () => {
  expect(fold(bedrockConverse.response.decode(REASONING_AND_TOOLS.whole))).toEqual({
    usage: {
      inputTokens: 180,
      outputTokens: 12,
      cachedInputTokens: 100,
      cacheWriteTokens: 50,
      cacheWrite1hTokens: 20,
    },
    choices: [
      {
        finish: { unified: "tool-calls", raw: "tool_use" },
        content: [
          { type: "reasoning", text: "Two cities, two calls.", signature: "c2lnbmVk", sealedBy: "bedrock-converse" },
          { type: "reasoning", text: "", redacted: "ZW5jcnlwdGVk", sealedBy: "bedrock-converse" },
          { type: "text", text: "I look it up." },
          { type: "tool-call", id: "tooluse_1", name: "weather", kind: "function", input: '{"city":"Bern"}' },
          { type: "tool-call", id: "tooluse_2", name: "now", kind: "function", input: "" },
        ],
      },
    ],
  });
});

test("citations, images, parts of Bedrock's own, the stop sequence and the trace", () => {
  const { choices, usage } = fold(bedrockConverse.response.decode(CITED.whole));
  expect(usage?.rest).toEqual({
    protocol: "bedrock-converse",
    fields: { trace: { guardrail: { actionReason: "none" } } },
  });
  expect(choices[0]?.finish).toEqual({ unified: "stop-sequence", raw: "stop_sequence", stopSequence: "END" });
  expect(choices[0]?.content).toMatchObject([
    {
      type: "text",
      text: "It rains.",
      citations: [{ url: "https://example.com/bern", title: "Bern" }, { title: "a" }],
    },
    { type: "media", kind: "image", source: { mediaType: "image/jpeg", data: "aW1hZ2U=" } },
    { type: "native", value: { toolResult: { toolUseId: "t", status: "success", content: [{ text: "found" }] } } },
  ]);
});

test.each([
  ["end_turn", "stop"],
  ["max_tokens", "length"],
  ["stop_sequence", "stop-sequence"],
  ["tool_use", "tool-calls"],
  ["content_filtered", "content-filter"],
  ["guardrail_intervened", "content-filter"],
  ["malformed_tool_use", "other"],
  ["model_context_window_exceeded", "context-window"],
  ["refusal", "refusal"],
  ["constructor", "other"],
])("the stop reason %s is %s", (raw, unified) => {
  const events = decoded([{ event: "messageStop", data: JSON.stringify({ stopReason: raw }) }]);
  expect(events.at(-1)).toEqual({ type: "finish", reason: { unified, raw } } as ChatEvent);
});

describe("exceptions in a stream", () => {
  test.each([
    ["throttlingException", 429, "ThrottlingException"],
    ["validationException", 400, "ValidationException"],
    ["modelStreamErrorException", 424, "ModelStreamErrorException"],
    ["internalServerException", 500, "InternalServerException"],
    ["serviceUnavailableException", 503, "ServiceUnavailableException"],
    ["somethingNewException", 500, "SomethingNewException"],
  ])("%s ends it with status %d", (event, status, type) => {
    const events = decoded([
      { event: "messageStart", data: '{"role":"assistant"}' },
      { event, data: '{"message":"It broke."}' },
      { event: "messageStop", data: '{"stopReason":"end_turn"}' },
    ]);
    expect(events).toMatchObject([
      { type: "start" },
      { type: "error", code: "upstream_error", status, message: "It broke.", upstream: { type } },
    ]);
  });

  test("an error without a shape is told too", () => {
    expect(decoded([{ event: "error", data: '{"code":"InternalFailure","message":"It broke."}' }])).toMatchObject([
      { type: "error", status: 500, message: "It broke.", upstream: { type: "InternalFailure" } },
    ]);
  });
});

describe("tolerance", () => {
  const names = constantFrom(
    "messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata", "error", "new",
  ); // prettier-ignore
  test("the decoder takes any event without throwing, and says nothing after an error", () => {
    const strange = strangeObject().map((value) => JSON.stringify({ ...value, start: value, delta: value }));
    assert(
      property(array(tuple(names, oneof(strange, json(), string()))), (list) => {
        const events = decoded(list.map(([event, data]) => ({ event, data })));
        const failed = events.findIndex(({ type }) => type === "error");
        if (failed >= 0) expect(failed).toBe(events.length - 1);
      }),
    );
  });

  test("a whole answer is read or refused with a Fault", () => {
    assert(
      property(strangeObject(), strangeObject(), (body, block) => {
        const answer = { ...body, output: { message: { content: [block] } }, stopReason: "end_turn" };
        for (const one of [body, answer]) {
          try {
            bedrockConverse.response.decode(one);
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(Fault);
          }
        }
      }),
    );
  });
});

describe("errors", () => {
  const decode = (status: number, body: unknown, headers: Record<string, string> = {}): Fault =>
    bedrockConverse.error.decode(status, new Headers(headers), body);

  test.each([
    [400, { "x-amzn-errortype": "ValidationException:http://internal.amazon.com/coral/" }, { message: "Bad." }, false],
    [429, { "x-amzn-errortype": "ThrottlingException" }, { message: "Bad." }, true],
    [400, { "x-amzn-errortype": "ServiceQuotaExceededException" }, { message: "Bad." }, true],
    [403, {}, { __type: "com.amazon.coral.service#AccessDeniedException", Message: "Bad." }, true],
    [424, {}, { code: "ModelErrorException", message: "Bad." }, true],
  ] as const)("status %d with %p and %p", (status, headers, body, retryable) => {
    const fault = decode(status, body, headers);
    expect(fault).toMatchObject({ code: "upstream_error", status, message: "Bad.", retryable });
    expect(fault.upstream?.type).toMatch(/^[A-Z]\w+Exception$/);
  });

  test("text, nothing and a page of HTML", () => {
    expect(decode(500, "It broke.").message).toBe("It broke.");
    expect(decode(502, "<html>502</html>").message).toBe("The provider answered with status 502.");
    expect(decode(503, undefined, { "retry-after": "7" })).toMatchObject({ retryAfter: 7, retryable: true });
  });
});
