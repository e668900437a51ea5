import { openrouter } from "#providers/openrouter.ts";
import { describeProvider } from "#tests/contracts/provider.ts";

describeProvider({
  definition: openrouter,
  urls: {
    "chat openai-chat": "https://openrouter.ai/api/v1/chat/completions",
    "chat openai-responses": "https://openrouter.ai/api/v1/responses",
    rerank: "https://openrouter.ai/api/v1/rerank",
    speech: "https://openrouter.ai/api/v1/audio/speech",
    transcription: "https://openrouter.ai/api/v1/audio/transcriptions",
    models: "https://openrouter.ai/api/v1/models",
    completions: "https://openrouter.ai/api/v1/completions",
    embeddings: "https://openrouter.ai/api/v1/embeddings",
    "chat anthropic-messages": "https://openrouter.ai/api/v1/messages",
  },
  headers: {
    "openai-chat": { authorization: "Bearer $SECRET" },
    "openai-responses": { authorization: "Bearer $SECRET" },
    "anthropic-messages": { authorization: "Bearer $SECRET", "anthropic-version": "2023-06-01" },
  },
  keyless: false,
  addresses: [
    [{ baseUrl: "https://openrouter.ai" }, "https://openrouter.ai/api/v1/chat/completions"],
    [{ baseUrl: "https://openrouter.ai" }, "https://openrouter.ai/api/v1/messages", "anthropic-messages"],
    [{ baseUrl: "http://p.example/v1" }, "http://p.example/v1/messages", "anthropic-messages"],
  ],
});
