import { describe, expect, test } from "bun:test";
import type { ChatResponse } from "#src/core/chat.ts";
import { fold } from "#src/core/chat-fold.ts";
import type { JsonObject } from "#src/core/json.ts";
import { anthropicMessages } from "#src/protocols/anthropic-messages/index.ts";
import { readJson, responseTarget } from "./fixtures.ts";

const codec = anthropicMessages.response;
const finish = { unified: "stop", raw: "stop" } as const;

function answering(content: ChatResponse["choices"][number]["content"]): ChatResponse {
  return { id: "msg_1", model: "m", choices: [{ content, finish }] };
}

describe("decode and encode", () => {
  test("every kind of block comes back as it was, but for spelt-out nulls", async () => {
    const wire = await readJson("message.json");
    const { value, losses } = codec.encode(fold(codec.decode(structuredClone(wire))), responseTarget);
    expect(losses).toEqual([]);
    expect(value).toEqual(wire);
  });

  test("usage is counted the canonical way", async () => {
    expect(fold(codec.decode(await readJson("message.json"))).usage).toEqual({
      inputTokens: 22,
      outputTokens: 20,
      cachedInputTokens: 7,
      cacheWriteTokens: 5,
      cacheWrite1hTokens: 3,
      reasoningTokens: 8,
      rest: {
        protocol: "anthropic-messages",
        fields: { server_tool_use: { web_search_requests: 0, web_fetch_requests: 1 }, service_tier: "standard" },
      },
    });
  });

  test.each([
    [{}],
    [{ content: [] }],
    [{ content: "x", stop_reason: "end_turn" }],
    [{ content: [1], stop_reason: "end_turn" }],
  ] as [JsonObject][])("%j is no answer", (body) => {
    expect(() => codec.decode(body)).toThrow(expect.objectContaining({ code: "upstream_garbage", status: 502 }));
  });

  test("an error in the answer's place is the provider's error", () => {
    const body = { type: "error", error: { type: "overloaded_error", message: "Busy" } };
    expect(() => codec.decode(body)).toThrow(
      expect.objectContaining({ code: "upstream_error", status: 529, message: "Busy" }),
    );
  });
});

describe("encode what others answered", () => {
  test("an answer without id, model, usage and content has everything the SDK's type demands", () => {
    const { value } = codec.encode({ choices: [] }, responseTarget);
    expect(value).toMatchObject({
      id: "msg_made",
      type: "message",
      role: "assistant",
      model: "",
      content: [],
      stop_reason: "end_turn",
      stop_sequence: null,
      stop_details: null,
      container: null,
      usage: { input_tokens: 0, output_tokens: 0 },
    });
  });

  test("reasoning without a signature, text, a refusal and a call", () => {
    const { value, losses } = codec.encode(
      answering([
        { type: "reasoning", text: "hm" },
        { type: "text", text: "" },
        { type: "refusal", text: "No." },
        { type: "tool-call", id: "a b", name: "f", input: "", kind: "function" },
      ]),
      responseTarget,
    );
    expect(value.content).toEqual([
      { type: "thinking", thinking: "hm", signature: "" },
      { type: "text", text: "No.", citations: null },
      { type: "tool_use", id: "sluice_YSBi", name: "f", input: {}, caller: { type: "direct" } },
    ]);
    expect(value.stop_reason).toBe("tool_use");
    expect(losses).toEqual([]);
  });

  test("a refusal alone stops for refusal", () => {
    expect(codec.encode(answering([{ type: "refusal", text: "No." }]), responseTarget).value.stop_reason).toBe(
      "refusal",
    );
  });

  test("what has no place is a loss", () => {
    const { losses } = codec.encode(
      {
        ...answering([
          { type: "text", text: "a", logprobs: [], citations: [{ protocol: "openai-chat", value: {} }] },
          { type: "media", kind: "audio", source: { type: "file", id: "x" } },
          { type: "native", protocol: "openai-chat", value: {} },
        ]),
        choices: [...answering([{ type: "text", text: "a", logprobs: [] }]).choices, { content: [], finish }],
        rest: { protocol: "openai-chat", fields: { system_fingerprint: "f", moderation: { flagged: true } } },
      },
      responseTarget,
    );
    expect(losses.map(({ field }) => field).sort()).toEqual(["choices[1]", "logprobs", "moderation"]);
    const more = codec.encode(
      answering([
        { type: "text", text: "a", citations: [{ protocol: "openai-chat", value: {} }] },
        { type: "media", kind: "audio", source: { type: "file", id: "x" } },
        { type: "native", protocol: "openai-chat", value: { a: 1 } },
      ]),
      responseTarget,
    );
    expect(more.losses.map(({ field }) => field)).toEqual([
      "choices[0].content[0].citations",
      "choices[0].content[1].audio",
      "choices[0].content[2]",
    ]);
  });

  test("usage never goes below zero", () => {
    const usage = { inputTokens: 3, outputTokens: 1, cachedInputTokens: 5 };
    expect(codec.encode({ ...answering([]), usage }, responseTarget).value.usage).toMatchObject({ input_tokens: 0 });
  });
});
