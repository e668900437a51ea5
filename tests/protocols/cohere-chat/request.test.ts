import { describe, expect, test } from "bun:test";
import { assert, property } from "fast-check";
import type { ChatMessage, ChatRequest } from "#src/core/chat.ts";
import type { JsonObject } from "#src/core/json.ts";
import { cohereChat } from "#src/protocols/cohere-chat/index.ts";
import { codecFor } from "#src/protocols/index.ts";
import { chatRequests } from "#tests/support/chat-arbitraries.ts";
import { FULL } from "./abilities.ts";

const USER: ChatMessage = { role: "user", content: [{ type: "text", text: "Hi." }] };

function written(
  request: Partial<ChatRequest>,
  model = "command-a-reasoning-08-2025",
): { body: JsonObject; lost: string[] } {
  const { value, losses } = cohereChat.request.encode(
    { model: "m", stream: false, messages: [USER], ...request },
    { model, dialect: {} },
  );
  return { body: value, lost: losses.map(({ field, kind }) => `${kind} ${field}`) };
}

const BASE = { model: "command-a-reasoning-08-2025", messages: [{ role: "user", content: "Hi." }] };

// Fields: https://docs.cohere.com/reference/chat
test("settings have Cohere's names", () => {
  expect(
    written({
      stream: true,
      maxOutputTokens: 9,
      temperature: 0.2,
      topP: 0.9,
      topK: 40,
      seed: 7,
      frequencyPenalty: 0.5,
      presencePenalty: 0.25,
      stop: ["a", "b"],
    }),
  ).toEqual({
    body: {
      ...BASE,
      stream: true,
      max_tokens: 9,
      temperature: 0.2,
      p: 0.9,
      k: 40,
      seed: 7,
      frequency_penalty: 0.5,
      presence_penalty: 0.25,
      stop_sequences: ["a", "b"],
    },
    lost: [],
  });
});

test("what is out of Cohere's range is moved to its edge, and told", () => {
  expect(
    written({ topP: 1, topK: 1000, presencePenalty: -1, frequencyPenalty: 2, stop: ["1", "2", "3", "4", "5", "6"] }),
  ).toEqual({
    body: {
      ...BASE,
      p: 0.99,
      k: 500,
      presence_penalty: 0,
      frequency_penalty: 1,
      stop_sequences: ["1", "2", "3", "4", "5"],
    },
    lost: ["top_p", "top_k", "frequency_penalty", "presence_penalty", "stop"].map((field) => `approximated ${field}`),
  });
});

test("what Cohere has no word for is named", () => {
  expect(
    written({
      candidates: 2,
      logprobs: true,
      topLogprobs: 3,
      user: "u",
      serviceTier: "flex",
      verbosity: "low",
      store: true,
      modalities: ["text", "audio"],
      logitBias: { "1": 2 },
      metadata: { a: "b" },
    }).lost,
  ).toEqual(
    [
      "n",
      "logprobs",
      "top_logprobs",
      "user",
      "service_tier",
      "verbosity",
      "store",
      "modalities",
      "logit_bias",
      "metadata.a",
    ].map((field) => `dropped ${field}`),
  );
  expect(written({ candidates: 1, logprobs: false, store: false, modalities: ["text"], logitBias: {} }).lost).toEqual(
    [],
  );
});

describe("messages", () => {
  test("a conversation with a call and its result", () => {
    const { body, lost } = written({
      messages: [
        { role: "developer", content: [{ type: "text", text: "Be brief." }] },
        USER,
        {
          role: "assistant",
          content: [
            { type: "reasoning", text: "I look it up." },
            { type: "tool-call", id: "c1", name: "now", kind: "function", input: "" },
          ],
        },
        {
          role: "tool",
          content: [{ type: "tool-result", toolCallId: "c1", content: [{ type: "text", text: "12:00" }] }],
        },
        {
          role: "assistant",
          content: [
            { type: "reasoning", text: "Noon." },
            { type: "text", text: "It is noon." },
          ],
        },
        USER,
      ],
    });
    expect(lost).toEqual([]);
    expect(body["messages"]).toEqual([
      { role: "system", content: "Be brief." },
      { role: "user", content: "Hi." },
      {
        role: "assistant",
        tool_plan: "I look it up.",
        tool_calls: [{ id: "c1", type: "function", function: { name: "now", arguments: "{}" } }],
      },
      { role: "tool", tool_call_id: "c1", content: "12:00" },
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "Noon." },
          { type: "text", text: "It is noon." },
        ],
      },
      { role: "user", content: "Hi." },
    ]);
  });

  test("images are told by their URL or bytes; other media are not", () => {
    const { body, lost } = written({
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "What?" },
            { type: "media", kind: "image", source: { type: "url", url: "https://x.test/a.png" }, detail: "low" },
            { type: "media", kind: "image", source: { type: "base64", mediaType: "image/png", data: "AAAA" } },
            { type: "media", kind: "image", source: { type: "file", id: "file-1" } },
            { type: "media", kind: "audio", source: { type: "base64", mediaType: "audio/wav", data: "AAAA" } },
            { type: "media", kind: "document", source: { type: "base64", mediaType: "application/pdf", data: "AAAA" } },
          ],
        },
      ],
    });
    expect(body["messages"]).toEqual([
      {
        role: "user",
        content: [
          { type: "text", text: "What?" },
          { type: "image_url", image_url: { url: "https://x.test/a.png", detail: "low" } },
          { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
        ],
      },
    ]);
    expect(lost).toEqual([3, 4, 5].map((index) => `dropped messages[0].content[${index}]`));
  });

  test("a document's text becomes a document of the request", () => {
    const { body, lost } = written({
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "Sum up." },
            { type: "media", kind: "document", title: "T", source: { type: "text", text: "Long." } },
            {
              type: "media",
              kind: "document",
              filename: "a.txt",
              source: { type: "base64", mediaType: "text/plain", data: "R3LDvMOfZQ==" },
            },
          ],
        },
      ],
    });
    expect(body).toMatchObject({
      messages: [{ role: "user", content: "Sum up." }],
      documents: [{ data: { text: "Long.", title: "T" } }, { data: { text: "Grüße", title: "a.txt" } }],
    });
    expect(lost).toEqual([1, 2].map((index) => `approximated messages[0].content[${index}]`));
  });

  test("a failed tool says so in its text; an image in a result is named", () => {
    const { body, lost } = written({
      messages: [
        USER,
        {
          role: "tool",
          content: [
            {
              type: "tool-result",
              toolCallId: "c1",
              isError: true,
              content: [
                { type: "text", text: "no such town" },
                { type: "media", kind: "image", source: { type: "url", url: "https://x.test/a.png" } },
              ],
            },
          ],
        },
      ],
    });
    expect((body["messages"] as JsonObject[])[1]).toEqual({
      role: "tool",
      tool_call_id: "c1",
      content: [
        { type: "text", text: "Error:" },
        { type: "text", text: "no such town" },
      ],
    });
    expect(lost).toEqual(["dropped messages[1].content[0].content[1]", "approximated messages[1].content[0].is_error"]);
  });

  test("citations go back to Cohere alone", () => {
    const value = { start: 0, end: 2, text: "It", sources: [] };
    const said = (protocol: "cohere-chat" | "gemini"): ChatMessage[] => [
      { role: "assistant", content: [{ type: "text", text: "It is.", citations: [{ protocol, value }] }] },
      USER,
    ];
    expect(written({ messages: said("cohere-chat") }).body["messages"]).toEqual([
      { role: "assistant", content: "It is.", citations: [value] },
      { role: "user", content: "Hi." },
    ]);
    expect(written({ messages: said("gemini") }).lost).toEqual(["dropped messages[0].content[0].citations"]);
  });
});

describe("tools", () => {
  const tool = (name: string, strict?: boolean) =>
    ({ type: "function", name, inputSchema: { type: "object" }, ...(strict === undefined ? {} : { strict }) }) as const;
  const wire = (name: string): JsonObject => ({ type: "function", function: { name, parameters: { type: "object" } } });

  test.each([
    [{ type: "auto" }, { tools: [wire("a"), wire("b")] }, []],
    [{ type: "none" }, { tools: [wire("a"), wire("b")], tool_choice: "NONE" }, []],
    [{ type: "required" }, { tools: [wire("a"), wire("b")], tool_choice: "REQUIRED" }, []],
    [{ type: "tool", name: "b" }, { tools: [wire("b")], tool_choice: "REQUIRED" }, ["approximated tool_choice"]],
    [{ type: "allowed", mode: "auto", names: ["a"] }, { tools: [wire("a")] }, ["approximated tool_choice"]],
  ] as const)("the choice %j", (toolChoice, expected, lost) => {
    const { body, lost: told } = written({ tools: [tool("a"), tool("b")], toolChoice });
    expect(body).toEqual({ ...BASE, ...(expected as unknown as JsonObject) });
    expect(told).toEqual([...lost]);
  });

  test("they are strict together or not at all", () => {
    expect(written({ tools: [tool("a", true), tool("b", true)] }).body["strict_tools"]).toBe(true);
    const { body, lost } = written({ tools: [tool("a", true), tool("b")] });
    expect([body["strict_tools"], lost]).toEqual([undefined, ["dropped tools.strict"]]);
  });

  test("a schema for the answer is told, but not beside tools", () => {
    const schema = { type: "object", properties: { a: { type: "string" } }, required: ["a"] };
    const responseFormat = { type: "json-schema", schema, name: "x", strict: true } as const;
    expect(written({ responseFormat }).body["response_format"]).toEqual({ type: "json_object", json_schema: schema });
    expect(written({ responseFormat: { type: "json" } }).body["response_format"]).toEqual({ type: "json_object" });
    expect(written({ responseFormat, tools: [tool("a")] }).lost).toEqual(["dropped response_format"]);
  });
});

test.each([
  [{ mode: "enabled" }, { type: "enabled" }, []],
  [{ mode: "enabled", budgetTokens: 500 }, { type: "enabled", token_budget: 500 }, []],
  [{ mode: "disabled" }, { type: "disabled" }, []],
  [{ effort: "none" }, { type: "disabled" }, []],
  [{ effort: "low" }, { type: "enabled", token_budget: 2048 }, ["approximated reasoning.effort"]],
  [{ display: "summarized" }, undefined, ["dropped reasoning.display"]],
] as const)("reasoning %j is asked for as %j", (reasoning, thinking, lost) => {
  const { body, lost: told } = written({ reasoning });
  expect([body["thinking"], told]).toEqual([thinking as unknown as JsonObject, [...lost]]);
});

test("a model that does not reason is not asked to", () => {
  expect(written({ reasoning: { effort: "high" } }, "command-r-08-2024")).toMatchObject({
    lost: ["dropped reasoning"],
    body: { model: "command-r-08-2024" },
  });
  expect(written({ reasoning: { mode: "disabled" } }, "command-a-03-2025").lost).toEqual([]);
  expect(written({ reasoning: { effort: "high" } }, "command-r-08-2024").body).not.toHaveProperty("thinking");
});

test("every request can be written, without a field that has no value", () => {
  assert(
    property(chatRequests(FULL), (request) => {
      const { value } = cohereChat.request.encode(request, { model: "command-a-plus", dialect: {} });
      expect(JSON.parse(JSON.stringify(value))).toEqual(value);
      expect(value["model"]).toBe("command-a-plus");
    }),
  );
});

test("an OpenAI client's request is Cohere's with other names", () => {
  const request = codecFor("openai-chat").request.decode({
    model: "m",
    messages: [
      { role: "system", content: "S" },
      { role: "user", content: "Hi." },
    ],
    max_tokens: 5,
    stream: true,
  });
  expect(cohereChat.request.encode(request, { model: "command-a", dialect: {} })).toEqual({
    losses: [],
    value: {
      model: "command-a",
      messages: [
        { role: "system", content: "S" },
        { role: "user", content: "Hi." },
      ],
      max_tokens: 5,
      stream: true,
    },
  });
});
