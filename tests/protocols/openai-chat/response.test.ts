import { describe, expect, test } from "bun:test";
import { fold } from "#src/core/chat-fold.ts";
import type { ChatResponse, ContentPart, FinishReason, Usage } from "#src/core/chat.ts";
import { Fault } from "#src/core/fault.ts";
import type { JsonObject } from "#src/core/json.ts";
import { openaiChat } from "#src/protocols/openai-chat/index.ts";
import { responseTarget } from "#tests/contracts/codec.ts";

function answer(message: JsonObject, choice: JsonObject = {}): JsonObject {
  return { id: "chatcmpl-9", model: "m", choices: [{ index: 0, message, finish_reason: "stop", ...choice }] };
}

function read(body: JsonObject): ChatResponse {
  return fold(openaiChat.response.decode(body));
}

function write(
  content: readonly ContentPart[],
  finish?: FinishReason,
  usage?: Usage,
): { wire: JsonObject; lost: string[] } {
  const response: ChatResponse = {
    choices: [{ content, finish: finish ?? { unified: "stop", raw: "end_turn" } }],
    ...(usage === undefined ? {} : { usage }),
  };
  const { value, losses } = openaiChat.response.encode(response, responseTarget);
  return { wire: value, lost: losses.map(({ kind, field }) => `${kind} ${field}`) };
}

describe("reading a whole answer", () => {
  test("a vendor's fields at every level are kept for the way back", () => {
    const wire: JsonObject = {
      id: "gen-1",
      object: "chat.completion",
      created: 5,
      model: "m",
      provider: "Some",
      system_fingerprint: "fp",
      choices: [
        {
          index: 0,
          message: {
            role: "assistant",
            content: "hi",
            refusal: null,
            audio: { id: "a", data: "eA==", transcript: "hi" },
          },
          logprobs: null,
          finish_reason: "stop",
          content_filter_results: { hate: { filtered: false } },
        },
      ],
      usage: {
        prompt_tokens: 1,
        completion_tokens: 2,
        total_tokens: 3,
        cost: 0.1,
        prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
      },
    };
    const { value, losses } = openaiChat.response.encode(read(wire), responseTarget);
    expect(value).toEqual(wire);
    expect(losses).toEqual([]);
  });

  test("calls without index or id, arguments as an object", () => {
    const message = {
      content: "",
      tool_calls: [{ function: { name: "f", arguments: { x: 1 } } }, { function: { name: "f" } }],
    };
    expect(read(answer(message)).choices[0]).toEqual({
      content: [
        { type: "tool-call", id: "call_9_0", name: "f", input: '{"x":1}', kind: "function" },
        { type: "tool-call", id: "call_9_1", name: "f", input: "", kind: "function" },
      ],
      finish: { unified: "tool-calls", raw: "stop" },
    });
  });

  test("a missing finish reason is a plain stop", () => {
    expect(read(answer({ content: "hi" }, { finish_reason: null })).choices[0]?.finish).toEqual({
      unified: "stop",
      raw: "stop",
    });
  });

  const usages: readonly (readonly [name: string, wire: JsonObject, usage: JsonObject])[] = [
    [
      "cached, written and reasoning tokens",
      {
        prompt_tokens: 10,
        completion_tokens: 5,
        prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 3 },
        completion_tokens_details: { reasoning_tokens: 2 },
      },
      { inputTokens: 10, outputTokens: 5, cachedInputTokens: 4, cacheWriteTokens: 3, reasoningTokens: 2 },
    ],
    [
      "DeepSeek's cache",
      { prompt_tokens: 10, completion_tokens: 5, prompt_cache_hit_tokens: 8, prompt_cache_miss_tokens: 2 },
      { inputTokens: 10, outputTokens: 5, cachedInputTokens: 8 },
    ],
    [
      "Moonshot's cache",
      { prompt_tokens: 10, completion_tokens: 5, cached_tokens: 6 },
      { inputTokens: 10, outputTokens: 5, cachedInputTokens: 6 },
    ],
    [
      "xAI's reasoning beside the rest",
      { prompt_tokens: 10, completion_tokens: 5, total_tokens: 22, completion_tokens_details: { reasoning_tokens: 7 } },
      { inputTokens: 10, outputTokens: 12, reasoningTokens: 7 },
    ],
    [
      "nulled details",
      { prompt_tokens: 1, completion_tokens: 0, prompt_tokens_details: null },
      { inputTokens: 1, outputTokens: 0 },
    ],
  ];
  for (const [name, wire, usage] of usages) {
    test(`usage: ${name}`, () => {
      expect(read({ ...answer({ content: "hi" }), usage: wire }).usage).toEqual(usage as unknown as Usage);
    });
  }

  const refused: readonly (readonly [name: string, body: JsonObject, code: string])[] = [
    ["no choices", { id: "x", choices: [] }, "upstream_garbage"],
    ["something else", { hello: "world" }, "upstream_garbage"],
    ["an error with status 200", { error: { message: "No credits", code: 402 } }, "upstream_error"],
    [
      "an error in a choice",
      answer({ content: "" }, { error: { message: "Gone" }, finish_reason: "error" }),
      "upstream_error",
    ],
  ];
  for (const [name, body, code] of refused) {
    test(`${name} is no answer`, () => {
      let thrown: unknown;
      try {
        openaiChat.response.decode(body);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(Fault);
      expect((thrown as Fault).code as string).toBe(code);
    });
  }
});

describe("writing a whole answer", () => {
  test("thinking, text and calls of Claude's", () => {
    const { wire, lost } = write(
      [
        { type: "reasoning", text: "Hm.", signature: "s" },
        { type: "reasoning", text: "", redacted: "r" },
        { type: "text", text: "One. " },
        { type: "text", text: "Two." },
        { type: "tool-call", id: "toolu_1", name: "f", input: "", kind: "function" },
      ],
      { unified: "tool-calls", raw: "tool_use" },
      { inputTokens: 10, outputTokens: 5, cachedInputTokens: 2, cacheWriteTokens: 3, cacheWrite1hTokens: 3 },
    );
    expect(wire).toEqual({
      id: "chatcmpl-fresh",
      object: "chat.completion",
      created: 1_700_000_000,
      model: "",
      choices: [
        {
          index: 0,
          message: {
            role: "assistant",
            content: "One. Two.",
            refusal: null,
            reasoning_content: "Hm.",
            reasoning_details: [
              { type: "reasoning.text", text: "Hm.", signature: "s", format: "anthropic-claude-v1", index: 0 },
              { type: "reasoning.encrypted", data: "r", format: "anthropic-claude-v1", index: 1 },
            ],
            tool_calls: [{ id: "toolu_1", type: "function", function: { name: "f", arguments: "{}" } }],
          },
          logprobs: null,
          finish_reason: "tool_calls",
        },
      ],
      usage: {
        prompt_tokens: 10,
        completion_tokens: 5,
        total_tokens: 15,
        prompt_tokens_details: { cached_tokens: 2, cache_write_tokens: 3 },
      },
    });
    expect(lost).toEqual(["dropped usage.cache_write_1h_tokens"]);
  });

  test("citations with a URL are annotations over the cited text; others are lost", () => {
    const value = { type: "web_search_result_location" };
    const { wire, lost } = write([
      { type: "text", text: "Well, " },
      {
        type: "text",
        text: "cats.",
        citations: [{ protocol: "anthropic-messages", value, url: "https://example.com", title: "Cats" }],
      },
      { type: "text", text: "!", citations: [{ protocol: "anthropic-messages", value: { type: "page_location" } }] },
    ]);
    expect(wire).toMatchObject({
      choices: [
        {
          message: {
            content: "Well, cats.!",
            annotations: [
              {
                type: "url_citation",
                url_citation: { start_index: 6, end_index: 11, title: "Cats", url: "https://example.com" },
              },
            ],
          },
        },
      ],
    });
    expect(lost).toEqual(["approximated choices[0].content[1].citations", "dropped choices[0].content[2].citations"]);
  });

  test("every reason to stop", () => {
    const reason = (unified: FinishReason["unified"]): unknown => {
      const { wire, lost } = write([{ type: "text", text: "x" }], { unified, raw: "raw" });
      return [(wire.choices as JsonObject[])[0]?.finish_reason, lost.length];
    };
    expect(reason("stop")).toEqual(["stop", 0]);
    expect(reason("length")).toEqual(["length", 0]);
    expect(reason("context-window")).toEqual(["length", 1]);
    expect(reason("content-filter")).toEqual(["content_filter", 0]);
    expect(reason("refusal")).toEqual(["content_filter", 1]);
    expect(reason("pause")).toEqual(["stop", 1]);
    const { wire } = write([], { unified: "stop-sequence", raw: "stop_sequence", stopSequence: "END" });
    expect(wire.choices).toMatchObject([{ finish_reason: "stop", stop_reason: "END" }]);
  });

  test("of another vendor's usage, counts are told as lost, words and zeros are not", () => {
    const fields = { service_tier: "standard", server_tool_use: { web_search_requests: 2 }, other: { requests: 0 } };
    const { lost } = write([{ type: "text", text: "x" }], undefined, {
      inputTokens: 1,
      outputTokens: 1,
      rest: { protocol: "anthropic-messages", fields },
    });
    expect(lost).toEqual(["dropped usage.server_tool_use"]);
  });

  test("a model's name set by the route", () => {
    const response: ChatResponse = {
      model: "real",
      choices: [{ content: [], finish: { unified: "stop", raw: "stop" } }],
    };
    expect(openaiChat.response.encode(response, { ...responseTarget, model: "asked" }).value.model).toBe("asked");
  });
});
