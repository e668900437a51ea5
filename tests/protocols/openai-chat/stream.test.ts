import { describe, expect, test } from "bun:test";
import { fold } from "#src/core/chat-fold.ts";
import type { ChatEvent, ContentPart } from "#src/core/chat.ts";
import type { Json, JsonObject } from "#src/core/json.ts";
import type { SseFrame } from "#src/core/sse.ts";
import { openaiChat } from "#src/protocols/openai-chat/index.ts";
import { decodeStream, encodeStream, responseTarget } from "#tests/contracts/codec.ts";

type Chunk = JsonObject | string;

function decode(...chunks: Chunk[]): ChatEvent[] {
  return decodeStream(
    openaiChat,
    chunks.map((chunk) => ({ event: "", data: typeof chunk === "string" ? chunk : JSON.stringify(chunk) })),
  );
}

function delta(fields: JsonObject, finish: Json = null, index = 0): JsonObject {
  return { id: "chatcmpl-7", model: "m", created: 1, choices: [{ index, delta: fields, finish_reason: finish }] };
}

function calls(...entries: JsonObject[]): JsonObject {
  return delta({ tool_calls: entries });
}

function fn(name: string | null, args: Json, fields: JsonObject = {}): JsonObject {
  return { ...fields, function: { ...(name === null ? {} : { name }), ...(args === null ? {} : { arguments: args }) } };
}

const STOP = delta({}, "stop");

function content(...chunks: Chunk[]): readonly ContentPart[] {
  return fold(decode(...chunks, STOP)).choices[0]?.content ?? [];
}

function call(id: string, name: string, input: string): ContentPart {
  return { type: "tool-call", id, name, input, kind: "function" };
}

describe("tool calls put together from whatever vendors send", () => {
  const cases: readonly (readonly [name: string, chunks: Chunk[], expected: ContentPart[]])[] = [
    [
      "pieces of several, interleaved",
      [
        calls({ index: 0, id: "a", ...fn("f", "") }),
        calls({ index: 1, id: "b", ...fn("g", "") }),
        calls({ index: 0, ...fn(null, '{"x"') }, { index: 1, ...fn(null, "{") }),
        calls({ index: 1, ...fn(null, "}") }, { index: 0, ...fn(null, ":1}") }),
      ],
      [call("a", "f", '{"x":1}'), call("b", "g", "{}")],
    ],
    ["no arguments at all", [calls({ index: 0, id: "a", ...fn("f", null) })], [call("a", "f", "")]],
    [
      "arguments in the first chunk",
      [calls({ index: 0, id: "a", ...fn("f", '{"x":1}') })],
      [call("a", "f", '{"x":1}')],
    ],
    ["arguments as an object", [calls({ index: 0, id: "a", ...fn("f", { x: 1 }) })], [call("a", "f", '{"x":1}')]],
    [
      "a chunk with the name only, then the id",
      [
        calls({ index: 0, ...fn("f", null) }),
        calls({ index: 0, ...fn(null, "{") }),
        calls({ index: 0, id: "a", ...fn(null, "}") }),
      ],
      [call("a", "f", "{}")],
    ],
    [
      "the id first, the name later",
      [calls({ index: 0, id: "a" }), calls({ index: 0, ...fn("f", "{}") })],
      [call("a", "f", "{}")],
    ],
    ["no id ever", [calls({ index: 0, ...fn("f", "{}") })], [call("call_7_0", "f", "{}")]],
    [
      "no index, ids on every piece",
      [calls({ id: "a", ...fn("f", "{") }), calls({ id: "a", ...fn(null, "}") }), calls({ id: "b", ...fn("f", "{}") })],
      [call("a", "f", "{}"), call("b", "f", "{}")],
    ],
    [
      "no index, ids on the first pieces only",
      [calls({ id: "a", ...fn("f", "{") }), calls(fn(null, "}")), calls({ id: "b", ...fn("g", "{}") })],
      [call("a", "f", "{}"), call("b", "g", "{}")],
    ],
    [
      "every call numbered 0",
      [calls({ index: 0, id: "a", ...fn("f", "{}") }), calls({ index: 0, id: "b", ...fn("f", "{}") })],
      [call("a", "f", "{}"), call("b", "f", "{}")],
    ],
    [
      "id and name repeated on every piece",
      [calls({ index: 0, id: "a", ...fn("f", "{") }), calls({ index: 0, id: "a", ...fn("f", "}") })],
      [call("a", "f", "{}")],
    ],
    [
      "a first chunk sent twice",
      [
        delta({ role: "assistant", content: "" }),
        delta({ role: "assistant", content: "" }),
        calls({ index: 0, id: "a", ...fn("f", "{}") }),
      ],
      [call("a", "f", "{}")],
    ],
    ["an empty list", [delta({ content: "x", tool_calls: [] })], [{ type: "text", text: "x" }]],
    [
      "the older function_call",
      [delta({ function_call: { name: "f", arguments: "" } }), delta({ function_call: { arguments: "{}" } })],
      [call("call_7_0", "f", "{}")],
    ],
    [
      "a signature beside the call",
      [calls({ index: 0, id: "a", ...fn("f", "{}"), extra_content: { google: { thought_signature: "t" } } })],
      [
        {
          ...call("a", "f", "{}"),
          rest: { protocol: "openai-chat", fields: { extra_content: { google: { thought_signature: "t" } } } },
        },
      ],
    ],
  ];
  for (const [name, chunks, expected] of cases) test(name, () => expect(content(...chunks)).toEqual(expected));
});

describe("chunks that are not as OpenAI's", () => {
  const hi = delta({ content: "hi" });

  test("the role on every chunk, empty pieces and choices, a nulled finish", () => {
    const chunks: Chunk[] = [
      delta({ role: "assistant", content: "" }, ""),
      { id: "x", choices: [] },
      delta({ role: "assistant", content: "h" }, "null"),
      delta({ role: "assistant", content: "i", reasoning_content: "" }),
    ];
    expect(content(...chunks)).toEqual([{ type: "text", text: "hi" }]);
  });

  test("an answer begins where its id is, with what was said before", () => {
    const [start] = decode({ id: "", model: "", choices: [], prompt_filter_results: [1] }, hi, STOP);
    expect(start).toEqual({
      type: "start",
      id: "chatcmpl-7",
      model: "m",
      created: 1,
      rest: { protocol: "openai-chat", fields: { prompt_filter_results: [1] } },
    });
  });

  test("usage with the finish, on its own, or in a choice", () => {
    const usage = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 };
    const last = (...chunks: Chunk[]): unknown => fold(decode(hi, ...chunks)).usage;
    const counted = { inputTokens: 3, outputTokens: 4 };
    expect(last({ ...STOP, usage })).toEqual(counted);
    expect(last(STOP, { id: "x", choices: [], usage })).toEqual(counted);
    expect(last({ id: "x", choices: [{ index: 0, delta: {}, finish_reason: "stop", usage }] })).toEqual(counted);
    expect(last({ ...STOP, x_groq: { usage } })).toEqual(counted);
    expect(last({ ...STOP, usage: {} })).toBeUndefined();
  });

  test("what comes after the finish is ignored, a finish said twice is said once", () => {
    const events = decode(hi, STOP, delta({ content: "late" }), STOP, "[DONE]", delta({ content: "later" }), "{");
    expect(events.filter((event) => event.type === "finish")).toHaveLength(1);
    expect(events.some((event) => event.type === "error")).toBeFalse();
    expect(fold(events).choices[0]?.content).toEqual([{ type: "text", text: "hi" }]);
  });

  test("a call with finish `stop` is told as a call", () => {
    const { finish } = fold(decode(calls({ index: 0, id: "a", ...fn("f", "{}") }), STOP)).choices[0] ?? {};
    expect(finish).toEqual({ unified: "tool-calls", raw: "stop" });
  });

  test("the stop sequence that vLLM names", () => {
    const end = { id: "x", choices: [{ index: 0, delta: {}, finish_reason: "stop", stop_reason: "END" }] };
    expect(fold(decode(hi, end)).choices[0]).toMatchObject({
      finish: { unified: "stop-sequence", raw: "stop", stopSequence: "END" },
    });
  });

  test("every finish reason", () => {
    const unified = (raw: string): unknown => fold(decode(hi, delta({}, raw))).choices[0]?.finish.unified;
    expect(
      Object.fromEntries(
        ["stop", "length", "tool_calls", "content_filter", "function_call", "eos", "STOP", "model_length", "abort"].map(
          (raw) => [raw, unified(raw)],
        ),
      ),
    ).toEqual({
      stop: "stop",
      length: "length",
      tool_calls: "tool-calls",
      content_filter: "content-filter",
      function_call: "tool-calls",
      eos: "stop",
      STOP: "stop",
      model_length: "context-window",
      abort: "other",
    });
  });

  test("several answers side by side", () => {
    const events = decode(
      delta({ content: "a" }),
      delta({ content: "b" }, null, 1),
      delta({ content: "A" }),
      delta({}, "length", 1),
      STOP,
    );
    expect(fold(events).choices).toMatchObject([
      { content: [{ text: "aA" }], finish: { unified: "stop" } },
      { content: [{ text: "b" }], finish: { unified: "length" } },
    ]);
    expect(decode(delta({ content: "a" }), delta({ content: "b" }, null, 1), STOP).at(-1)).toMatchObject({
      type: "error",
      code: "upstream_cut",
    });
  });

  test("Mistral's parts, with thinking among them", () => {
    const chunk = delta({
      content: [
        { type: "thinking", thinking: [{ type: "text", text: "Hm." }] },
        { type: "text", text: "ok" },
      ],
    });
    expect(content(chunk)).toEqual([
      { type: "reasoning", text: "Hm." },
      { type: "text", text: "ok" },
    ]);
  });

  test("annotations are citations of the text, log probabilities stay with it", () => {
    const value = {
      type: "url_citation",
      url_citation: { url: "https://example.com", title: "E", start_index: 0, end_index: 2 },
    };
    const scores = [{ token: "hi", logprob: -0.1, bytes: null, top_logprobs: [] }];
    const scored = {
      id: "x",
      choices: [{ index: 0, delta: { content: "hi" }, logprobs: { content: scores }, finish_reason: null }],
    };
    expect(content(scored, delta({ annotations: [value] }))).toEqual([
      {
        type: "text",
        text: "hi",
        logprobs: scores,
        citations: [
          { protocol: "openai-chat", value, url: "https://example.com", title: "E", span: { start: 0, end: 2 } },
        ],
      },
    ]);
  });

  test("fields nobody knows travel as parts of their own", () => {
    const audio = { id: "audio_1", transcript: "Hel" };
    expect(content(delta({ audio }))).toEqual([{ type: "native", protocol: "openai-chat", value: { audio } }]);
  });
});

describe("a stream that fails", () => {
  const hi = delta({ content: "hi" });

  test("without its finish reason it was cut, terminator or not", () => {
    expect(decode(hi).at(-1)).toMatchObject({ type: "error", code: "upstream_cut" });
    expect(decode(hi, "[DONE]").at(-1)).toMatchObject({ type: "error", code: "upstream_cut" });
    expect(decode().at(-1)).toMatchObject({ type: "error", code: "upstream_cut" });
    expect(decode(hi, STOP).at(-1)).toMatchObject({ type: "finish" });
  });

  const failures: readonly (readonly [name: string, chunk: Chunk, error: JsonObject])[] = [
    ["malformed JSON", '{"choices":', { code: "upstream_garbage" }],
    ["no object", "17", { code: "upstream_garbage" }],
    [
      "OpenAI's error",
      { error: { message: "Overloaded", type: "server_error", code: null } },
      { code: "upstream_error", message: "Overloaded", upstream: { type: "server_error" } },
    ],
    ["an error as text", { error: "out of memory" }, { code: "upstream_error", message: "out of memory" }],
    [
      "vLLM's error",
      { object: "error", message: "too long", type: "BadRequestError", code: 400 },
      { message: "too long", status: 400, upstream: { type: "BadRequestError", code: "400" } },
    ],
    [
      "OpenRouter's error beside choices",
      { id: "x", choices: [{ index: 0, delta: {}, finish_reason: "error" }], error: { code: 502, message: "Gone" } },
      { message: "Gone", status: 502 },
    ],
    [
      "an error in a choice",
      { id: "x", choices: [{ index: 0, delta: {}, finish_reason: "error", error: { message: "Gone" } }] },
      { message: "Gone" },
    ],
  ];
  for (const [name, chunk, error] of failures) {
    test(name, () => {
      const events = decode(hi, chunk, delta({ content: "more" }), STOP);
      expect(events.at(-1)).toMatchObject({ type: "error", ...error });
      expect(events.filter((event) => event.type === "error")).toHaveLength(1);
      expect(events.filter((event) => event.type === "finish")).toHaveLength(0);
    });
  }
});

describe("writing a stream", () => {
  const start: ChatEvent = { type: "start", id: "msg_1", model: "claude", created: 5 };
  const stop: ChatEvent = { type: "finish", reason: { unified: "stop", raw: "end_turn" } };

  function datas(frames: readonly SseFrame[]): string[] {
    return frames.flatMap((frame) => ("data" in frame ? [frame.data] : []));
  }

  function deltas(...events: ChatEvent[]): unknown[] {
    const target = { ...responseTarget, includeUsage: false };
    return datas(encodeStream(openaiChat, [start, ...events, stop], target))
      .slice(1, -2)
      .map((data) => (JSON.parse(data) as { choices: { delta: unknown }[] }).choices[0]?.delta);
  }

  test("byte for byte", () => {
    const events: ChatEvent[] = [start, { type: "text", block: 0, text: "h“i" }, { type: "block-end", block: 0 }, stop];
    events.push({ type: "usage", usage: { inputTokens: 5, outputTokens: 2, cachedInputTokens: 1 } });
    const head = '{"id":"msg_1","object":"chat.completion.chunk","created":5,"model":"claude","choices":[';
    expect(datas(encodeStream(openaiChat, events, responseTarget))).toEqual([
      `${head}{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"usage":null}`,
      `${head}{"index":0,"delta":{"content":"h“i"},"logprobs":null,"finish_reason":null}],"usage":null}`,
      `${head}{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],"usage":null}`,
      `${head}],"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7,"prompt_tokens_details":{"cached_tokens":1}}}`,
      "[DONE]",
    ]);
  });

  test("a call that ends without input is given an empty object, once", () => {
    expect(
      deltas(
        { type: "tool-call", block: 0, id: "a", name: "f", kind: "function" },
        { type: "block-end", block: 0 },
        { type: "tool-call", block: 1, id: "b", name: "g", kind: "function" },
      ),
    ).toEqual([
      { tool_calls: [{ index: 0, id: "a", type: "function", function: { name: "f", arguments: "" } }] },
      { tool_calls: [{ index: 0, function: { arguments: "{}" } }] },
      { tool_calls: [{ index: 1, id: "b", type: "function", function: { name: "g", arguments: "" } }] },
      { tool_calls: [{ index: 1, function: { arguments: "{}" } }] },
    ]);
  });

  test("reasoning as text for those who show it, with its seal for those who send it back", () => {
    const detail = { type: "reasoning.text", format: "anthropic-claude-v1", index: 0 };
    expect(
      deltas(
        { type: "reasoning", block: 0, text: "Hm." },
        { type: "reasoning", block: 0, text: "", signature: "s" },
        { type: "reasoning", block: 1, text: "", redacted: "r" },
      ),
    ).toEqual([
      { reasoning_content: "Hm.", reasoning_details: [{ ...detail, text: "Hm." }] },
      { reasoning_details: [{ ...detail, signature: "s" }] },
      { reasoning_details: [{ type: "reasoning.encrypted", data: "r", format: "anthropic-claude-v1", index: 1 }] },
    ]);
  });

  test("the vendor's own fields: the fingerprint on every chunk, others on the first", () => {
    const fields = { system_fingerprint: "fp", provider: "Some" };
    const begin: ChatEvent = { ...start, rest: { protocol: "openai-chat", fields } };
    const chunks = datas(
      encodeStream(openaiChat, [begin, { type: "text", block: 0, text: "x" }, stop], responseTarget),
    );
    expect(JSON.parse(chunks[0] ?? "")).toMatchObject(fields);
    expect(JSON.parse(chunks[1] ?? "")).toMatchObject({ system_fingerprint: "fp" });
    expect(JSON.parse(chunks[1] ?? "")).not.toHaveProperty("provider");
  });

  test("a ping is a comment, a server's own tool is a loss", () => {
    const encoder = openaiChat.stream.encoder(responseTarget);
    expect(encoder.step({ type: "ping" })).toEqual([{ comment: "ping" }]);
    encoder.step(start);
    expect(encoder.step({ type: "tool-call", block: 0, id: "a", name: "web_search", kind: "server" })).toEqual([]);
    expect(encoder.step({ type: "tool-input", block: 0, text: "{}" })).toEqual([]);
    expect(encoder.losses).toMatchObject([{ field: "choices[0].content[0]", kind: "dropped" }]);
  });

  test("events that just stop get an error, not the terminator", () => {
    const frames = encodeStream(openaiChat, [start, { type: "text", block: 0, text: "half" }], responseTarget);
    const last = datas(frames).at(-1) ?? "";
    expect(JSON.parse(last)).toMatchObject({ error: { code: "upstream_cut" } });
  });

  test("an answer without an id or a time is given both", () => {
    const [first = ""] = datas(encodeStream(openaiChat, [{ type: "start" }, stop], responseTarget));
    expect(JSON.parse(first)).toMatchObject({ id: "chatcmpl-fresh", created: 1_700_000_000, model: "" });
  });
});
