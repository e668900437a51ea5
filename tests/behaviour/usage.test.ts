import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import { askClaude, askOpenAI, WAYS } from "#tests/support/ask.ts";
import { BOTH } from "#tests/support/kinds.ts";
import { openStage } from "#tests/support/stage.ts";
import { text } from "#tests/support/upstream/script.ts";

const stage = await openStage();
const { upstream, openai, claude } = stage;

const messages = [{ role: "user" as const, content: "Hi" }];
const usage = { input: 100, cached: 60, output: 40, reasoning: 15 };

beforeEach(() => upstream.reset());
afterEach(() => expect(upstream.refusals).toEqual([]));
afterAll(() => stage.close());

describe.each(BOTH.map((kind) => [kind.type] as const))("tokens of a %s provider", (type) => {
  describe.each(WAYS)("%s", (_name, streamed) => {
    test("are counted as OpenAI counts", async () => {
      upstream.reply(text("Hi", { usage }));
      const answer = await askOpenAI(openai, { model: `${type}/x`, messages }, streamed);
      expect(answer.usage).toMatchObject({
        prompt_tokens: 100,
        completion_tokens: 40,
        total_tokens: 140,
        prompt_tokens_details: { cached_tokens: 60 },
        completion_tokens_details: { reasoning_tokens: 15 },
      });
    });

    test("are counted as Anthropic counts", async () => {
      upstream.reply(text("Hi", { usage }));
      const answer = await askClaude(claude, { model: `${type}/x`, max_tokens: 50, messages }, streamed);
      expect(answer.usage).toMatchObject({ input_tokens: 40, cache_read_input_tokens: 60, output_tokens: 40 });
    });

    test("are in the access log", async () => {
      upstream.reply(text("Hi", { usage }));
      const response = await stage.post("/v1/chat/completions", { model: `${type}/x`, messages, stream: streamed });
      await response.text();
      expect(await stage.gateway.logOf(response)).toMatchObject({
        input_tokens: 100,
        output_tokens: 40,
        cached_input_tokens: 60,
      });
    });
  });
});

test("tokens written to a cache are part of OpenAI's input and beside Anthropic's", async () => {
  upstream.serve(text("Hi", { usage: { input: 100, written: 30, cached: 20, output: 4 } }));
  const whole = await openai.chat.completions.create({ model: "claude/x", messages });
  expect(whole.usage?.prompt_tokens).toBe(100);
  const own = await claude.messages.create({ model: "claude/x", max_tokens: 5, messages });
  expect(own.usage).toMatchObject({ input_tokens: 50, cache_creation_input_tokens: 30, cache_read_input_tokens: 20 });
});

describe.each(BOTH.map((kind) => [kind.type] as const))("the usage chunk of a stream from a %s provider", (type) => {
  test("is sent when asked for, once and last", async () => {
    upstream.reply(text("one two", { usage }));
    const stream = await openai.chat.completions.create({
      model: `${type}/x`,
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = await Array.fromAsync(stream);
    expect(chunks.filter((chunk) => chunk.usage !== null && chunk.usage !== undefined)).toHaveLength(1);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 100 } });
  });

  test("is not sent when not asked for", async () => {
    upstream.reply(text("one two", { usage }));
    const stream = await openai.chat.completions.create({ model: `${type}/x`, messages, stream: true });
    const chunks = await Array.fromAsync(stream);
    expect(chunks.some((chunk) => chunk.usage !== null && chunk.usage !== undefined)).toBe(false);
    expect(chunks.every((chunk) => chunk.choices.length === 1)).toBe(true);
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe("stop");
  });
});
