import { expect, test } from "bun:test";
import { generic } from "#providers/generic.ts";
import { configure, describeProvider } from "#tests/contracts/provider.ts";

describeProvider({
  definition: generic,
  settings: { options: { genericHost: "ai.example" } },
  urls: {
    "chat openai-chat": "https://ai.example/v1/chat/completions",
    models: "https://ai.example/v1/models",
    completions: "https://ai.example/v1/completions",
    embeddings: "https://ai.example/v1/embeddings",
    "image-generation": "https://ai.example/v1/images/generations",
    "image-edit": "https://ai.example/v1/images/edits",
    "image-variation": "https://ai.example/v1/images/variations",
    speech: "https://ai.example/v1/audio/speech",
    transcription: "https://ai.example/v1/audio/transcriptions",
    translation: "https://ai.example/v1/audio/translations",
    moderations: "https://ai.example/v1/moderations",
    rerank: "https://ai.example/v1/rerank",
    "chat anthropic-messages": "https://ai.example/v1/messages",
    "count-tokens anthropic-messages": "https://ai.example/v1/messages/count_tokens",
  },
  headers: {
    "openai-chat": { authorization: "Bearer $SECRET" },
    "anthropic-messages": { authorization: "Bearer $SECRET", "anthropic-version": "2023-06-01" },
  },
  keyless: true,
  addresses: [[{ baseUrl: "http://127.0.0.1:1/base/v2" }, "http://127.0.0.1:1/base/v2/chat/completions"]],
});

test.each([
  ["https://h", "/anything/at all?", "https://h/anything/at all?"],
  ["https://h", "/v1/embeddings", "https://h/v1/embeddings"],
  ["https://h/v1", "/v1/embeddings", "https://h/v1/embeddings"],
  ["https://h/api/v3", "/v1/embeddings", "https://h/api/v3/embeddings"],
  ["https://h/api", "/v1/embeddings", "https://h/api/v1/embeddings"],
  ["https://h/v1", "/rerank", "https://h/v1/rerank"],
])("%s sends %s to %s", (baseUrl, path, url) => {
  expect(configure(generic, { baseUrl }).passThrough?.(path)).toBe(url);
});

test("it has no server of its own", () => {
  expect(() => configure(generic)).toThrow("baseUrl is missing: the type generic has no server of its own.");
});
