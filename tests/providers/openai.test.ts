import { expect, test } from "bun:test";
import { openai } from "#providers/openai.ts";
import { call, configure, describeProvider } from "#tests/contracts/provider.ts";

describeProvider({
  definition: openai,
  urls: {
    "chat openai-chat": "https://api.openai.com/v1/chat/completions",
    "chat openai-responses": "https://api.openai.com/v1/responses",
    models: "https://api.openai.com/v1/models",
    completions: "https://api.openai.com/v1/completions",
    embeddings: "https://api.openai.com/v1/embeddings",
    "image-generation": "https://api.openai.com/v1/images/generations",
    "image-edit": "https://api.openai.com/v1/images/edits",
    "image-variation": "https://api.openai.com/v1/images/variations",
    speech: "https://api.openai.com/v1/audio/speech",
    transcription: "https://api.openai.com/v1/audio/transcriptions",
    translation: "https://api.openai.com/v1/audio/translations",
    moderations: "https://api.openai.com/v1/moderations",
    files: "https://api.openai.com/v1/files",
    uploads: "https://api.openai.com/v1/uploads",
    batches: "https://api.openai.com/v1/batches",
    "fine-tuning": "https://api.openai.com/v1/fine_tuning",
    videos: "https://api.openai.com/v1/videos",
    realtime: "wss://api.openai.com/v1/realtime",
    responses: "https://api.openai.com/v1/responses",
    conversations: "https://api.openai.com/v1/conversations",
    "vector-stores": "https://api.openai.com/v1/vector_stores",
  },
  headers: {
    "openai-chat": { authorization: "Bearer $SECRET" },
    "openai-responses": { authorization: "Bearer $SECRET" },
  },
  keyless: false,
  addresses: [
    [{ baseUrl: "https://api.openai.com/v1" }, "https://api.openai.com/v1/chat/completions"],
    [{ baseUrl: "https://api.openai.com" }, "https://api.openai.com/v1/chat/completions"],
    [{ baseUrl: "http://127.0.0.1:8000/v1/" }, "http://127.0.0.1:8000/v1/chat/completions"],
    [{ baseUrl: "https://proxy.example/team/openai" }, "https://proxy.example/team/openai/chat/completions"],
    [{ baseUrl: "https://x.example/openai?api-version=1" }, "https://x.example/openai/chat/completions?api-version=1"],
    [{ baseUrl: "proxy.example/v1" }, "https://proxy.example/v1/chat/completions"],
    [{ baseUrl: "http://[::1]:8000" }, "http://[::1]:8000/v1/chat/completions"],
    [{ options: { openaiCustomUrl: "https://x.example/a/v1" } }, "https://x.example/a/v1/chat/completions"],
    [{ options: { openaiCustomUrl: "x.example/a/chat/completions" } }, "https://x.example/a/chat/completions"],
    [{ baseUrl: "http://h", options: { openaiCustomUrl: "x.example" } }, "http://h/v1/chat/completions"],
  ],
});

test("a server of one's own may do without a key, OpenAI itself may not", () => {
  expect(configure(openai, { baseUrl: "http://127.0.0.1:8000/v1" }).keyless).toBe(true);
  expect(configure(openai, { baseUrl: "https://api.openai.com/v1" }).keyless).toBe(false);
});

test.each([
  ["gpt-5", 128_000],
  ["gpt-5-chat-latest", 16_384],
  ["gpt-4o-mini-2024-07-18", 16_384],
  ["gpt-4o-2024-05-13", 4096],
  ["gpt-4-0613", 8192],
  ["o3-mini", 100_000],
  ["gpt-99", undefined],
])("the output limit of %s is %p", (model, limit) => {
  expect(configure(openai).limits(model).maxOutputTokens).toBe(limit as number);
});

test("clients may ask for beta features", () => {
  expect(configure(openai).forwardHeaders("openai-chat")).toEqual(["openai-beta"]);
});

test.each([
  ["https://api.openai.com/v1", "https://api.openai.com/v1/files/file-1/content"],
  ["https://x.example/v1?api-version=1", "https://x.example/v1/files/file-1/content?api-version=1"],
])("what follows an API's path is kept: %s", (baseUrl, url) => {
  const content = { ...call("openai-chat", "files"), rest: "/file-1/content" };
  expect(configure(openai, { baseUrl }).url(content)).toBe(url);
});
