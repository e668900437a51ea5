import { describe, expect, test } from "bun:test";
import type { ChatEvent } from "#src/core/chat.ts";
import type { JsonObject } from "#src/core/json.ts";
import { anthropicMessages } from "#src/protocols/anthropic-messages/index.ts";
import { dataOf, decoded, encoded, readSse, responseTarget } from "./fixtures.ts";

const start: ChatEvent = { type: "start", id: "msg_1", model: "m" };
const stop: ChatEvent = { type: "finish", reason: { unified: "stop", raw: "stop" } };
const words = (block: number, text: string): ChatEvent => ({ type: "text", block, text });
const call = (block: number, id: string): ChatEvent => ({ type: "tool-call", block, id, name: id, kind: "function" });
const input = (block: number, text: string): ChatEvent => ({ type: "tool-input", block, text });
const done = (block: number): ChatEvent => ({ type: "block-end", block });

/** Frames in short: what happens to which index. */
function story(events: ChatEvent[]): string[] {
  return dataOf(encoded(events).frames).map((data) => {
    const index = data.index as number;
    const block = data.content_block as JsonObject | undefined;
    const delta = data.delta as JsonObject | undefined;
    switch (data.type) {
      case "content_block_start":
        return `+${index} ${block?.type as string}`;
      case "content_block_delta":
        return `${index} ${Object.values(delta ?? {})[1] as string}`;
      case "content_block_stop":
        return `-${index}`;
      default:
        return (data.type as string).replace("message_", "");
    }
  });
}

describe("grammar", () => {
  test("a second begin changes nothing", () => {
    const [begin] = dataOf(encoded([start, { type: "start", id: "other" }, stop]).frames);
    expect(begin?.message).toMatchObject({ id: "msg_1" });
  });

  test("an answer without content", () => {
    expect(story([start, stop])).toEqual(["start", "delta", "stop"]);
  });

  test("every frame names its event", () => {
    for (const frame of encoded([start, words(0, "a"), { type: "ping" }, stop]).frames) {
      if ("data" in frame) expect(frame.event).toBe((JSON.parse(frame.data) as JsonObject).type as string);
    }
  });

  test("one block at a time, without gaps", () => {
    const events: ChatEvent[] = [
      start,
      { type: "reasoning", block: 0, text: "hm" },
      words(1, "a"),
      words(1, "b"),
      call(2, "f"),
      input(2, "{}"),
      stop,
    ];
    expect(story(events)).toEqual([
      "start",
      "+0 thinking",
      "0 hm",
      "-0",
      "+1 text",
      "1 a",
      "1 b",
      "-1",
      "+2 tool_use",
      "2 {}",
      "-2",
      "delta",
      "stop",
    ]);
  });

  test("calls that interleave are written one after the other", () => {
    const events = [
      start,
      call(0, "f"),
      call(1, "g"),
      input(1, "[1"),
      input(0, "{"),
      words(2, "t"),
      input(1, "]"),
      input(0, "}"),
      call(3, "h"),
      stop,
    ];
    expect(story(events)).toEqual([
      "start",
      "+0 tool_use",
      "0 {",
      "0 }",
      "-0",
      "+1 tool_use",
      "1 [1",
      "1 ]",
      "-1",
      "+2 text",
      "2 t",
      "-2",
      "+3 tool_use",
      "-3",
      "delta",
      "stop",
    ]);
  });

  test("a call that is known to be complete lets the next one stream", () => {
    const encoder = anthropicMessages.stream.encoder(responseTarget);
    for (const event of [start, call(0, "f"), call(1, "g"), input(1, "a")]) encoder.step(event);
    expect(dataOf(encoder.step(done(0))).map(({ type }) => type)).toEqual([
      "content_block_stop",
      "content_block_start",
      "content_block_delta",
    ]);
    expect(dataOf(encoder.step(input(1, "b"))).map(({ type }) => type)).toEqual(["content_block_delta"]);
  });

  test("a block that was complete while it waited does not hold up the next", () => {
    const encoder = anthropicMessages.stream.encoder(responseTarget);
    for (const event of [start, call(0, "f"), call(1, "g"), done(1), call(2, "h")]) encoder.step(event);
    expect(dataOf(encoder.step(done(0))).map(({ type, index }) => [type, index] as unknown[])).toEqual([
      ["content_block_stop", 0],
      ["content_block_start", 1],
      ["content_block_stop", 1],
      ["content_block_start", 2],
    ]);
  });

  test("text after a complete block of its own opens another", () => {
    expect(story([start, words(0, "a"), { type: "reasoning", block: 1, text: "b" }, words(0, "c"), stop])).toEqual([
      "start",
      "+0 text",
      "0 a",
      "-0",
      "+1 thinking",
      "1 b",
      "-1",
      "+2 text",
      "2 c",
      "-2",
      "delta",
      "stop",
    ]);
  });

  test("empty pieces open nothing, input without its call is passed over", () => {
    expect(story([start, words(0, ""), { type: "reasoning", block: 1, text: "" }, input(2, "x"), stop])).toEqual([
      "start",
      "delta",
      "stop",
    ]);
  });

  test("nothing after the finish but usage, nothing after the end but the end", () => {
    const { frames } = encoded([
      start,
      stop,
      words(0, "late"),
      stop,
      { type: "usage", usage: { inputTokens: 1, outputTokens: 2 } },
    ]);
    expect(dataOf(frames).map(({ type }) => type)).toEqual(["message_start", "message_delta", "message_stop"]);
    expect(dataOf(frames)[1]?.usage).toMatchObject({ input_tokens: 1, output_tokens: 2 });
  });

  test("content before the start, and a ping before everything", () => {
    expect(story([{ type: "ping" }, words(0, "a"), { type: "ping" }, stop])).toEqual([
      "ping",
      "start",
      "+0 text",
      "0 a",
      "ping",
      "-0",
      "delta",
      "stop",
    ]);
    expect(dataOf(encoded([stop]).frames)[0]?.message).toMatchObject({ id: "msg_made", model: "" });
  });

  test("an error is the last frame, in whatever state", () => {
    const error: ChatEvent = { type: "error", code: "idle_timeout", message: "Too slow." };
    const { frames } = encoded([start, words(0, "a"), error, words(0, "b"), stop]);
    expect(dataOf(frames).at(-1)).toEqual({
      type: "error",
      error: { type: "timeout_error", message: "Too slow." },
      request_id: null,
    });
    expect(frames.at(-1)).toMatchObject({ event: "error" });
    expect(encoded([error]).frames).toHaveLength(1);
  });

  test("an end without a finish is an error", () => {
    expect(dataOf(encoded([start, words(0, "a")]).frames).at(-1)).toMatchObject({
      type: "error",
      error: { type: "api_error" },
    });
  });
});

describe("fields", () => {
  test("the begin has what the SDK's type demands, and the input where it is known", () => {
    const usage = {
      inputTokens: 10,
      outputTokens: 0,
      cachedInputTokens: 4,
      cacheWriteTokens: 3,
      cacheWrite1hTokens: 1,
    };
    const [begin] = dataOf(encoded([start, { type: "usage", usage }, stop]).frames);
    expect(begin?.message).toEqual({
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "m",
      content: [],
      stop_reason: null,
      stop_sequence: null,
      stop_details: null,
      container: null,
      diagnostics: null,
      usage: {
        input_tokens: 3,
        cache_read_input_tokens: 4,
        cache_creation_input_tokens: 3,
        cache_creation: { ephemeral_5m_input_tokens: 2, ephemeral_1h_input_tokens: 1 },
        output_tokens: 0,
        output_tokens_details: null,
        server_tool_use: null,
        service_tier: null,
        inference_geo: null,
        speed: null,
      },
    });
  });

  test("the route's model name replaces the one that answered", () => {
    const [begin] = dataOf(encoded([start, stop], { ...responseTarget, model: "asked" }).frames);
    expect(begin?.message).toMatchObject({ model: "asked" });
  });

  test("a custom tool's text becomes JSON, escaped piece by piece", () => {
    const text = `say "hi"\n👋`;
    const events: ChatEvent[] = [start, { type: "tool-call", block: 0, id: "c", name: "c", kind: "custom" }];
    // Cut between the halves of the emoji as well.
    for (const unit of text.split("")) events.push(input(0, unit));
    const { frames, losses } = encoded([...events, stop]);
    const json = dataOf(frames)
      .map(({ delta }) => (delta as JsonObject | undefined)?.partial_json as string | undefined)
      .join("");
    expect(JSON.parse(json)).toEqual({ input: text });
    expect(losses).toEqual(["choices[0].content[0].tool_call"]);
    const none = encoded([start, { type: "tool-call", block: 0, id: "c", name: "c", kind: "custom" }, stop]);
    expect(dataOf(none.frames)[2]?.delta).toMatchObject({ partial_json: `{"input":""}` });
  });

  test("redacted thinking is a block of its own, even in the middle of another", () => {
    const events: ChatEvent[] = [
      start,
      { type: "reasoning", block: 0, text: "a", signature: "s" },
      { type: "reasoning", block: 0, text: "", redacted: "r" },
      stop,
    ];
    expect(story(events)).toEqual([
      "start",
      "+0 thinking",
      "0 a",
      "0 s",
      "-0",
      "+1 redacted_thinking",
      "-1",
      "delta",
      "stop",
    ]);
  });

  test("what Claude's clients cannot be told is a loss, once", () => {
    const { losses } = encoded([
      start,
      { type: "text", block: 0, text: "a", logprobs: [] },
      { type: "text", block: 0, text: "b", logprobs: [] },
      { type: "text", block: 1, text: "other", choice: 1 },
      { type: "citation", block: 0, citation: { protocol: "openai-chat", value: {} } },
      { type: "citation", block: 2, citation: { protocol: "openai-chat", value: {} } },
      { type: "native", block: 3, protocol: "gemini", value: { a: 1 } },
      stop,
      { type: "finish", choice: 1, reason: { unified: "stop", raw: "stop" } },
    ]);
    expect(losses).toEqual([
      "logprobs",
      "choices[1]",
      "choices[0].content[0].citations",
      "choices[0].content[2].citations",
      "choices[0].content[3]",
    ]);
  });

  test("stop reasons: Claude's own words stay, others are translated, calls and refusals count", () => {
    const reason = (
      events: ChatEvent[],
      unified: "stop" | "length" | "other" | "content-filter",
      raw: string,
    ): unknown => {
      const { frames } = encoded([start, ...events, { type: "finish", reason: { unified, raw } }]);
      return (dataOf(frames).at(-2)?.delta as JsonObject | undefined)?.stop_reason;
    };
    expect(reason([], "stop", "stop")).toBe("end_turn");
    expect(reason([], "length", "length")).toBe("max_tokens");
    expect(reason([], "other", "compaction")).toBe("compaction");
    expect(reason([], "content-filter", "content_filter")).toBe("refusal");
    expect(reason([{ type: "refusal", block: 0, text: "No" }], "stop", "stop")).toBe("refusal");
    expect(reason([call(0, "f")], "stop", "stop")).toBe("tool_use");
    expect(reason([call(0, "f")], "stop", "end_turn")).toBe("end_turn");
    const server: ChatEvent = { type: "tool-call", block: 0, id: "s", name: "web_search", kind: "server" };
    expect(reason([server], "stop", "stop")).toBe("end_turn");
  });
});

test.each(["text.sse", "thinking-tools.sse", "server-tool.sse"])("%s comes back as it was told", async (name) => {
  const events = decoded(await readSse(name));
  const { frames, losses } = encoded(events);
  expect(losses).toEqual([]);
  const again = decoded(
    frames.flatMap((frame) => ("data" in frame ? [{ event: frame.event ?? "", data: frame.data }] : [])),
  );
  const content = (list: ChatEvent[]): ChatEvent[] =>
    list.filter(({ type }) => type !== "usage" && type !== "block-end");
  expect(content(again)).toEqual(content(events));
});
