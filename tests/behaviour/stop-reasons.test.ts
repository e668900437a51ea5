import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import { askClaude, askOpenAI, WAYS } from "#tests/support/ask.ts";
import { openStage } from "#tests/support/stage.ts";
import { type AnswerFinish, answering, text } from "#tests/support/upstream/script.ts";

const stage = await openStage();
const { upstream, openai, claude } = stage;

const messages = [{ role: "user" as const, content: "Hi" }];

beforeEach(() => upstream.reset());
afterEach(() => expect(upstream.refusals).toEqual([]));
afterAll(() => stage.close());

const FROM_CLAUDE: readonly (readonly [AnswerFinish, string])[] = [
  ["stop", "stop"],
  ["length", "length"],
  ["stop-sequence", "stop"],
  ["refused", "content_filter"],
];
const FROM_OPENAI: readonly (readonly [AnswerFinish, string])[] = [
  ["stop", "end_turn"],
  ["length", "max_tokens"],
  ["filtered", "refusal"],
];

describe.each(WAYS)("%s", (_name, streamed) => {
  test.each(FROM_CLAUDE)("Claude's word for %s is OpenAI's %s", async (finish, expected) => {
    upstream.reply(text("Hi", { finish, ...(finish === "stop-sequence" ? { stopSequence: "END" } : {}) }));
    const answer = await askOpenAI(openai, { model: "claude/x", messages }, streamed);
    expect(answer.choices[0]?.finish_reason).toBe(expected as never);
  });

  test.each(FROM_OPENAI)("OpenAI's word for %s is Claude's %s", async (finish, expected) => {
    upstream.reply(text("Hi", { finish }));
    const answer = await askClaude(claude, { model: "openai/x", max_tokens: 5, messages }, streamed);
    expect(answer.stop_reason).toBe(expected as never);
  });

  test("the stop sequence that was met is named to Claude's client", async () => {
    upstream.reply(text("Hi", { finish: "stop-sequence", stopSequence: "END" }));
    const answer = await askClaude(
      claude,
      { model: "claude/x", max_tokens: 5, stop_sequences: ["END"], messages },
      streamed,
    );
    expect(answer).toMatchObject({ stop_reason: "stop_sequence", stop_sequence: "END" });
  });

  test("a refusal is shown as text to Claude's client and in its own field to OpenAI's", async () => {
    upstream.serve(answering([{ type: "refusal", text: "I will not." }]));
    const own = await askOpenAI(openai, { model: "openai/x", messages }, streamed);
    expect(own.choices[0]?.message.refusal).toBe("I will not.");
    const other = await askClaude(claude, { model: "openai/x", max_tokens: 5, messages }, streamed);
    expect(other.content).toMatchObject([{ type: "text", text: "I will not." }]);
    expect(other.stop_reason).toBe("refusal");
  });
});
