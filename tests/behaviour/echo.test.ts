import { afterAll, describe, expect, test } from "bun:test";
import { askClaude, askOpenAI, textOf, WAYS } from "#tests/support/ask.ts";
import { startGateway } from "#tests/support/gateway.ts";
import { claudeClient, openaiClient } from "#tests/support/stage.ts";

const gateway = await startGateway();
const openai = openaiClient(gateway, "none");
const claude = claudeClient(gateway, "none");
const messages = [{ role: "user" as const, content: "Is anybody there?" }];

afterAll(() => gateway.stop());

describe.each(WAYS)("without configuration and keys, %s", (_name, streamed) => {
  test("OpenAI's client gets an answer that repeats the question", async () => {
    const answer = await askOpenAI(openai, { model: "any", messages }, streamed);
    expect(answer.choices[0]?.message.content).toContain("Is anybody there?");
    expect(answer.choices[0]?.finish_reason).toBe("stop");
  });

  test("Anthropic's client gets one too", async () => {
    const answer = await askClaude(claude, { model: "any", max_tokens: 1000, messages }, streamed);
    expect(textOf(answer)).toContain("Is anybody there?");
    expect(answer.stop_reason).toBe("end_turn");
  });
});

test("the answer says that no model gave it", async () => {
  const answer = await openai.chat.completions.create({ model: "any", messages });
  expect(answer.choices[0]?.message.content).toMatch(/echo/i);
});

test("the start-up lines tell the providers, the routes and what to try", () => {
  expect(gateway.stderr.text).toMatch(/echo/);
  expect(gateway.stderr.text).toMatch(/curl/);
});
