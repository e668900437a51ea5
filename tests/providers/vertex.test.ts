import { describe, expect, test } from "bun:test";
import { exportPKCS8, generateKeyPair } from "jose";
import { z } from "zod";
import { vertex } from "#providers/vertex.ts";
import type { JsonObject } from "#src/core/json.ts";
import type { Provider, ProviderSettings, ProviderWorld, UpstreamCall } from "#src/core/provider.ts";
import { call, configure, describeProvider } from "#tests/contracts/provider.ts";

const EXPRESS = "https://aiplatform.googleapis.com/v1/publishers/google/models/some-model";

// Paths: https://docs.cloud.google.com/vertex-ai/docs/reference/rest, for express mode
// https://docs.cloud.google.com/vertex-ai/generative-ai/docs/start/express-mode/vertex-ai-express-mode-api-reference
describeProvider({
  definition: vertex,
  settings: { apiTokens: ["AQ.express"] },
  urls: {
    "chat gemini": `${EXPRESS}:generateContent`,
    "count-tokens gemini": `${EXPRESS}:countTokens`,
    embeddings: `${EXPRESS}:predict`,
    "image-generation": `${EXPRESS}:generateContent`,
    speech: `${EXPRESS}:generateContent`,
  },
  headers: { gemini: { "x-goog-api-key": "$SECRET" } },
  keyless: true,
  addresses: [
    [
      { apiTokens: ["a"], baseUrl: "http://127.0.0.1:9999" },
      "http://127.0.0.1:9999/v1/publishers/google/models/some-model:generateContent",
    ],
    [
      { apiTokens: ["a"], baseUrl: "https://proxy.test/x/v1beta1" },
      "https://proxy.test/x/v1beta1/publishers/google/models/some-model:generateContent",
    ],
  ],
});

const pair = await generateKeyPair("RS256", { extractable: true });
const KEY = {
  type: "service_account",
  project_id: "key-project",
  private_key: await exportPKCS8(pair.privateKey),
  client_email: "sluice@key-project.iam.gserviceaccount.com",
};
const USER = {
  type: "authorized_user",
  client_id: "c",
  client_secret: "s",
  refresh_token: "r",
  quota_project_id: "billed",
};
const STANDARD = { vertexAuthKey: JSON.stringify(KEY), vertexRegion: "us-central1", vertexProjectId: "p1" };
const AT = "https://us-central1-aiplatform.googleapis.com/v1/projects/p1/locations/us-central1";

/** In standard mode, with a token server that gives `ya29.1`, `ya29.2` and so on. */
function standard(changes: Record<string, unknown> = {}, settings: Partial<ProviderSettings> = {}): Provider {
  const options = z.strictObject(vertex.fields).parse({ ...STANDARD, ...changes });
  let exchanges = 0;
  const world: ProviderWorld = {
    now: () => 0,
    fetch: () => Promise.resolve(Response.json({ access_token: `ya29.${++exchanges}`, expires_in: 3600 })),
  };
  return vertex.configure({ id: "mine", type: "vertex", apiTokens: [], ...settings, options }, world);
}

describe("standard mode", () => {
  const base: UpstreamCall = { api: "chat", protocol: "gemini", model: "gemini-2.5-pro", stream: false };
  const claude = { protocol: "anthropic-messages", model: "claude-sonnet-4-5@20250929" } as const;
  const openai = { protocol: "openai-chat", model: "meta/llama-4-maverick-17b-128e-instruct-maas" } as const;

  test.each<[Partial<UpstreamCall>, string | undefined]>([
    [{}, "/publishers/google/models/gemini-2.5-pro:generateContent"],
    [{ stream: true }, "/publishers/google/models/gemini-2.5-pro:streamGenerateContent?alt=sse"],
    [{ model: "google/gemini-2.5-pro" }, "/publishers/google/models/gemini-2.5-pro:generateContent"],
    [{ model: "endpoints/42" }, "/endpoints/42:generateContent"],
    [{ model: "a/../../b" }, undefined],
    [{ model: "../b", api: "embeddings" }, "/publishers/google/models/..%2Fb:predict"],
    [{ model: "google/../../b" }, "/publishers/google/models/..%2F..%2Fb:generateContent"],
    [{ api: "count-tokens" }, "/publishers/google/models/gemini-2.5-pro:countTokens"],
    [claude, "/publishers/anthropic/models/claude-sonnet-4-5@20250929:rawPredict"],
    [{ ...claude, stream: true }, "/publishers/anthropic/models/claude-sonnet-4-5@20250929:streamRawPredict"],
    [{ ...claude, api: "count-tokens" }, "/publishers/anthropic/models/count-tokens:rawPredict"],
    [{ ...claude, protocol: "gemini" }, undefined],
    [{ ...claude, protocol: "gemini", api: "count-tokens" }, undefined],
    [{ protocol: "anthropic-messages" }, undefined],
    [{ protocol: "anthropic-messages", api: "count-tokens" }, undefined],
    [{ protocol: "openai-chat" }, undefined],
    [openai, "/endpoints/openapi/chat/completions"],
    [{ ...openai, api: "count-tokens" }, undefined],
    [{ api: "embeddings", model: "text-embedding-005" }, "/publishers/google/models/text-embedding-005:predict"],
    [{ api: "embeddings", model: "gemini-embedding-001" }, "/publishers/google/models/gemini-embedding-001:predict"],
    [
      { api: "embeddings", model: "gemini-embedding-2", action: "embedContent" },
      "/publishers/google/models/gemini-embedding-2:embedContent",
    ],
    [{ api: "embeddings", model: "gemini-embedding-2", action: "batchEmbedContents" }, undefined],
    [
      { api: "image-generation", model: "imagen-4.0", action: "predict" },
      "/publishers/google/models/imagen-4.0:predict",
    ],
    [
      { api: "image-generation", model: "gemini-2.5-flash-image", action: "generateContent" },
      "/publishers/google/models/gemini-2.5-flash-image:generateContent",
    ],
    [{ api: "speech", model: "gemini-2.5-tts" }, "/publishers/google/models/gemini-2.5-tts:generateContent"],
    [
      { api: "operations", model: "veo-3.0", action: "predictLongRunning" },
      "/publishers/google/models/veo-3.0:predictLongRunning",
    ],
    [{ api: "operations", model: "" }, undefined],
    [{ api: "files" }, undefined],
    [{ api: "models" }, undefined],
  ])("%j", (changes, path) => {
    expect(standard().url({ ...base, ...changes })).toBe((path === undefined ? undefined : AT + path) as string);
  });

  test.each([
    ["global", "https://aiplatform.googleapis.com/v1/projects/p1/locations/global"],
    ["us", "https://aiplatform.us.rep.googleapis.com/v1/projects/p1/locations/us"],
    ["eu", "https://aiplatform.eu.rep.googleapis.com/v1/projects/p1/locations/eu"],
    ["europe-west4", "https://europe-west4-aiplatform.googleapis.com/v1/projects/p1/locations/europe-west4"],
  ])("the location %s has its own host", (vertexRegion, root) => {
    expect(standard({ vertexRegion }).url(base)).toBe(
      `${root}/publishers/google/models/gemini-2.5-pro:generateContent`,
    );
  });

  test("the project is the key's when none is set, and a baseUrl keeps both in the path", () => {
    const provider = standard({ vertexProjectId: undefined }, { baseUrl: "http://127.0.0.1:9/v" });
    expect(provider.url(base)).toBe(
      "http://127.0.0.1:9/v/v1/projects/key-project/locations/us-central1/publishers/google/models/gemini-2.5-pro:generateContent",
    );
  });

  test.each([
    ["gemini-2.5-pro", "gemini"],
    ["google/gemini-2.5-pro", "gemini"],
    ["endpoints/42", "gemini"],
    ["claude-opus-4-6", "anthropic-messages"],
    ["anthropic/claude-opus-4-6", "anthropic-messages"],
    ["meta/llama-4-maverick-17b-128e-instruct-maas", "openai-chat"],
  ] as const)("%s is asked in %s", (model, protocol) => {
    expect(standard().protocolsFor?.(model)).toEqual([protocol]);
  });

  test("a token of the key's goes with each request, and is fetched once", async () => {
    const provider = standard();
    for (const protocol of ["gemini", "anthropic-messages", "openai-chat"] as const) {
      const headers = new Headers();
      await provider.authorize(headers, undefined, call(protocol));
      expect(headers.toJSON()).toEqual({ authorization: "Bearer ya29.1" });
    }
  });

  test("a user's requests are charged to the key's quota project", async () => {
    const headers = new Headers();
    await standard({ vertexAuthKey: JSON.stringify(USER) }).authorize(headers, undefined, call("gemini"));
    expect(headers.toJSON()).toEqual({ authorization: "Bearer ya29.1", "x-goog-user-project": "billed" });
  });

  test("Claude's beta header goes on, its version does not: it stands in the body", () => {
    expect(standard().forwardHeaders("anthropic-messages")).toEqual(["anthropic-beta"]);
  });

  test("limits are those of the model behind the publisher", () => {
    expect(standard().limits("google/gemini-2.5-pro").maxOutputTokens).toBe(65_536);
  });

  test.each([
    ["text-embedding-005", "vertex"],
    ["gemini-embedding-001", "vertex"],
    ["gemini-embedding-2", "gemini"],
  ] as const)("embeddings of %s have the shape %s", (model, shape) => {
    expect(standard().shape?.("embeddings", model)).toBe(shape);
  });
});

describe("vertexOpenAICompatible", () => {
  const provider = standard({ vertexOpenAICompatible: true });

  test("Google's models are asked in OpenAI's protocol, Claude's still in their own", () => {
    expect(provider.protocols).toEqual(["openai-chat"]);
    expect(provider.url({ ...call("openai-chat"), model: "gemini-2.5-pro" })).toBe(
      `${AT}/endpoints/openapi/chat/completions`,
    );
    expect(provider.protocolsFor?.("gemini-2.5-pro")).toEqual(["openai-chat"]);
    expect(provider.protocolsFor?.("claude-opus-4-6")).toEqual(["anthropic-messages"]);
  });

  test("does not go together with apiTokens", () => {
    expect(() => configure(vertex, { apiTokens: ["a"], options: { vertexOpenAICompatible: true } })).toThrow(
      /vertexOpenAICompatible .* apiTokens/,
    );
  });
});

describe("bodies", () => {
  const options = { geminiThinkingBudget: 5 };

  test.each<[Partial<UpstreamCall>, JsonObject, JsonObject]>([
    [
      { protocol: "anthropic-messages", model: "claude-opus-4-6" },
      { model: "claude-opus-4-6", stream: true, messages: [] },
      { anthropic_version: "vertex-2023-10-16", stream: true, messages: [] },
    ],
    [
      { protocol: "anthropic-messages", model: "claude-opus-4-6" },
      { anthropic_version: "vertex-2099-01-01" },
      { anthropic_version: "vertex-2099-01-01" },
    ],
    [
      { protocol: "anthropic-messages", model: "anthropic/claude-opus-4-6", api: "count-tokens" },
      { messages: [] },
      { anthropic_version: "vertex-2023-10-16", messages: [], model: "claude-opus-4-6" },
    ],
    [{ protocol: "openai-chat", model: "gemini-2.5-pro" }, { model: "x" }, { model: "google/gemini-2.5-pro" }],
    [{ protocol: "openai-chat", model: "meta/llama" }, { model: "x" }, { model: "meta/llama" }],
    [{ model: "gemini-2.5-pro" }, {}, { generationConfig: { thinkingConfig: { thinkingBudget: 5 } } }],
    [{ api: "embeddings", model: "text-embedding-005" }, { instances: [] }, { instances: [] }],
  ])("%j: %j", (changes, body, expected) => {
    expect(standard(options).adjust?.(body, { ...call("gemini"), ...changes })).toEqual(expected);
  });
});

describe("raw paths", () => {
  test.each([
    [
      "/v1/projects/other/locations/asia-east1/publishers/anthropic/models/claude-opus-4-6:rawPredict",
      "/v1/projects/p1/locations/us-central1/publishers/anthropic/models/claude-opus-4-6:rawPredict",
    ],
    [
      "/ai/v1beta1/publishers/mistralai/models/mistral-ocr@2505:streamRawPredict",
      "/v1beta1/projects/p1/locations/us-central1/publishers/mistralai/models/mistral-ocr@2505:streamRawPredict",
    ],
    [
      "/v1/projects/p/locations/l/endpoints/42:rawPredict",
      "/v1/projects/p1/locations/us-central1/endpoints/42:rawPredict",
    ],
  ])("%s", (path, expected) => {
    expect(standard().passThrough?.(path)).toBe(`https://us-central1-aiplatform.googleapis.com${expected}`);
  });

  test("in express mode there is no project in them", () => {
    expect(configure(vertex, { apiTokens: ["a"] }).passThrough?.("/v1/publishers/google/models/m:computeTokens")).toBe(
      "https://aiplatform.googleapis.com/v1/publishers/google/models/m:computeTokens",
    );
  });

  test.each([
    "/v1/projects/p1/locations/us-central1/models/42",
    "/v1/projects/p1/locations/us-central1/endpoints/42",
    "/v1/projects/p1/locations/us-central1/publishers/google/models/a/../../../models/42:x",
    "/v1/projects/p1/locations/us-central1/customJobs",
    "/v1/projects/p1/locations/us-central1/endpoints/42:undeployModel",
    "/v1/projects/p1/locations/us-central1/publishers/%2e%2e/models/42:predict",
    "/v1/chat/nonsense",
  ])("%s is not one: a key of the gateway's may do more than its clients may", (path) => {
    expect(standard().passThrough?.(path)).toBeUndefined();
  });
});

describe("settings", () => {
  test.each([
    [{}, /vertexAuthKey .* is missing/],
    [{ vertexAuthKey: JSON.stringify(KEY) }, /vertexRegion is missing/],
    [{ vertexAuthKey: JSON.stringify(USER), vertexRegion: "global" }, /vertexProjectId is missing/],
    [{ vertexAuthKey: "/etc/SECRET.json", vertexRegion: "global" }, /vertexAuthKey is not JSON/],
  ])("%# is told by name", (options, message) => {
    expect(() => configure(vertex, { options })).toThrow(message);
  });

  test.each([
    { vertexRegion: "evil.test/" },
    { vertexProjectId: "p/../q" },
    { vertexTokenRefreshAhead: -1 },
    { vertexOpenAICompatible: "yes" },
  ])("%j is refused", (options) => {
    expect(() => configure(vertex, { options: { ...STANDARD, ...options } })).toThrow();
  });

  test("Higress' vertexAuthServiceName is taken", () => {
    expect(standard({ vertexAuthServiceName: "google-auth.dns" }).id).toBe("mine");
  });
});
