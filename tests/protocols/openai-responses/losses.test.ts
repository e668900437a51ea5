/** What is lost between this protocol and the other two that every client may speak. */
import { describe, expect, test } from "bun:test";
import { fold } from "#src/core/chat-fold.ts";
import type { Codec } from "#src/core/codec.ts";
import type { JsonObject } from "#src/core/json.ts";
import { anthropicMessages } from "#src/protocols/anthropic-messages/index.ts";
import { openaiChat } from "#src/protocols/openai-chat/index.ts";
import { openaiResponses } from "#src/protocols/openai-responses/index.ts";
import { responseTarget } from "#tests/contracts/codec.ts";
import { json } from "./fixtures.ts";

function convert(from: Codec, to: Codec, body: JsonObject): { value: JsonObject; fields: string[] } {
  const target = { model: "m", dialect: {}, maxOutputTokens: 100 };
  const { value, losses } = to.request.encode(from.request.decode(body), target);
  return { value, fields: losses.map(({ field }) => field) };
}

const plain: JsonObject = {
  model: "gpt-5",
  instructions: "Be brief.",
  background: false,
  truncation: "disabled",
  previous_response_id: null,
  include: ["reasoning.encrypted_content"],
  input: [
    { role: "user", content: "Weather?" },
    { type: "function_call", id: "fc_1", status: "completed", call_id: "call_1", name: "f", arguments: "{}" },
    { type: "function_call_output", call_id: "call_1", output: "sun" },
    {
      type: "message",
      id: "msg_1",
      status: "completed",
      role: "assistant",
      content: [{ type: "output_text", text: "Sun.", annotations: [], logprobs: [] }],
    },
    { role: "user", content: "And now?" },
  ],
  tools: [{ type: "function", name: "f", parameters: { type: "object", properties: {} } }],
  max_output_tokens: 100,
};

describe("a Responses request", () => {
  test.each([openaiChat, anthropicMessages])("goes on without loss when it says nothing special", (to) => {
    expect(convert(openaiResponses, to, plain).fields).toEqual([]);
  });

  test("says the same in Chat Completions", () => {
    expect(convert(openaiResponses, openaiChat, plain).value).toMatchObject({
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Weather?" },
        { role: "assistant", tool_calls: [{ id: "call_1", function: { name: "f", arguments: "{}" } }] },
        { role: "tool", tool_call_id: "call_1", content: "sun" },
        { role: "assistant", content: "Sun." },
        { role: "user", content: "And now?" },
      ],
      max_completion_tokens: 100,
    });
  });

  test.each([openaiChat, anthropicMessages])("has what only its vendor does named as lost", (to) => {
    // A choice among some of the tools takes the others away before they could be lost.
    const { fields } = convert(openaiResponses, to, { ...json("request.json"), tool_choice: "auto" });
    for (const field of ["previous_response_id", "max_tool_calls", "truncation", "prompt_cache_key", "include"]) {
      expect(fields).toContain(field);
    }
    expect(fields).toContain("tools[3]");
    expect(fields).not.toContain("background");
    expect(fields).not.toContain("conversation");
  });
});

describe("another protocol's request", () => {
  test("is not stored, and has its reasoning come back encrypted", () => {
    const body = {
      model: "gpt-5",
      messages: [{ role: "user", content: "Hi" }],
      reasoning_effort: "low",
      tools: [{ type: "function", function: { name: "f", parameters: { type: "object" } } }],
    };
    expect(convert(openaiChat, openaiResponses, body)).toEqual({
      fields: [],
      value: {
        model: "m",
        input: [{ type: "message", role: "user", content: "Hi" }],
        store: false,
        include: ["reasoning.encrypted_content"],
        tools: [{ type: "function", name: "f", parameters: { type: "object" }, strict: false }],
        reasoning: { effort: "low" },
      },
    });
  });

  test("does not ask a model that does not reason for its reasoning", () => {
    const request = openaiChat.request.decode({ model: "x", messages: [{ role: "user", content: "Hi" }] });
    for (const [model, asked] of [
      ["gpt-4o", false],
      ["gpt-5-chat-latest", false],
      ["gpt-5-mini", true],
      ["o4-mini", true],
      ["openai/gpt-5", true],
    ] as const) {
      const { value } = openaiResponses.request.encode(request, { model, dialect: {} });
      expect("include" in value).toBe(asked);
    }
  });

  test("has what Responses cannot say named as lost", () => {
    const body = {
      model: "m",
      messages: [{ role: "user", content: "Hi", name: "ann" }],
      stop: ["END"],
      seed: 1,
      n: 2,
      presence_penalty: 0.5,
      frequency_penalty: 0,
      logit_bias: { "1": 1 },
    };
    expect(convert(openaiChat, openaiResponses, body).fields.toSorted()).toEqual([
      "logit_bias",
      "messages[0].name",
      "n",
      "presence_penalty",
      "seed",
      "stop",
    ]);
  });

  test("keeps Claude's seal from OpenAI, and says so", () => {
    const body = {
      model: "m",
      max_tokens: 10,
      messages: [
        { role: "user", content: "Hi" },
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "Hm.", signature: "c2VjcmV0" },
            { type: "tool_use", id: "toolu_1", name: "f", input: {} },
          ],
        },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1", content: "no", is_error: true }] },
      ],
    };
    const { value, fields } = convert(anthropicMessages, openaiResponses, body);
    expect(JSON.stringify(value)).not.toContain("c2VjcmV0");
    expect(fields).toEqual(["messages[1].content[0]", "messages[2].content[0].is_error"]);
    expect((value.input as JsonObject[]).at(-1)?.output).toBe("Error: no");
  });

  test("brings back OpenAI's own encrypted reasoning unharmed, through either protocol's client", () => {
    const answer = fold(openaiResponses.response.decode(json("reasoning-tools.json")));
    for (const codec of [openaiChat, anthropicMessages]) {
      const { value } = codec.response.encode(answer, responseTarget);
      const turn =
        codec === openaiChat
          ? ((value.choices as JsonObject[])[0]?.message as JsonObject)
          : { role: "assistant", content: value.content as JsonObject[] };
      const again = { model: "m", max_tokens: 10, messages: [{ role: "user", content: "Hi" }, turn] };
      const items = convert(codec, openaiResponses, again).value.input as JsonObject[];
      expect(items[1]).toMatchObject({ type: "reasoning", encrypted_content: "gAAAAAB=" });
    }
  });
});

describe("answers", () => {
  test("of Responses lose nothing of a plain text in the other protocols", () => {
    const answer = fold(openaiResponses.response.decode(json("refusal.json")));
    for (const codec of [openaiChat, anthropicMessages]) {
      expect(codec.response.encode(answer, responseTarget).losses).toEqual([]);
    }
  });

  test("have what only Responses knows named as lost", () => {
    const answer = fold(openaiResponses.response.decode(json("built-in.json")));
    const fields = openaiChat.response.encode(answer, responseTarget).losses.map(({ field }) => field);
    expect(fields).toEqual(["choices[0].content[0]"]);
  });
});
