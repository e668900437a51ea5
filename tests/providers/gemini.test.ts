import { describe, expect, test } from "bun:test";
import { gemini } from "#providers/gemini.ts";
import type { JsonObject } from "#src/core/json.ts";
import type { UpstreamCall } from "#src/core/provider.ts";
import { call, configure, describeProvider } from "#tests/contracts/provider.ts";

const ROOT = "https://generativelanguage.googleapis.com/v1beta";

/** Format: https://google.aip.dev/193, google.rpc.ErrorInfo */
const WRONG_KEY = {
  status: 400,
  verdict: "credential" as const,
  body: {
    error: {
      code: 400,
      message: "API key not valid: $SECRET. Please pass a valid API key.",
      status: "INVALID_ARGUMENT",
      details: [
        {
          "@type": "type.googleapis.com/google.rpc.ErrorInfo",
          reason: "API_KEY_INVALID",
          domain: "googleapis.com",
          metadata: { service: "generativelanguage.googleapis.com" },
        },
      ],
    },
  },
};

// Paths: https://ai.google.dev/api and https://ai.google.dev/gemini-api/docs/openai
describeProvider({
  definition: gemini,
  urls: {
    "chat gemini": `${ROOT}/models/some-model:generateContent`,
    "chat openai-chat": `${ROOT}/openai/chat/completions`,
    "count-tokens gemini": `${ROOT}/models/some-model:countTokens`,
    "models gemini": `${ROOT}/models`,
    models: `${ROOT}/openai/models`,
    embeddings: `${ROOT}/models/some-model:batchEmbedContents`,
    "image-generation": `${ROOT}/models/some-model:generateContent`,
    speech: `${ROOT}/models/some-model:generateContent`,
    "files gemini": `${ROOT}/files`,
    "batches gemini": `${ROOT}/batches`,
    "cached-contents gemini": `${ROOT}/cachedContents`,
    "operations gemini": `${ROOT}/operations`,
  },
  headers: { gemini: { "x-goog-api-key": "$SECRET" }, "openai-chat": { authorization: "Bearer $SECRET" } },
  keyless: false,
  // A wrong key is 400. Its OpenAI-compatible API writes the same in a list.
  errors: [WRONG_KEY, { ...WRONG_KEY, body: [WRONG_KEY.body] }],
  addresses: [
    [{ baseUrl: "http://127.0.0.1:9999" }, "http://127.0.0.1:9999/v1beta/models/some-model:generateContent"],
    [{ baseUrl: "https://proxy.test/g/v1/" }, "https://proxy.test/g/v1/models/some-model:generateContent"],
    [
      { options: { apiVersion: "v1" } },
      "https://generativelanguage.googleapis.com/v1/models/some-model:generateContent",
    ],
    [
      { baseUrl: "https://proxy.test/v1beta", options: { apiVersion: "v1alpha" } },
      "https://proxy.test/v1alpha/openai/chat/completions",
      "openai-chat",
    ],
  ],
});

const provider = configure(gemini);

describe("addresses", () => {
  const base: UpstreamCall = { api: "chat", protocol: "gemini", model: "gemini-2.5-pro", stream: false };

  test.each([
    [{ stream: true }, "models/gemini-2.5-pro:streamGenerateContent?alt=sse"],
    [{ model: "models/gemini-2.5-pro" }, "models/gemini-2.5-pro:generateContent"],
    [{ model: "tunedModels/mine-1" }, "tunedModels/mine-1:generateContent"],
    [{ model: "../files?x#y" }, "models/..%2Ffiles%3Fx%23y:generateContent"],
    [{ api: "embeddings", action: "embedContent" }, "models/gemini-2.5-pro:embedContent"],
    [{ api: "embeddings", protocol: "openai-chat" }, "models/gemini-2.5-pro:batchEmbedContents"],
    [{ api: "image-generation", action: "predict" }, "models/gemini-2.5-pro:predict"],
    [{ api: "image-generation", action: "generateContent" }, "models/gemini-2.5-pro:generateContent"],
    [{ api: "operations", rest: "/models/veo-3/operations/op1" }, "models/veo-3/operations/op1"],
    [{ api: "operations", action: "predictLongRunning" }, "models/gemini-2.5-pro:predictLongRunning"],
    [{ api: "batches", action: "batchGenerateContent" }, "models/gemini-2.5-pro:batchGenerateContent"],
    [{ api: "batches", action: "asyncBatchEmbedContent" }, "models/gemini-2.5-pro:asyncBatchEmbedContent"],
    [{ api: "batches", model: "", rest: "/b-1:cancel" }, "batches/b-1:cancel"],
    [{ api: "files", model: "", rest: "/f-1:download" }, "files/f-1:download"],
    [{ api: "cached-contents", model: "", rest: "/c-1" }, "cachedContents/c-1"],
    [{ api: "operations", model: "", rest: "/o-1" }, "operations/o-1"],
  ] as const)("%j", (changes, path) => {
    expect(provider.url({ ...base, ...changes })).toBe(`${ROOT}/${path}`);
  });

  test("a query of the base stands behind the path's own", () => {
    const other = configure(gemini, { baseUrl: "https://proxy.test/?team=a" });
    expect(other.url({ ...base, stream: true })).toBe(
      "https://proxy.test/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse&team=a",
    );
  });
});

test("what is converted goes with Gemini's own header, whoever asked", async () => {
  const headers = new Headers();
  await provider.authorize(headers, { id: "mine#1", secret: "AIza-1" }, call("openai-chat", "embeddings"));
  expect([headers.get("x-goog-api-key"), headers.get("authorization")]).toEqual(["AIza-1", null]);
});

test("shapes: Gemini's where it has a format of its own", () => {
  expect(provider.shape?.("embeddings", "gemini-embedding-001")).toBe("gemini");
  expect(provider.shape?.("image-generation", "imagen-4.0-generate-001")).toBe("gemini");
  expect(provider.shape?.("rerank", "")).toBe("openai");
});

describe("settings for requests that do not say", () => {
  const safety = { HARM_CATEGORY_HARASSMENT: "BLOCK_NONE", HARM_CATEGORY_HATE_SPEECH: "OFF" };
  const listed = [
    { category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_NONE" },
    { category: "HARM_CATEGORY_HATE_SPEECH", threshold: "OFF" },
  ];
  const contents = [{ parts: [{ text: "hi" }] }];

  function adjusted(options: Record<string, unknown>, body: JsonObject, changes: Partial<UpstreamCall> = {}): unknown {
    const sent = { ...call("gemini"), model: "gemini-2.5-flash", ...changes };
    return configure(gemini, { options }).adjust?.(body, sent);
  }

  test.each([
    [{ geminiSafetySetting: safety }, { contents }, { contents, safetySettings: listed }],
    [{ geminiSafetySetting: safety }, { safetySettings: [] }, { safetySettings: [] }],
    [{ geminiSafetySetting: safety }, { safety_settings: [] }, { safety_settings: [] }],
    [{ geminiThinkingBudget: 0 }, {}, { generationConfig: { thinkingConfig: { thinkingBudget: 0 } } }],
    [
      { geminiThinkingBudget: -1 },
      { generationConfig: { topK: 1 } },
      { generationConfig: { topK: 1, thinkingConfig: { thinkingBudget: -1 } } },
    ],
    [
      { geminiThinkingBudget: 8 },
      { generation_config: { top_k: 1 } },
      { generation_config: { top_k: 1, thinkingConfig: { thinkingBudget: 8 } } },
    ],
    [
      { geminiThinkingBudget: 8 },
      { generationConfig: { thinkingConfig: { thinkingLevel: "low" } } },
      { generationConfig: { thinkingConfig: { thinkingLevel: "low" } } },
    ],
  ])("%j on %j", (options, body, expected) => {
    const before = structuredClone(body);
    expect(adjusted(options, body)).toEqual(expected);
    expect(body as unknown).toEqual(before);
  });

  test.each(["gemini-2.0-flash", "gemini-1.5-pro", "gemini-2.5-flash-image", "gemini-2.5-pro-preview-tts"])(
    "%s is given no budget: it would refuse the request",
    (model) => {
      expect(adjusted({ geminiThinkingBudget: 8 }, { contents }, { model })).toEqual({ contents });
    },
  );

  test("other bodies stay as they are", () => {
    for (const changes of [{ api: "count-tokens" }, { api: "embeddings" }, { protocol: "openai-chat" }] as const) {
      expect(adjusted({ geminiSafetySetting: safety, geminiThinkingBudget: 1 }, { contents }, changes)).toEqual({
        contents,
      });
    }
  });

  test("without them bodies are not touched at all", () => {
    expect(provider).not.toHaveProperty("adjust");
  });

  test("hold for clients of OpenAI's API too, which therefore are converted", () => {
    expect(provider.protocols).toEqual(["gemini", "openai-chat"]);
    expect(configure(gemini, { options: { geminiSafetySetting: safety } }).protocols).toEqual(["gemini"]);
    expect(configure(gemini, { options: { geminiThinkingBudget: 0 } }).protocols).toEqual(["gemini"]);
  });

  test.each([
    { geminiSafetySetting: { HARASSMENT: "BLOCK_NONE" } },
    { geminiSafetySetting: { HARM_CATEGORY_HARASSMENT: "NEVER" } },
    { geminiThinkingBudget: -2 },
    { geminiThinkingBudget: 1.5 },
    { apiVersion: "../v1" },
  ])("%j is refused", (options) => {
    expect(() => configure(gemini, { options })).toThrow();
  });
});

test.each([
  [400, "API_KEY_INVALID", "credential"],
  [400, "API_KEY_EXPIRED", "credential"],
  [429, "RESOURCE_EXHAUSTED", "credential"],
  [400, "INVALID_ARGUMENT", "request"],
  [400, "FAILED_PRECONDITION", "request"],
  [404, "NOT_FOUND", "request"],
  [200, "UNAVAILABLE", "upstream"],
] as const)("status %d with Google's %s is the fault of the %s", (status, code, verdict) => {
  expect(provider.classify(status, code)).toBe(verdict);
});

test.each([
  ["gemini-3-pro-preview", 65_536],
  ["gemini-2.5-pro", 65_536],
  ["gemini-2.5-flash-image", 32_768],
  ["gemini-2.0-flash-001", 8192],
  ["gemini-1.5-flash", 8192],
  ["imagen-4.0-generate-001", undefined],
])("the output limit of %s is %p", (model, limit) => {
  expect(provider.limits(model).maxOutputTokens).toBe(limit as number);
});
