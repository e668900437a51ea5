/** Real clients that ask for embeddings and rankings, with providers of their own format and of others. */
import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { createCohere } from "@ai-sdk/cohere";
import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import { GoogleGenAI } from "@google/genai";
import { OpenAIEmbeddings } from "@langchain/openai";
import { embedMany, rerank } from "ai";
import type { JsonObject } from "#src/core/json.ts";
import { startBackend } from "#tests/support/backend.ts";
import { FakeGemini } from "#tests/support/fake-gemini.ts";
import { startGateway } from "#tests/support/gateway.ts";
import { openaiClient } from "#tests/support/stage.ts";
import { cohereRanking, openaiEmbeddings, vectorOf } from "#tests/support/upstream/embeddings.ts";

const bodies: JsonObject[] = [];
const server = startBackend(async (request) => {
  const body = (await request.json()) as JsonObject;
  bodies.push(body);
  const { pathname } = new URL(request.url);
  if (pathname === "/v1/embeddings") return Response.json(openaiEmbeddings(body));
  if (pathname === "/v1/rerank") return Response.json(cohereRanking(body));
  return Response.json({ error: { message: `There is no ${pathname}.` } }, { status: 404 });
});
const google = new FakeGemini();
const gateway = await startGateway({
  config: {
    admin: { port: 0 },
    providers: [
      { type: "vllm", baseUrl: `http://${server.address}/v1` },
      { type: "gemini", apiTokens: ["google-key"], baseUrl: google.origin },
      {
        id: "added",
        type: "claude",
        apiTokens: ["k"],
        baseUrl: `http://${server.address}`,
        capabilities: { "openai/v1/embeddings": "/v1/embeddings", "cohere/v1/rerank": "/v1/rerank" },
      },
    ],
    routes: ["vllm", "gemini", "added"].map((provider) => ({
      name: provider,
      match: { models: [`${provider}/*`] },
      ai: { upstreams: [{ provider, model: "embedder" }] },
    })),
  },
});

beforeEach(() => {
  bodies.length = 0;
  google.reset();
});
afterAll(async () => {
  await gateway.stop();
  await server.close();
  await google.close();
});

const TEXTS = ["one", "three", "雪"];
const VECTORS = TEXTS.map(vectorOf);
const apiKey = "client-key";
const baseURL = `${gateway.origin}/v1`;

const openai = openaiClient(gateway, apiKey);
const genai = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: gateway.origin } });
const sdk = {
  openai: createOpenAI({ apiKey, baseURL }),
  google: createGoogleGenerativeAI({ apiKey, baseURL: `${gateway.origin}/v1beta` }),
  cohere: createCohere({ apiKey, baseURL: `${gateway.origin}/v2` }),
};

const CLIENTS: readonly (readonly [client: string, embed: (model: string) => Promise<unknown>])[] = [
  [
    "openai",
    async (model) => (await openai.embeddings.create({ model, input: TEXTS })).data.map(({ embedding }) => embedding),
  ],
  [
    "@langchain/openai",
    (model) => new OpenAIEmbeddings({ apiKey, model, maxRetries: 0, configuration: { baseURL } }).embedDocuments(TEXTS),
  ],
  [
    "@google/genai",
    async (model) =>
      (await genai.models.embedContent({ model, contents: TEXTS })).embeddings?.map(({ values }) => values),
  ],
  ["@ai-sdk/openai", async (model) => embedded(sdk.openai.embeddingModel(model))],
  ["@ai-sdk/google", async (model) => embedded(sdk.google.embeddingModel(model))],
  ["@ai-sdk/cohere", async (model) => embedded(sdk.cohere.embeddingModel(model))],
];

async function embedded(model: Parameters<typeof embedMany>[0]["model"]): Promise<unknown> {
  return (await embedMany({ model, values: TEXTS, maxRetries: 0 })).embeddings;
}

describe.each(CLIENTS)("embeddings by %s", (_, embed) => {
  test.each(["vllm", "gemini", "added"])("of the provider %s", async (provider) => {
    expect(await embed(`${provider}/x`)).toEqual(VECTORS);
    if (provider === "gemini") expect(google.last).toMatchObject({ model: "embedder", action: "batchEmbedContents" });
    else expect(bodies.at(-1)).toMatchObject({ model: "embedder", input: TEXTS });
  });
});

test.each(["vllm", "added"])("@ai-sdk/cohere ranks by the provider %s", async (provider) => {
  const model = sdk.cohere.reranking(`${provider}/x`);
  const { ranking } = await rerank({ model, query: "long", documents: ["a", "ccc", "bb"], topN: 2, maxRetries: 0 });
  expect(ranking.map(({ originalIndex, document }) => [originalIndex, document])).toEqual([
    [1, "ccc"],
    [2, "bb"],
  ]);
  expect(bodies.at(-1)).toMatchObject({ model: "embedder", query: "long", top_n: 2 });
});
