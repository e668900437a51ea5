import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import type Anthropic from "@anthropic-ai/sdk";
import type OpenAI from "openai";
import { isObject, type JsonObject } from "#src/core/json.ts";
import { askClaude, askOpenAI, WAYS } from "#tests/support/ask.ts";
import { openStage } from "#tests/support/stage.ts";
import { answering, text } from "#tests/support/upstream/script.ts";
import { word } from "#tests/support/upstream/word.ts";

const stage = await openStage();
const { upstream, openai, claude } = stage;

const thinking = { type: "enabled" as const, budget_tokens: 2000 };
const thoughtful = answering([
  { type: "thinking", text: "The user wants snow. 雪", signature: "sig+of/the==vendor" },
  { type: "redacted", data: "encrypted+thought==" },
  { type: "text", text: "Looking." },
  { type: "tool", id: "toolu_01", name: "weather", input: '{"city":"Bern"}' },
]);
const claudeTools: Anthropic.Tool[] = [{ name: "weather", input_schema: { type: "object" } }];
const openaiTools: OpenAI.ChatCompletionTool[] = [
  { type: "function", function: { name: "weather", parameters: { type: "object" } } },
];

beforeEach(() => upstream.reset());
afterEach(() => expect(upstream.refusals).toEqual([]));
afterAll(() => stage.close());

function assistantBlocks(body: JsonObject): unknown[] {
  const messages = body.messages as { role: string; content: unknown[] }[];
  return messages.find(({ role }) => role === "assistant")?.content ?? [];
}

describe.each(WAYS)("%s", (_name, streamed) => {
  test("signed and redacted thinking survives a second turn between Claude's client and a Claude provider", async () => {
    upstream.reply(thoughtful);
    upstream.reply(text("Snow."));
    const messages: Anthropic.MessageParam[] = [{ role: "user", content: "Snow?" }];
    const params = { model: "claude/x", max_tokens: 4000, thinking, tools: claudeTools, messages };
    const first = await askClaude(claude, params, streamed);
    expect(first.content.map(({ type }) => type)).toEqual(["thinking", "redacted_thinking", "text", "tool_use"]);
    messages.push(
      { role: "assistant", content: first.content },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_01", content: "yes" }] },
    );
    await askClaude(claude, params, streamed);
    expect(assistantBlocks(upstream.last.json).slice(0, 2)).toEqual([
      { type: "thinking", thinking: "The user wants snow. 雪", signature: "sig+of/the==vendor" },
      { type: "redacted_thinking", data: "encrypted+thought==" },
    ]);
  });

  test("it survives between OpenAI's client and a Claude provider when the client sends the message back as it came", async () => {
    upstream.reply(thoughtful);
    upstream.reply(text("Snow."));
    const first = streamed ? await foldedMessage() : await wholeMessage();
    expect(first.content).toBe("Looking.");
    expect(JSON.stringify(first)).toContain("The user wants snow. 雪");
    const messages = [
      { role: "user", content: "Snow?" },
      first,
      { role: "tool", tool_call_id: "toolu_01", content: "yes" },
    ] as unknown as OpenAI.ChatCompletionMessageParam[];
    await askOpenAI(openai, { model: "claude/x", reasoning_effort: "medium", tools: openaiTools, messages }, streamed);
    expect(assistantBlocks(upstream.last.json).slice(0, 2)).toEqual([
      { type: "thinking", thinking: "The user wants snow. 雪", signature: "sig+of/the==vendor" },
      { type: "redacted_thinking", data: "encrypted+thought==" },
    ]);
  });

  test("reasoning of an OpenAI-like provider is thinking for Claude's client", async () => {
    for (const type of ["ollama", "vllm"]) {
      upstream.reply(
        answering([
          { type: "thinking", text: "Hm, snow." },
          { type: "text", text: "Yes." },
        ]),
      );
      const params = {
        model: `${type}/x`,
        max_tokens: 4000,
        thinking,
        messages: [{ role: "user" as const, content: "Snow?" }],
      };
      const answer = await askClaude(claude, params, streamed);
      expect(answer.content.map(({ type: kind }) => kind)).toEqual(["thinking", "text"]);
      expect(answer.content[0]).toMatchObject({ thinking: "Hm, snow." });
    }
  });

  test("reasoning of a DeepSeek provider reaches OpenAI's client in its own field", async () => {
    upstream.reply(
      answering([
        { type: "thinking", text: "Hm, snow." },
        { type: "text", text: "Yes." },
      ]),
    );
    const messages = [{ role: "user" as const, content: "Snow?" }];
    if (!streamed) {
      const answer = await openai.chat.completions.create({ model: "deepseek/x", messages });
      expect(answer.choices[0]?.message).toMatchObject({ reasoning_content: "Hm, snow.", content: "Yes." });
      return;
    }
    const stream = await openai.chat.completions.create({ model: "deepseek/x", messages, stream: true });
    let thought = "";
    for await (const chunk of stream)
      thought += word((chunk.choices[0]?.delta as JsonObject | undefined)?.reasoning_content);
    expect(thought).toBe("Hm, snow.");
  });
});

const ask = { model: "claude/x", tools: openaiTools, messages: [{ role: "user" as const, content: "Snow?" }] };

async function wholeMessage(): Promise<JsonObject> {
  const answer = await openai.chat.completions.create(ask);
  return answer.choices[0]?.message as unknown as JsonObject;
}

/** Folds the deltas as an application does that knows `reasoning_details`: strings are appended, details with one index belong together. */
async function foldedMessage(): Promise<JsonObject> {
  const stream = await openai.chat.completions.create({ ...ask, stream: true });
  const message: JsonObject = { role: "assistant", content: "" };
  const details = new Map<unknown, JsonObject>();
  const calls: JsonObject[] = [];
  for await (const chunk of stream) {
    const delta = (chunk.choices[0]?.delta ?? {}) as JsonObject;
    message.content = word(message.content) + word(delta.content);
    for (const detail of (delta.reasoning_details ?? []) as JsonObject[]) merge(details, detail);
    for (const call of chunk.choices[0]?.delta.tool_calls ?? []) {
      const known = (calls[call.index] ??= {
        id: call.id ?? "",
        type: "function",
        function: { name: call.function?.name ?? "", arguments: "" },
      });
      const made = known.function as JsonObject;
      made.arguments = word(made.arguments) + (call.function?.arguments ?? "");
    }
  }
  return { ...message, tool_calls: calls, reasoning_details: [...details.values()] };
}

function merge(details: Map<unknown, JsonObject>, detail: JsonObject): void {
  const known = details.get(detail.index) ?? {};
  for (const [key, value] of Object.entries(detail)) {
    known[key] =
      key === "text" && typeof known.text === "string" && typeof value === "string" ? known.text + value : value;
  }
  details.set(detail.index, known);
}

test("effort and budget reach the other side", async () => {
  const messages = [{ role: "user" as const, content: "Think." }];
  await openai.chat.completions.create({ model: "claude/x", reasoning_effort: "high", messages });
  const { thinking: asked, output_config: output } = upstream.last.json;
  expect(asked !== undefined || (isObject(output) && output.effort === "high")).toBe(true);
  await claude.messages.create({
    model: "openai/x",
    max_tokens: 9000,
    thinking: { type: "enabled", budget_tokens: 8000 },
    messages,
  });
  expect(upstream.last.json.reasoning_effort).toBeString();
});
