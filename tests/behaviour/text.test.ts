import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import { askClaude, askOpenAI, textOf, WAYS } from "#tests/support/ask.ts";
import { KINDS, secretOf } from "#tests/support/kinds.ts";
import { openStage } from "#tests/support/stage.ts";
import { text } from "#tests/support/upstream/script.ts";

const stage = await openStage();
const { upstream, openai, claude } = stage;

const WORDS = "Grüße aus Zürich: 你好, 👩‍👩‍👧 and a plain word.";
const messages = [{ role: "user" as const, content: "Say something 👋" }];

beforeEach(() => upstream.reset());
afterEach(() => expect(upstream.refusals).toEqual([]));
afterAll(() => stage.close());

describe.each(KINDS.map((kind) => [kind.type, kind] as const))("a %s provider", (type) => {
  describe.each(WAYS)("%s", (_name, streamed) => {
    test("answers OpenAI's client", async () => {
      upstream.reply(text(WORDS, { usage: { input: 21, output: 9 } }));
      const answer = await askOpenAI(openai, { model: `${type}/any`, messages }, streamed);
      expect(answer.choices[0]?.message.content).toBe(WORDS);
      expect(answer.choices[0]?.finish_reason).toBe("stop");
      expect(answer.usage).toMatchObject({ prompt_tokens: 21, completion_tokens: 9, total_tokens: 30 });
      expect(answer.model).toBe("fake-large");
    });

    test("answers Anthropic's client", async () => {
      upstream.reply(text(WORDS, { usage: { input: 21, output: 9 } }));
      const answer = await askClaude(claude, { model: `${type}/any`, max_tokens: 300, messages }, streamed);
      expect(textOf(answer)).toBe(WORDS);
      expect(answer.stop_reason).toBe("end_turn");
      expect(answer.usage).toMatchObject({ input_tokens: 21, output_tokens: 9 });
      expect(answer.model).toBe("fake-large");
    });
  });

  test("is asked for the route's model with its own key and never the client's", async () => {
    await openai.chat.completions.create({ model: `${type}/any`, messages });
    expect(upstream.last.model).toBe("fake-large");
    expect(upstream.last.key).toBe(secretOf(type));
    expect(JSON.stringify(upstream.last.headers)).not.toContain("client-key");
  });
});

test("a system prompt and earlier turns arrive in both directions", async () => {
  const turns = [
    { role: "user" as const, content: "One?" },
    { role: "assistant" as const, content: "Two." },
    { role: "user" as const, content: "Three?" },
  ];
  await openai.chat.completions.create({
    model: "claude/x",
    messages: [{ role: "developer", content: "Be brief." }, ...turns],
  });
  expect(JSON.stringify(upstream.last.json.system)).toContain("Be brief.");
  expect(upstream.last.json.messages).toHaveLength(3);
  await claude.messages.create({ model: "openai/x", max_tokens: 9, system: "Be brief.", messages: turns });
  const sent = upstream.last.json.messages as { role: string }[];
  expect(sent.map(({ role }) => role).slice(1)).toEqual(["user", "assistant", "user"]);
  expect(JSON.stringify(sent[0])).toContain("Be brief.");
});

test("Claude gets the limit it requires when the client gave none", async () => {
  await openai.chat.completions.create({ model: "claude/x", messages });
  expect(upstream.last.json.max_tokens).toBeGreaterThan(0);
});
