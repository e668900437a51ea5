import { expect, test } from "bun:test";
import { ollama } from "#providers/ollama.ts";
import { configure, describeProvider } from "#tests/contracts/provider.ts";

describeProvider({
  definition: ollama,
  urls: {
    "chat openai-chat": "http://127.0.0.1:11434/v1/chat/completions",
    models: "http://127.0.0.1:11434/v1/models",
    completions: "http://127.0.0.1:11434/v1/completions",
    embeddings: "http://127.0.0.1:11434/v1/embeddings",
    "image-generation": "http://127.0.0.1:11434/v1/images/generations",
    speech: "http://127.0.0.1:11434/v1/audio/speech",
    transcription: "http://127.0.0.1:11434/v1/audio/transcriptions",
  },
  headers: { "openai-chat": { authorization: "Bearer $SECRET" } },
  keyless: true,
  addresses: [
    [{ options: { ollamaServerHost: "box", ollamaServerPort: 1234 } }, "http://box:1234/v1/chat/completions"],
    [{ options: { ollamaServerHost: "box" } }, "http://box:11434/v1/chat/completions"],
    [{ options: { ollamaServerPort: 1234 } }, "http://127.0.0.1:1234/v1/chat/completions"],
    [{ baseUrl: "0.0.0.0" }, "http://0.0.0.0:11434/v1/chat/completions"],
    [{ baseUrl: "box:8080" }, "http://box:8080/v1/chat/completions"],
    [{ baseUrl: "https://ollama.com" }, "https://ollama.com/v1/chat/completions"],
    [{ options: { nativeMessages: true } }, "http://127.0.0.1:11434/v1/messages", "anthropic-messages"],
    [{ options: { nativeResponses: true } }, "http://127.0.0.1:11434/v1/responses", "openai-responses"],
  ],
});

test("other protocols are converted unless the server shall speak them itself", () => {
  expect(configure(ollama).protocols).toEqual(["openai-chat"]);
  expect(configure(ollama, { options: { nativeMessages: true } }).protocols).toEqual([
    "openai-chat",
    "anthropic-messages",
  ]);
  expect(configure(ollama, { options: { nativeResponses: true } }).protocols).toEqual([
    "openai-chat",
    "openai-responses",
  ]);
});

test("a port that is none is refused", () => {
  expect(() => configure(ollama, { options: { ollamaServerPort: 0 } })).toThrow();
});
