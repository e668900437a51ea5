import { describe, expect, test } from "bun:test";
import { AzureOpenAI } from "openai";
import { azure } from "#providers/azure.ts";
import type { ProtocolName } from "#src/core/protocol.ts";
import type { ApiName } from "#src/core/api.ts";
import type { JsonObject } from "#src/core/json.ts";
import { configure, describeProvider } from "#tests/contracts/provider.ts";
import { ANSWERS } from "#tests/contracts/provider-answers.ts";
import { openProviderStage, SECRETS } from "#tests/contracts/provider-stage.ts";

const AT = "https://res.openai.azure.com/openai";
const OLD = "?api-version=2024-10-21";
const HEADERS = { "openai-chat": { "api-key": "$SECRET" }, "openai-responses": { "api-key": "$SECRET" } } as const;

/** Format: https://learn.microsoft.com/azure/ai-foundry/openai/reference */
const refusal = (status: number, message: string): JsonObject => ({ error: { code: String(status), message } });
const ERRORS = [
  {
    status: 404,
    body: { error: { code: "DeploymentNotFound", message: "The API deployment does not exist." } },
    verdict: "request" as const,
  },
  {
    status: 429,
    body: { error: { code: "429", message: "Requests have exceeded the call rate limit." } },
    headers: { "retry-after-ms": "3000" },
    retryAfter: 3,
    verdict: "credential" as const,
  },
  {
    status: 400,
    body: {
      error: { code: "content_filter", message: "Filtered.", innererror: { code: "ResponsibleAIPolicyViolation" } },
    },
    verdict: "request" as const,
  },
];

// The v1 API: https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle
describeProvider({
  definition: azure,
  settings: { options: { azureServiceUrl: "https://res.openai.azure.com" } },
  urls: {
    "chat openai-chat": `${AT}/v1/chat/completions`,
    "chat openai-responses": `${AT}/v1/responses`,
    models: `${AT}/v1/models`,
    completions: `${AT}/v1/completions`,
    embeddings: `${AT}/v1/embeddings`,
    "image-generation": `${AT}/v1/images/generations`,
    "image-edit": `${AT}/v1/images/edits`,
    speech: `${AT}/v1/audio/speech`,
    transcription: `${AT}/v1/audio/transcriptions`,
    translation: `${AT}/v1/audio/translations`,
    files: `${AT}/v1/files`,
    uploads: `${AT}/v1/uploads`,
    batches: `${AT}/v1/batches`,
    "fine-tuning": `${AT}/v1/fine_tuning`,
    videos: `${AT}/v1/videos`,
    realtime: "wss://res.openai.azure.com/openai/v1/realtime",
    responses: `${AT}/v1/responses`,
    conversations: `${AT}/v1/conversations`,
    "vector-stores": `${AT}/v1/vector_stores`,
  },
  headers: HEADERS,
  keyless: false,
  refusal,
  errors: ERRORS,
});

const OF_MODEL = `${AT}/deployments/some-model`;

describe("a dated version, with the model as the deployment", () => {
  describeProvider({
    definition: azure,
    settings: { options: { azureServiceUrl: `https://res.openai.azure.com/openai${OLD}` } },
    urls: {
      "chat openai-chat": `${OF_MODEL}/chat/completions${OLD}`,
      models: `${AT}/models${OLD}`,
      completions: `${OF_MODEL}/completions${OLD}`,
      embeddings: `${OF_MODEL}/embeddings${OLD}`,
      "image-generation": `${OF_MODEL}/images/generations${OLD}`,
      "image-edit": `${OF_MODEL}/images/edits${OLD}`,
      speech: `${OF_MODEL}/audio/speech${OLD}`,
      transcription: `${OF_MODEL}/audio/transcriptions${OLD}`,
      translation: `${OF_MODEL}/audio/translations${OLD}`,
      files: `${AT}/files${OLD}`,
      uploads: `${AT}/uploads${OLD}`,
      batches: `${AT}/batches${OLD}`,
      "fine-tuning": `${AT}/fine_tuning${OLD}`,
      "vector-stores": `${AT}/vector_stores${OLD}`,
      realtime: `wss://res.openai.azure.com/openai/realtime${OLD}&deployment=some-model`,
    },
    headers: { "openai-chat": HEADERS["openai-chat"] },
    keyless: false,
    refusal,
    errors: ERRORS,
  });
});

const NEW = "?api-version=2025-04-01-preview";
const HOST = "https://res.openai.azure.com";

describe("the forms of the address", () => {
  test.each<[address: string, api: ApiName, protocol: ProtocolName, url: string | undefined]>([
    [`${HOST}/`, "chat", "openai-chat", `${AT}/v1/chat/completions`],
    [`${HOST}/openai`, "chat", "openai-chat", `${AT}/v1/chat/completions`],
    [`${HOST}/openai/v1/`, "chat", "openai-chat", `${AT}/v1/chat/completions`],
    [`${HOST}/openai/v1?api-version=preview`, "chat", "openai-responses", `${AT}/v1/responses?api-version=preview`],
    ["https://gw.test/team", "embeddings", "openai-chat", "https://gw.test/team/openai/v1/embeddings"],
    [`${HOST}${NEW}`, "chat", "openai-chat", `${OF_MODEL}/chat/completions${NEW}`],
    [`${HOST}${NEW}`, "chat", "openai-responses", `${AT}/responses${NEW}`],
    [`${HOST}${NEW}`, "responses", "openai-responses", `${AT}/responses${NEW}`],
    [`${HOST}${OLD}`, "responses", "openai-responses", undefined],
    [`${HOST}${OLD}`, "videos", "openai-chat", undefined],
    [`${AT}/deployments/d1${OLD}`, "chat", "openai-chat", `${AT}/deployments/d1/chat/completions${OLD}`],
    [`${AT}/deployments/d1${OLD}`, "embeddings", "gemini", `${AT}/deployments/d1/embeddings${OLD}`],
    [`${AT}/deployments/d1${OLD}`, "files", "openai-chat", `${AT}/files${OLD}`],
    [
      `${AT}/deployments/d1/chat/completions${OLD}`,
      "chat",
      "openai-chat",
      `${AT}/deployments/d1/chat/completions${OLD}`,
    ],
    [`${AT}/deployments/d1/chat/completions${OLD}`, "embeddings", "openai-chat", undefined],
    [`${AT}/deployments/d1/embeddings${OLD}`, "embeddings", "openai-chat", `${AT}/deployments/d1/embeddings${OLD}`],
    [`${AT}/deployments/d1/embeddings${OLD}`, "chat", "openai-chat", undefined],
    [`${AT}/deployments/d1/talk${OLD}`, "chat", "openai-chat", `${AT}/deployments/d1/talk${OLD}`],
    [`${AT}/responses${NEW}`, "chat", "openai-responses", `${AT}/responses${NEW}`],
    [`${AT}/responses${NEW}`, "chat", "openai-chat", undefined],
    ["https://gw.test/x/chat/completions", "chat", "openai-chat", "https://gw.test/x/chat/completions"],
  ])("%s: %s in %s", (azureServiceUrl, api, protocol, url) => {
    const provider = configure(azure, { options: { azureServiceUrl } });
    expect(provider.url({ api, protocol, model: "some-model", stream: false })).toBe(url as string);
  });

  test("what is spoken is what has a URL", () => {
    const spoken = (azureServiceUrl: string) => configure(azure, { options: { azureServiceUrl } }).protocols;
    expect(spoken(HOST)).toEqual(["openai-chat", "openai-responses"]);
    expect(spoken(HOST + NEW)).toEqual(["openai-chat", "openai-responses"]);
    expect(spoken(HOST + OLD)).toEqual(["openai-chat"]);
    expect(spoken(`${AT}/responses${NEW}`)).toEqual(["openai-responses"]);
  });

  test("a deployment's name is one segment", () => {
    const provider = configure(azure, { options: { azureServiceUrl: HOST + OLD } });
    const call = { api: "chat", protocol: "openai-chat", stream: false } as const;
    expect(provider.url({ ...call, model: "../../x?y" })).toBe(
      `${AT}/deployments/..%2F..%2Fx%3Fy/chat/completions${OLD}`,
    );
    expect(provider.url({ ...call, model: "" })).toBeUndefined();
  });

  test("baseUrl wins; without an address there is nobody to ask", () => {
    const settings = { baseUrl: "http://127.0.0.1:1/openai/v1", options: { azureServiceUrl: HOST } };
    expect(configure(azure, settings).url({ api: "models", protocol: "openai-chat", model: "", stream: false })).toBe(
      "http://127.0.0.1:1/openai/v1/models",
    );
    expect(() => configure(azure)).toThrow("azureServiceUrl is missing");
    expect(() => configure(azure, { options: { azureServiceUrl: `${AT}/deployments/d1` } })).toThrow("no api-version");
  });
});

test("OpenAI's client for Azure is answered, and its key and version stay here", async () => {
  const options = { azureServiceUrl: "https://res.openai.azure.com/openai/deployments/mine?api-version=2024-10-21" };
  const stage = await openProviderStage(azure, { options }, () => Response.json(ANSWERS["openai-chat"]?.whole));
  const network = ((url: string, init?: RequestInit) => {
    const { pathname, search } = new URL(url);
    return stage.ask(pathname + search, init);
  }) as typeof fetch;
  const client = new AzureOpenAI({
    endpoint: "http://gateway.test",
    apiKey: "client-key",
    apiVersion: "2024-06-01",
    fetch: network,
    maxRetries: 0,
  });
  const { choices } = await client.chat.completions.create({
    model: "gpt-4o",
    messages: [{ role: "user", content: "Hi." }],
  });
  expect(choices[0]?.message.content).toBeString();
  const [asked] = stage.asked;
  expect(asked?.url).toBe(`${AT}/deployments/mine/chat/completions${OLD}`);
  expect(SECRETS).toContain(asked?.headers.get("api-key") as (typeof SECRETS)[number]);
  expect(JSON.stringify([...(asked?.headers ?? [])])).not.toContain("client-key");
  await stage.close();
});
