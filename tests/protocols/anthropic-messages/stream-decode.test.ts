import { describe, expect, test } from "bun:test";
import { assert, array, constantFrom, integer, jsonValue, oneof, property, record, string } from "fast-check";
import type { ChatEvent } from "#src/core/chat.ts";
import { fold } from "#src/core/chat-fold.ts";
import type { JsonObject } from "#src/core/json.ts";
import { anthropicMessages } from "#src/protocols/anthropic-messages/index.ts";
import { decoded, readSse, sse } from "./fixtures.ts";

const start: JsonObject = {
  type: "message_start",
  message: { id: "msg_1", model: "m", content: [], usage: { input_tokens: 3, output_tokens: 1 } },
};
const stop: JsonObject = { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 5 } };
const begin = (index: number, content_block: JsonObject): JsonObject => ({
  type: "content_block_start",
  index,
  content_block,
});
const piece = (index: number, delta: JsonObject): JsonObject => ({ type: "content_block_delta", index, delta });
const end = (index: number): JsonObject => ({ type: "content_block_stop", index });
const words = (index: number, text: string): JsonObject => piece(index, { type: "text_delta", text });

function of(...data: JsonObject[]): ChatEvent[] {
  return decoded(data.map(sse));
}

describe("published streams", () => {
  test("text, with the cache counted in", async () => {
    const events = decoded(await readSse("text.sse"));
    expect(events.map((event) => event.type)).toEqual([
      "start",
      "usage",
      "ping",
      "text",
      "text",
      "block-end",
      "finish",
      "usage",
    ]);
    expect(fold(events)).toEqual({
      id: "msg_01Text",
      model: "claude-sonnet-4-5-20250929",
      choices: [{ content: [{ type: "text", text: "Grüße 👋!" }], finish: { unified: "stop", raw: "end_turn" } }],
      usage: {
        inputTokens: 142,
        outputTokens: 15,
        cachedInputTokens: 100,
        cacheWriteTokens: 30,
        cacheWrite1hTokens: 10,
        rest: { protocol: "anthropic-messages", fields: { service_tier: "standard" } },
      },
    });
  });

  test("thinking, its seal, redacted thinking, text and two calls", async () => {
    const answer = fold(decoded(await readSse("thinking-tools.sse")));
    expect(answer.choices[0]).toEqual({
      content: [
        { type: "reasoning", text: "Two cities, two calls.", signature: "c2lnbmVk", sealedBy: "anthropic-messages" },
        { type: "reasoning", text: "", redacted: "b3BhcXVl", sealedBy: "anthropic-messages" },
        { type: "text", text: "Let me look." },
        { type: "tool-call", id: "toolu_A", name: "get_weather", kind: "function", input: `{"city": "Paris"}` },
        { type: "tool-call", id: "toolu_B", name: "get_time", kind: "function", input: "" },
      ],
      finish: { unified: "tool-calls", raw: "tool_use" },
    });
    expect(answer.usage).toMatchObject({
      inputTokens: 472,
      outputTokens: 89,
      reasoningTokens: 40,
      cachedInputTokens: 0,
    });
  });

  test("a server's tool, its result and a citation", async () => {
    const answer = fold(decoded(await readSse("server-tool.sse")));
    expect(answer.choices[0]?.content).toMatchObject([
      { type: "tool-call", kind: "server", name: "web_search", input: `{"query":"tide"}` },
      { type: "native", protocol: "anthropic-messages", value: { type: "web_search_tool_result" } },
      {
        type: "text",
        text: "High tide is at noon.",
        citations: [{ url: "https://example.com/tides", title: "Tides" }],
      },
    ]);
    expect(answer.usage).toMatchObject({ inputTokens: 10_682, outputTokens: 510 });
  });

  test("an error in the middle is the last event", async () => {
    const events = decoded([...(await readSse("overloaded.sse")), sse(stop)]);
    expect(events.at(-1)).toEqual({
      type: "error",
      code: "upstream_error",
      message: "Overloaded",
      status: 529,
      upstream: { type: "overloaded_error" },
    });
  });
});

describe("what imitators send", () => {
  test("a second message_start changes nothing", () => {
    const events = of(start, start, begin(0, { type: "text", text: "" }), words(0, "a"), start, stop);
    expect(events.filter((event) => event.type === "start")).toHaveLength(1);
    expect(fold(events).choices[0]?.content).toEqual([{ type: "text", text: "a" }]);
  });

  test("no message_start at all", () => {
    expect(of(words(0, "a"), stop)[0]).toEqual({ type: "start" });
    expect(of(stop)[0]).toEqual({ type: "start" });
  });

  test("pieces of blocks that never began", () => {
    const events = of(
      start,
      piece(0, { type: "thinking_delta", thinking: "hm" }),
      words(1, "a"),
      piece(2, { type: "input_json_delta", partial_json: "{}" }),
      stop,
    );
    expect(fold(events).choices[0]?.content).toEqual([
      { type: "reasoning", text: "hm" },
      { type: "text", text: "a" },
    ]);
  });

  test("every block under one index, without stops", () => {
    const events = of(
      start,
      begin(0, { type: "text", text: "a" }),
      begin(0, { type: "tool_use", id: "t", name: "f" }),
      stop,
    );
    expect(fold(events).choices[0]?.content).toMatchObject([
      { type: "text", text: "a" },
      { type: "tool-call", id: "t" },
    ]);
  });

  test("a whole input in the block's begin, which pieces replace", () => {
    const call = begin(0, { type: "tool_use", id: "t", name: "f", input: { a: 1 } });
    const input = (...data: JsonObject[]): unknown => fold(of(start, call, ...data, stop)).choices[0]?.content[0];
    expect(input(end(0))).toMatchObject({ input: `{"a":1}` });
    expect(input()).toMatchObject({ input: `{"a":1}` });
    expect(input(piece(0, { type: "input_json_delta", partial_json: `{"b":2}` }))).toMatchObject({ input: `{"b":2}` });
  });

  test("blocks that begin with text, thinking and citations", () => {
    const citation = { type: "char_location", document_title: "T" };
    const events = of(
      start,
      begin(0, { type: "thinking", thinking: "a", signature: "s" }),
      end(0),
      begin(1, { type: "text", text: "b", citations: [citation] }),
      end(1),
      stop,
    );
    expect(fold(events).choices[0]?.content).toEqual([
      { type: "reasoning", text: "a", signature: "s", sealedBy: "anthropic-messages" },
      { type: "text", text: "b", citations: [{ protocol: "anthropic-messages", value: citation, title: "T" }] },
    ]);
  });

  test("pieces of the wrong kind are left out", () => {
    const events = of(
      start,
      begin(0, { type: "text", text: "" }),
      piece(0, { type: "thinking_delta", thinking: "x" }),
      stop,
    );
    expect(fold(events).choices[0]?.content).toEqual([]);
  });

  test("usage more than once, with zeros for what was told before", () => {
    const later = { type: "message_delta", delta: {}, usage: { input_tokens: 0, output_tokens: 9 } };
    const again = { type: "message_delta", delta: { stop_reason: "max_tokens" } };
    const events = of(start, words(0, "a"), stop, later, again);
    expect(fold(events).usage).toEqual({ inputTokens: 3, outputTokens: 9 });
    expect(events.filter((event) => event.type === "finish")).toHaveLength(1);
  });

  test("no message_stop after the stop reason is a whole answer", () => {
    expect(of(start, stop).at(-1)?.type).toBe("usage");
  });

  test.each([[[start]], [[start, words(0, "half")]], [[start, words(0, "a"), { type: "message_stop" }]], [[]]] as [
    JsonObject[],
  ][])("no stop reason is a cut: %j", (data) => {
    expect(of(...data).at(-1)).toMatchObject({ type: "error", code: "upstream_cut", status: 502 });
  });

  test.each(["{", "null", "[]", "1", `"x"`])("%s is no event", (data) => {
    const decoder = anthropicMessages.stream.decoder();
    expect(decoder.step({ event: "message_start", data })).toMatchObject([{ type: "error", code: "upstream_garbage" }]);
    expect(decoder.step(sse(start))).toEqual([]);
    expect(decoder.end()).toEqual([]);
  });

  test("unknown events and pieces, and OpenAI's terminator, are passed over", () => {
    const decoder = anthropicMessages.stream.decoder();
    expect(decoder.step(sse({ type: "news" }))).toEqual([]);
    expect(decoder.step({ event: "", data: "[DONE]" })).toEqual([]);
    expect(decoder.step({ event: "", data: "" })).toEqual([]);
    expect(of(start, begin(0, { type: "text", text: "" }), piece(0, { type: "new_delta" }), stop)).toHaveLength(5);
  });

  test("the event's name stands in for a missing type", () => {
    const decoder = anthropicMessages.stream.decoder();
    expect(decoder.step({ event: "ping", data: "{}" })).toEqual([{ type: "ping" }]);
  });
});

describe("blocks only Claude knows", () => {
  test("a compaction comes in pieces and is told whole", () => {
    const events = of(
      start,
      begin(0, { type: "compaction", content: null, encrypted_content: null }),
      piece(0, { type: "compaction_delta", content: "Summary", encrypted_content: "enc" }),
      end(0),
      { type: "message_delta", delta: { stop_reason: "compaction" }, context_management: { applied_edits: [] } },
    );
    expect(fold(events).choices[0]).toEqual({
      content: [
        {
          type: "native",
          protocol: "anthropic-messages",
          value: { type: "compaction", content: "Summary", encrypted_content: "enc" },
        },
      ],
      finish: { unified: "other", raw: "compaction" },
      rest: { protocol: "anthropic-messages", fields: { context_management: { applied_edits: [] } } },
    });
  });

  test("an MCP call's input is gathered", () => {
    const block = { type: "mcp_tool_use", id: "m", name: "f", server_name: "s", input: {} };
    const json = (partial_json: string): JsonObject => piece(0, { type: "input_json_delta", partial_json });
    const value = (...data: JsonObject[]): unknown =>
      fold(of(start, begin(0, block), ...data, stop)).choices[0]?.content;
    expect(value(json(`{"a":`), json("1}"))).toMatchObject([{ value: { ...block, input: { a: 1 } } }]);
    expect(value(json(`{"a":`))).toMatchObject([{ value: { ...block, input: `{"a":` } }]);
  });
});

describe("stop reasons", () => {
  const cases: [string, string][] = [
    ["end_turn", "stop"],
    ["max_tokens", "length"],
    ["tool_use", "tool-calls"],
    ["pause_turn", "pause"],
    ["refusal", "refusal"],
    ["model_context_window_exceeded", "context-window"],
    ["compaction", "other"],
    ["of_tomorrow", "other"],
    ["constructor", "other"],
  ];
  test.each(cases)("%s", (raw, unified) => {
    const finish = of(start, { type: "message_delta", delta: { stop_reason: raw } }).find(
      ({ type }) => type === "finish",
    );
    expect(finish as unknown).toEqual({ type: "finish", reason: { unified, raw } });
  });

  test("the sequence that was met, and details, are kept", () => {
    const details = { type: "refusal", category: "bio", explanation: null };
    const delta = { stop_reason: "stop_sequence", stop_sequence: "END", stop_details: details, container: null };
    expect(of(start, { type: "message_delta", delta })).toContainEqual({
      type: "finish",
      reason: { unified: "stop-sequence", raw: "stop_sequence", stopSequence: "END" },
      rest: { protocol: "anthropic-messages", fields: { stop_details: details } },
    });
  });
});

test("no input makes the decoder throw, and after its end there is one answer or one error", () => {
  const type = constantFrom(
    "message_start",
    "content_block_start",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "error",
    "ping",
  );
  const block = record(
    { type: constantFrom("text", "thinking", "tool_use", "x"), text: jsonValue(), input: jsonValue(), id: jsonValue() },
    { requiredKeys: [] },
  );
  const delta = record(
    {
      type: constantFrom("text_delta", "thinking_delta", "input_json_delta", "citations_delta", "compaction_delta"),
      text: oneof(string(), jsonValue()),
      partial_json: oneof(string(), jsonValue()),
      citation: jsonValue(),
      stop_reason: oneof(string(), jsonValue()),
    },
    { requiredKeys: [] },
  );
  const event = record(
    {
      type,
      index: oneof(integer({ min: 0, max: 3 }), jsonValue()),
      content_block: block,
      delta,
      message: jsonValue(),
      usage: jsonValue(),
    },
    { requiredKeys: ["type"] },
  );
  assert(
    property(array(event), (list) => {
      const events = decoded(list.map((data) => ({ event: "", data: JSON.stringify(data) })));
      const ends = events.filter(({ type: kind }) => kind === "error" || kind === "finish");
      expect(ends.length).toBeGreaterThanOrEqual(1);
      expect(events.findIndex((e) => e.type === "error")).toBeOneOf([-1, events.length - 1]);
    }),
  );
});
