import { describe, expect, test } from "bun:test";
import type { JsonObject } from "#src/core/json.ts";
import type { Dialect, ProtocolName } from "#src/core/protocol.ts";
import type { UpstreamCall } from "#src/core/provider.ts";
import { type CustomSetting, withCustomSettings } from "#src/traffic/fields/custom-settings.ts";
import { withCommonFields } from "#src/traffic/fields/with-common-fields.ts";
import { vllm } from "#providers/vllm.ts";
import { configure } from "#tests/contracts/provider.ts";

const ALL = ["max_tokens", "temperature", "top_p", "top_k", "seed"].map((name, at) => setting({ name, value: at + 1 }));

function setting(given: Partial<CustomSetting> & { readonly name: string }): CustomSetting {
  return { value: 0, mode: "auto", overwrite: true, ...given };
}

function set(
  protocol: ProtocolName,
  settings: readonly CustomSetting[],
  body: JsonObject = {},
  { dialect = {}, api = "chat" }: { readonly dialect?: Dialect; readonly api?: UpstreamCall["api"] } = {},
): JsonObject {
  return withCustomSettings(body, settings, { api, protocol, model: "m", stream: false }, dialect);
}

describe("auto writes a setting in the words of each protocol", () => {
  test.each<readonly [ProtocolName, Dialect, JsonObject]>([
    ["openai-chat", {}, { max_completion_tokens: 1, temperature: 2, top_p: 3, seed: 5 }],
    [
      "openai-chat",
      { maxTokensField: "max_tokens", topK: true },
      { max_tokens: 1, temperature: 2, top_p: 3, top_k: 4, seed: 5 },
    ],
    ["openai-responses", {}, { max_output_tokens: 1, temperature: 2, top_p: 3 }],
    ["anthropic-messages", {}, { max_tokens: 1, temperature: 2, top_p: 3, top_k: 4 }],
    ["gemini", {}, { generationConfig: { maxOutputTokens: 1, temperature: 2, topP: 3, topK: 4, seed: 5 } }],
    ["bedrock-converse", {}, { inferenceConfig: { maxTokens: 1, temperature: 2, topP: 3 } }],
    ["cohere-chat", {}, { max_tokens: 1, temperature: 2, p: 3, k: 4, seed: 5 }],
    ["dashscope", {}, { parameters: { max_tokens: 1, temperature: 2, top_p: 3, top_k: 4, seed: 5 } }],
  ])("%s %j", (protocol, dialect, expected) => {
    expect(set(protocol, ALL, {}, { dialect })).toEqual(expected);
  });

  test("OpenAI's older API", () => {
    expect(set("openai-chat", ALL, {}, { api: "completions" })).toEqual({
      max_tokens: 1,
      temperature: 2,
      top_p: 3,
      seed: 5,
    });
  });
});

test.each([
  ["cohere-chat", "v2/chat", { max_tokens: 1, temperature: 2, p: 3, k: 4, seed: 5 }],
  ["bedrock-runtime", "converse-stream", { inferenceConfig: { maxTokens: 1, temperature: 2, topP: 3 } }],
  ["bedrock-runtime", "invoke", {}],
] as const)("chats of a vendor's own clients get them too: %s at %s", (api, action, expected) => {
  const call: UpstreamCall = { api, action, protocol: "openai-chat", model: "m", stream: false };
  expect(withCustomSettings({}, ALL, call, {})).toEqual(expected);
});

test("two spellings of one field never meet", () => {
  const limit = [setting({ name: "max_tokens", value: 9 })];
  expect(set("openai-chat", limit, { max_tokens: 1 })).toEqual({ max_completion_tokens: 9 });
  const snake = { generation_config: { max_output_tokens: 1, top_k: 2 } };
  expect(set("gemini", limit, snake)).toEqual({ generationConfig: { maxOutputTokens: 9, top_k: 2 } });
});

test("without overwrite the client's own stays, however it is spelled", () => {
  const limit = [setting({ name: "max_tokens", value: 9, overwrite: false })];
  expect(set("openai-chat", limit, { max_tokens: 1 })).toEqual({ max_tokens: 1 });
  expect(set("openai-chat", limit, {})).toEqual({ max_completion_tokens: 9 });
  const raw = [setting({ name: "a.b", value: 1, mode: "raw", overwrite: false })];
  expect(set("openai-chat", raw, { a: { b: null } })).toEqual({ a: { b: null } });
});

test("raw writes any value at any depth, in any protocol", () => {
  const raw = [setting({ name: "a.b.c", value: { list: [1, null] }, mode: "raw" })];
  expect(set("anthropic-messages", raw, { a: { b: 1, d: 2 } })).toEqual({ a: { b: { c: { list: [1, null] } }, d: 2 } });
});

test("the body given is not changed, and other APIs get no settings", () => {
  const body: JsonObject = { a: { b: 1 } };
  set("openai-chat", [setting({ name: "a.b", value: 2, mode: "raw" })], body);
  expect(body).toEqual({ a: { b: 1 } });
  expect(set("openai-chat", ALL, { input: "x" }, { api: "embeddings" })).toEqual({ input: "x" });
});

test("no name reaches beyond the body", () => {
  set("openai-chat", [setting({ name: "__proto__.polluted", value: 1, mode: "raw" })]);
  set("openai-chat", [setting({ name: "constructor.prototype.polluted", value: 1, mode: "raw" })]);
  expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
});

test("around a provider they come after its own changes, in its own dialect", () => {
  const bare = { ...configure(vllm), adjust: (body: JsonObject) => ({ ...body, temperature: 0, own: true }) };
  const made = withCommonFields(bare, { customSettings: ALL });
  const asked = { api: "chat", protocol: "openai-chat", model: "m", stream: false } as const;
  expect(made.adjust?.({ model: "m" }, asked)).toEqual({
    model: "m",
    own: true,
    max_tokens: 1,
    temperature: 2,
    top_p: 3,
    top_k: 4,
    seed: 5,
  });
});
