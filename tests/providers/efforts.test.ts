/** How providers are asked for reasoning, model by model. */
import { describe, expect, test } from "bun:test";
import { doubao } from "#providers/doubao.ts";
import { fireworks } from "#providers/fireworks.ts";
import { github } from "#providers/github.ts";
import { grok } from "#providers/grok.ts";
import { groq } from "#providers/groq.ts";
import { mistral } from "#providers/mistral.ts";
import { moonshot } from "#providers/moonshot.ts";
import { togetherAi } from "#providers/together-ai.ts";
import type { JsonObject } from "#src/core/json.ts";
import { configure } from "#tests/contracts/provider.ts";
import { sent } from "#tests/contracts/provider-sent.ts";

describe("a Gemini client's thinking budget is asked for in the words the model knows", () => {
  test.each([
    ["mistral-small-latest", mistral, 4096, { reasoning_effort: "high" }],
    ["mistral-small-latest", mistral, 0, { reasoning_effort: "none" }],
    ["mistral-large-latest", mistral, 4096, { reasoning_effort: "medium" }],
    ["mistral-small-2603", mistral, 4096, { reasoning_effort: "high" }],
    ["mistral-medium-3-5", mistral, 4096, { reasoning_effort: "high" }],
    ["mistral-medium-2508", mistral, 4096, {}],
    ["codestral-latest", mistral, 4096, {}],
    ["magistral-medium-latest", mistral, 4096, {}],
    ["openai/gpt-oss-120b", groq, 4096, { reasoning_effort: "medium" }],
    ["openai/gpt-oss-120b", groq, 0, {}],
    ["qwen/qwen3-32b", groq, 0, { reasoning_effort: "none" }],
    ["qwen/qwen3-32b", groq, 4096, {}],
    ["llama-3.3-70b-versatile", groq, 4096, {}],
    ["grok-3-mini", grok, 4096, { reasoning_effort: "low" }],
    ["grok-4.3", grok, 0, { reasoning_effort: "none" }],
    ["grok-4.5", grok, 0, {}],
    ["grok-4", grok, 4096, {}],
    ["accounts/fireworks/models/glm-5p3", fireworks, 0, { reasoning_effort: "none" }],
    ["kimi-k2.5", moonshot, 4096, { thinking: { type: "enabled" } }],
    ["kimi-k2.5", moonshot, 0, { thinking: { type: "disabled" } }],
    ["kimi-k3", moonshot, 4096, { reasoning_effort: "low" }],
    ["openai/gpt-oss-20b", togetherAi, 4096, { reasoning_effort: "medium" }],
    ["doubao-seed-1-6-251015", doubao, 4096, { thinking: { type: "enabled" }, reasoning_effort: "medium" }],
    ["openai/gpt-5-mini", github, 4096, { reasoning_effort: "medium" }],
    ["meta/llama-3.3-70b-instruct", github, 4096, {}],
  ] as const)("%s", async (model, definition, thinkingBudget, told) => {
    const { body } = await sent(definition, `/v1beta/models/${model.replaceAll("/", "%2F")}:generateContent`, {
      contents: [{ role: "user", parts: [{ text: "Hi." }] }],
      generationConfig: { thinkingConfig: { thinkingBudget } },
    });
    const { model: _model, messages: _messages, ...asked } = body;
    expect(asked).toEqual(told as JsonObject);
  });
});

test.each([
  ["grok-4.3", undefined],
  ["grok-4-0709", "none"],
  ["grok-4", "none"],
  ["grok-4.20-0309-reasoning", "none"],
  ["grok-4.20-multi-agent", undefined],
  ["grok-3", "none"],
  ["grok-3-mini", undefined],
  ["grok-code-fast-1", "none"],
] as const)("%s is asked for reasoning with %p", (model, request) => {
  expect(configure(grok).dialect("openai-chat", model).reasoningRequest).toBe(request as "none");
});
