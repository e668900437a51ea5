import { describe, expect, test } from "bun:test";
import type { ChatRequest } from "#src/core/chat.ts";
import { openaiChat } from "#src/protocols/openai-chat/index.ts";
import { openaiResponses } from "#src/protocols/openai-responses/index.ts";

const cold: ChatRequest = {
  model: "m",
  stream: false,
  messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }],
  temperature: 0.2,
  topP: 0.9,
  presencePenalty: 1,
};
const FIXED = ["dropped temperature", "dropped top_p", "dropped presence_penalty"];

function lost(request: ChatRequest, model: string, codec = openaiChat): string[] {
  return codec.request.encode(request, { model, dialect: {} }).losses.map(({ kind, field }) => `${kind} ${field}`);
}

describe("sampling", () => {
  test.each([
    "gpt-5",
    "gpt-5-mini",
    "gpt-5-2025-08-07",
    "openai/gpt-5-nano",
    "o3",
    "o4-mini",
    "gpt-5.1-codex",
    "gpt-5.2-pro",
  ])("is left out for %s", (model) => {
    expect(lost(cold, model)).toEqual(FIXED);
    const { value } = openaiChat.request.encode(cold, { model, dialect: {} });
    expect([value.temperature, value.top_p, value.presence_penalty]).toEqual([undefined, undefined, undefined]);
  });

  test.each([
    "gpt-4o",
    "gpt-4.1",
    "gpt-5-chat-latest",
    "gpt-5.1",
    "gpt-5.2",
    "gpt-6",
    "deepseek-chat",
    "gpt-oss-120b",
    "foo-o3",
  ])("goes to %s", (model) => {
    expect(lost(cold, model)).toEqual([]);
    expect(openaiChat.request.encode(cold, { model, dialect: {} }).value).toMatchObject({
      temperature: 0.2,
      top_p: 0.9,
    });
  });

  test("is left out from 5.1 on while the model shall reason", () => {
    expect(lost({ ...cold, reasoning: { effort: "low" } }, "gpt-5.1")).toEqual(FIXED);
    expect(lost({ ...cold, reasoning: { effort: "none" } }, "gpt-5.1")).toEqual([]);
  });

  test("is no loss where it is the default", () => {
    const usual = { ...cold, temperature: 1, topP: 1, presencePenalty: 0, logprobs: false };
    expect(lost(usual, "gpt-5")).toEqual([]);
  });

  test("is the same for Responses", () => {
    expect(lost({ ...cold, topLogprobs: 2, logprobs: true }, "gpt-5", openaiResponses)).toEqual([
      ...FIXED,
      "dropped logprobs",
      "dropped top_logprobs",
    ]);
  });
});
