import { expect, test } from "bun:test";
import { cohere } from "#providers/cohere.ts";
import { call, configure, describeProvider } from "#tests/contracts/provider.ts";
import { openProviderStage } from "#tests/contracts/provider-stage.ts";

// Paths: https://docs.cohere.com/reference/about
describeProvider({
  definition: cohere,
  urls: {
    embeddings: "https://api.cohere.com/v2/embed",
    rerank: "https://api.cohere.com/v2/rerank",
    transcription: "https://api.cohere.com/v2/audio/transcriptions",
  },
  headers: { "cohere-chat": { authorization: "Bearer $SECRET" } },
  keyless: false,
  addresses: [
    [{}, "https://api.cohere.com/v2/chat"],
    [{ baseUrl: "https://api.cohere.com/v2" }, "https://api.cohere.com/v2/chat"],
    [{ baseUrl: "http://127.0.0.1:9999/co/" }, "http://127.0.0.1:9999/co/v2/chat"],
  ],
  // Format: https://docs.cohere.com/reference/errors
  errors: [
    { status: 498, body: { message: "invalid token" }, verdict: "credential" },
    { status: 422, body: { message: "message must be at least 1 token long" }, verdict: "request" },
  ],
});

test("models are listed by name, in its own protocol", () => {
  expect(configure(cohere).url(call("cohere-chat", "models"))).toBe("https://api.cohere.com/v1/models");
});

test.each([
  ["cohere-chat", "v2/chat", "https://api.cohere.com/v2/chat"],
  ["cohere-chat", "v1/chat", "https://api.cohere.com/v1/chat"],
  ["embeddings", "v1/embed", "https://api.cohere.com/v1/embed"],
  ["rerank", "v1/rerank", "https://api.cohere.com/v1/rerank"],
] as const)("%s of clients of its own at %s is asked at %s", (api, action, url) => {
  expect(configure(cohere).url({ ...call("openai-chat", api), action })).toBe(url);
});

test.each([
  ["/v2/parse", "https://api.cohere.com/v2/parse"],
  ["/team/v1/tokenize", "https://api.cohere.com/v1/tokenize"],
  ["/v1/datasets/d1", "https://api.cohere.com/v1/datasets/d1"],
  ["/v1/embeddings", undefined],
  ["/v1/chat/completions", undefined],
])("its own clients' %s goes to %s", (path, url) => {
  expect(configure(cohere).passThrough?.(path)).toBe(url as string);
});

test.each([
  [
    "/v1/embeddings",
    { model: "embed-v4.0", input: ["a"], dimensions: 256 },
    { texts: ["a"], input_type: "search_document", embedding_types: ["float"], output_dimension: 256 },
  ],
  [
    "/v1/reranks",
    { model: "rerank-v4.0", query: "q", documents: ["a"], top_n: 1 },
    { query: "q", documents: ["a"], top_n: 1 },
  ],
])("%s is put in Cohere's format", async (path, body, wanted) => {
  const stage = await openProviderStage(cohere, {}, () => Response.json({}));
  await stage.ask(path, { method: "POST", body: JSON.stringify(body) });
  expect(JSON.parse(stage.asked[0]!.body)).toEqual({ model: body.model, ...wanted });
  await stage.close();
});
