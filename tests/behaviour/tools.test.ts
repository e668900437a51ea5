import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import type Anthropic from "@anthropic-ai/sdk";
import type OpenAI from "openai";
import { isObject, type JsonObject } from "#src/core/json.ts";
import { askClaude, askOpenAI, callsOf, WAYS } from "#tests/support/ask.ts";
import { KINDS } from "#tests/support/kinds.ts";
import { openStage } from "#tests/support/stage.ts";
import { answering, text } from "#tests/support/upstream/script.ts";

const stage = await openStage();
const { upstream, openai, claude } = stage;

const parameters = { type: "object" as const, properties: { city: { type: "string" } } };
const openaiTools: OpenAI.ChatCompletionTool[] = ["weather", "now"].map((name) => ({
  type: "function",
  function: { name, description: `The ${name}.`, parameters },
}));
const claudeTools: Anthropic.Tool[] = ["weather", "now"].map((name) => ({
  name,
  description: `The ${name}.`,
  input_schema: parameters,
}));

const CITY = '{"city":"Zürich","note":"a \\"quoted\\" 雪"}';
const twoCalls = answering(
  [
    { type: "text", text: "Let me look." },
    { type: "tool", id: "call_a1", name: "weather", input: CITY },
    { type: "tool", id: "call_b2", name: "now", input: "{}" },
  ],
  { interleaved: true },
);

beforeEach(() => upstream.reset());
afterEach(() => expect(upstream.refusals).toEqual([]));
afterAll(() => stage.close());

describe.each(KINDS.map((kind) => [kind.type] as const))("parallel calls of a %s provider", (type) => {
  describe.each(WAYS)("%s", (_name, streamed) => {
    test("make a second turn with OpenAI's client", async () => {
      upstream.reply(twoCalls);
      upstream.reply(text("Snow at noon."));
      const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: "user", content: "Weather and time?" }];
      const params = { model: `${type}/x`, tools: openaiTools, messages };
      const first = await askOpenAI(openai, params, streamed);
      const calls = callsOf(first);
      expect(first.choices[0]?.finish_reason).toBe("tool_calls");
      expect(first.choices[0]?.message.content).toBe("Let me look.");
      expect(calls.map(({ name, input }) => [name, JSON.parse(input)])).toEqual([
        ["weather", JSON.parse(CITY)],
        ["now", {}],
      ]);
      const message = first.choices[0]?.message;
      if (message === undefined) throw new Error("no message");
      messages.push(
        message,
        ...calls.map(({ id, name }) => ({ role: "tool" as const, tool_call_id: id, content: `${name} result` })),
      );
      const second = await askOpenAI(openai, params, streamed);
      expect(second.choices[0]?.message.content).toBe("Snow at noon.");
      expect(JSON.stringify(upstream.last.json)).toContain("weather result");
    });

    test("make a second turn with Anthropic's client", async () => {
      upstream.reply(twoCalls);
      upstream.reply(text("Snow at noon."));
      const messages: Anthropic.MessageParam[] = [{ role: "user", content: "Weather and time?" }];
      const params = { model: `${type}/x`, max_tokens: 500, tools: claudeTools, messages };
      const first = await askClaude(claude, params, streamed);
      const calls = first.content.filter((block) => block.type === "tool_use");
      expect(first.stop_reason).toBe("tool_use");
      expect(calls.map(({ name, input }) => [name, input])).toEqual([
        ["weather", JSON.parse(CITY)],
        ["now", {}],
      ]);
      messages.push(
        { role: "assistant", content: first.content },
        {
          role: "user",
          content: [
            ...calls.map(({ id, name }) => ({
              type: "tool_result" as const,
              tool_use_id: id,
              content: `${name} result`,
            })),
            { type: "text", text: "And now?" },
          ],
        },
      );
      const second = await askClaude(claude, params, streamed);
      expect(second.content[0]).toMatchObject({ type: "text", text: "Snow at noon." });
      expect(JSON.stringify(upstream.last.json)).toContain("weather result");
      expect(JSON.stringify(upstream.last.json)).toContain("And now?");
    });
  });
});

test("a tool result with an error and an image reaches an OpenAI provider as far as it can be said", async () => {
  const image = {
    type: "image" as const,
    source: { type: "base64" as const, media_type: "image/png" as const, data: "iVBORw0KGgo=" },
  };
  const answer = await claude.messages.create({
    model: "openai/x",
    max_tokens: 50,
    tools: claudeTools,
    messages: [
      { role: "user", content: "Look." },
      { role: "assistant", content: [{ type: "tool_use", id: "toolu_1", name: "now", input: {} }] },
      {
        role: "user",
        content: [
          {
            type: "tool_result",
            tool_use_id: "toolu_1",
            is_error: true,
            content: [{ type: "text", text: "broken" }, image],
          },
        ],
      },
    ],
  });
  expect(answer.type).toBe("message");
  expect(JSON.stringify(upstream.last.json)).toContain("broken");
});

const CHOICES: readonly (readonly [OpenAI.ChatCompletionToolChoiceOption, JsonObject])[] = [
  ["auto", { type: "auto" }],
  ["none", { type: "none" }],
  ["required", { type: "any" }],
  [
    { type: "function", function: { name: "now" } },
    { type: "tool", name: "now" },
  ],
];

test.each(CHOICES)("the tool choice %p becomes Claude's", async (choice, expected) => {
  await openai.chat.completions.create({
    model: "claude/x",
    tools: openaiTools,
    tool_choice: choice,
    messages: [{ role: "user", content: "Hi" }],
  });
  expect(upstream.last.json.tool_choice).toMatchObject(expected);
});

test.each(CHOICES)("Claude's counterpart of %p becomes OpenAI's", async (expected, choice) => {
  await claude.messages.create({
    model: "openai/x",
    max_tokens: 5,
    tools: claudeTools,
    tool_choice: choice as unknown as Anthropic.ToolChoice,
    messages: [{ role: "user", content: "Hi" }],
  });
  expect(upstream.last.json.tool_choice).toEqual(expected as never);
});

test("switching parallel calls off reaches the other side", async () => {
  const messages = [{ role: "user" as const, content: "Hi" }];
  await openai.chat.completions.create({ model: "claude/x", tools: openaiTools, parallel_tool_calls: false, messages });
  const choice = upstream.last.json.tool_choice;
  expect(isObject(choice) && choice.disable_parallel_tool_use).toBe(true);
  const off = { type: "auto" as const, disable_parallel_tool_use: true };
  await claude.messages.create({ model: "openai/x", max_tokens: 5, tools: claudeTools, tool_choice: off, messages });
  expect(upstream.last.json.parallel_tool_calls).toBe(false);
});
