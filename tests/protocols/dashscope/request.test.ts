import { describe, expect, test } from "bun:test";
import { assert, property } from "fast-check";
import type { ChatRequest, ContentPart } from "#src/core/chat.ts";
import type { JsonObject } from "#src/core/json.ts";
import { dashscope } from "#src/protocols/dashscope/index.ts";
import { isMultimodal } from "#src/protocols/dashscope/models.ts";
import { openaiChat } from "#src/protocols/openai-chat/index.ts";
import { strangeRequest } from "#tests/support/strange-json.ts";

const HI = { role: "user", content: [{ type: "text", text: "Hi" }] } as const;

function write(request: Partial<ChatRequest>, model = "qwen-plus"): { body: JsonObject; lost: string[] } {
  const { value, losses } = dashscope.request.encode(
    { model: "asked", stream: false, messages: [HI], ...request },
    { model, dialect: {} },
  );
  return { body: value, lost: losses.map(({ kind, field }) => `${kind} ${field}`) };
}

function parameters(request: Partial<ChatRequest>): JsonObject {
  return write(request).body["parameters"] as JsonObject;
}

test("the frame, whole and streamed", () => {
  expect(write({})).toEqual({
    body: {
      model: "qwen-plus",
      input: { messages: [{ role: "user", content: "Hi" }] },
      parameters: { result_format: "message" },
    },
    lost: [],
  });
  expect(parameters({ stream: true })).toEqual({ result_format: "message", incremental_output: true });
});

test.each([
  ["qwen-plus", false],
  ["qwen3-max", false],
  ["qwen3-235b-a22b", false],
  ["deepseek-r1", false],
  ["qwen-vl-max-latest", true],
  ["qwen2.5-vl-72b-instruct", true],
  ["qwen3-vl-plus", true],
  ["qwen-vl-ocr", true],
  ["qvq-max", true],
  ["qwen2-audio-instruct", true],
  ["qwen3-omni-flash", true],
  ["qwen3.5-plus", true],
])("%s is multimodal: %p", (model, multimodal) => {
  expect(isMultimodal(model)).toBe(multimodal);
});

describe("messages", () => {
  const image = {
    type: "media",
    kind: "image",
    source: { type: "base64", mediaType: "image/png", data: "aGk=" },
  } as const;
  const video = { type: "media", kind: "video", source: { type: "url", url: "https://example.com/a.mp4" } } as const;
  const audio = {
    type: "media",
    kind: "audio",
    source: { type: "base64", mediaType: "audio/wav", data: "aGk=" },
  } as const;
  const user = (...content: ContentPart[]): Partial<ChatRequest> => ({ messages: [{ role: "user", content }] });
  const see = { type: "text", text: "See:" } as const;

  test("are lists of parts where a model takes more than text", () => {
    const { body, lost } = write(user(see, image, video, audio), "qwen-vl-max");
    expect(body["input"]).toEqual({
      messages: [
        {
          role: "user",
          content: [
            { text: "See:" },
            { image: "data:image/png;base64,aGk=" },
            { video: "https://example.com/a.mp4" },
            { audio: "data:audio/wav;base64,aGk=" },
          ],
        },
      ],
    });
    expect(lost).toEqual([]);
  });

  test("are text elsewhere, and what is none is a loss", () => {
    const { body, lost } = write(user(see, image, { type: "text", text: "So?" }));
    expect(body["input"]).toEqual({ messages: [{ role: "user", content: "See:\n\nSo?" }] });
    expect(lost).toEqual(["dropped messages[0].content[1]"]);
  });

  test("call tools, answer them, think, and go on from a begin", () => {
    const messages = [
      { role: "developer", content: [{ type: "text", text: "Be kind." }] },
      HI,
      {
        role: "assistant",
        content: [
          { type: "reasoning", text: "Hm." },
          { type: "tool-call", id: "a", name: "f", kind: "function", input: "{}" },
        ],
      },
      { role: "tool", content: [{ type: "tool-result", toolCallId: "a", content: [{ type: "text", text: "1" }] }] },
      { role: "assistant", content: [{ type: "text", text: "It is" }] },
    ] as const;
    const call = { id: "a", type: "function", function: { name: "f", arguments: "{}" } };
    expect(write({ messages }).body["input"]).toEqual({
      messages: [
        { role: "system", content: "Be kind." },
        { role: "user", content: "Hi" },
        { role: "assistant", content: "", reasoning_content: "Hm.", tool_calls: [call] },
        { role: "tool", tool_call_id: "a", content: "1" },
        { role: "assistant", content: "It is", partial: true },
      ],
    });
    expect(write({ messages }, "qwen3.5-plus").body["input"]).toMatchObject({
      messages: [
        { content: [{ text: "Be kind." }] },
        {},
        { content: [{ text: "" }] },
        { content: [{ text: "1" }] },
        {},
      ],
    });
  });
});

test("a conversation that ends in calls is no begin to go on from", () => {
  const call = { type: "tool-call", id: "a", name: "f", kind: "function", input: "{}" } as const;
  const { input } = write({ messages: [HI, { role: "assistant", content: [call] }] }).body as {
    input: { messages: JsonObject[] };
  };
  expect(input.messages.at(-1)).not.toHaveProperty("partial");
});

describe("parameters", () => {
  test("the ones there are", () => {
    const asked = {
      maxOutputTokens: 9, temperature: 0.5, topP: 0, topK: 3, seed: 1, stop: ["x"], presencePenalty: 1, candidates: 2,
      logprobs: true, topLogprobs: 2, responseFormat: { type: "json" },
    } as const; // prettier-ignore
    expect(parameters(asked)).toEqual({
      result_format: "message", max_tokens: 9, temperature: 0.5, top_p: 0.000_001, top_k: 3, seed: 1, stop: ["x"],
      presence_penalty: 1, n: 2, logprobs: true, top_logprobs: 2, response_format: { type: "json_object" },
    }); // prettier-ignore
  });

  test("the ones there are not are losses, unless they say nothing", () => {
    expect(write({ frequencyPenalty: 1, user: "u", serviceTier: "flex", logitBias: { "1": 1 } }).lost.toSorted()).toEqual([
      "dropped frequency_penalty", "dropped logit_bias", "dropped service_tier", "dropped user",
    ]); // prettier-ignore
    expect(write({ frequencyPenalty: 0, store: false }).lost).toEqual([]);
  });

  test("DashScope's own, which an OpenAI client sends beside OpenAI's", () => {
    const request = openaiChat.request.decode({
      model: "m",
      messages: [{ role: "user", content: "Hi" }],
      enable_search: true,
      search_options: { forced_search: true },
      odd: 1,
    });
    const { value, losses } = dashscope.request.encode(request, { model: "qwen-plus", dialect: {} });
    expect(value["parameters"]).toEqual({
      result_format: "message",
      enable_search: true,
      search_options: { forced_search: true },
    });
    expect(losses).toEqual([{ field: "odd", kind: "dropped" }]);
  });

  test.each([
    [{ effort: "low" }, { enable_thinking: true, thinking_budget: 2048 }],
    [{ budgetTokens: 500 }, { enable_thinking: true, thinking_budget: 500 }],
    [{ mode: "enabled" }, { enable_thinking: true }],
    [{ mode: "disabled" }, { enable_thinking: false }],
    [{ effort: "none" }, { enable_thinking: false }],
  ] as const)("reasoning %p", (reasoning, wire) => {
    expect(parameters({ reasoning })).toEqual({ result_format: "message", ...wire });
  });

  const f = { type: "function", name: "f", inputSchema: { type: "object" } } as const;
  test.each([
    [{ type: "auto" }, "auto", []],
    [{ type: "none" }, "none", []],
    [{ type: "tool", name: "f" }, { type: "function", function: { name: "f" } }, []],
    [{ type: "required" }, undefined, ["approximated tool_choice"]],
  ] as const)("the choice %p is %p", (toolChoice, wire, losses) => {
    const { body, lost } = write({ tools: [f, { type: "custom", name: "g" }], toolChoice });
    const { tools, tool_choice: choice } = body["parameters"] as JsonObject;
    expect(tools).toEqual([{ type: "function", function: { name: "f", parameters: { type: "object" } } }]);
    expect(choice).toEqual(wire as unknown as JsonObject);
    expect(lost).toEqual(["dropped tools[1]", ...losses]);
  });
});

test("any request a client may send is written, without undefined in it", () => {
  assert(
    property(strangeRequest(), (wire) => {
      let request: ChatRequest;
      try {
        request = openaiChat.request.decode(wire);
      } catch {
        return;
      }
      for (const model of ["qwen-plus", "qwen-vl-max"]) {
        const { value } = dashscope.request.encode(request, { model, dialect: {} });
        expect(JSON.parse(JSON.stringify(value))).toStrictEqual(value);
      }
    }),
  );
});
