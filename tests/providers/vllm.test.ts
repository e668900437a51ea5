import { vllm } from "#providers/vllm.ts";
import { describeProvider } from "#tests/contracts/provider.ts";

describeProvider({
  definition: vllm,
  settings: { options: { nativeMessages: true, nativeResponses: true } },
  urls: {
    "chat openai-chat": "http://127.0.0.1:8000/v1/chat/completions",
    "chat openai-responses": "http://127.0.0.1:8000/v1/responses",
    realtime: "ws://127.0.0.1:8000/v1/realtime",
    models: "http://127.0.0.1:8000/v1/models",
    completions: "http://127.0.0.1:8000/v1/completions",
    embeddings: "http://127.0.0.1:8000/v1/embeddings",
    rerank: "http://127.0.0.1:8000/v1/rerank",
    transcription: "http://127.0.0.1:8000/v1/audio/transcriptions",
    translation: "http://127.0.0.1:8000/v1/audio/translations",
    "chat anthropic-messages": "http://127.0.0.1:8000/v1/messages",
  },
  headers: {
    "openai-chat": { authorization: "Bearer $SECRET" },
    "openai-responses": { authorization: "Bearer $SECRET" },
    "anthropic-messages": { authorization: "Bearer $SECRET", "anthropic-version": "2023-06-01" },
  },
  keyless: true,
  addresses: [
    [{ options: { vllmServerHost: "gpu-1" } }, "http://gpu-1:8000/v1/chat/completions"],
    [{ options: { vllmServerHost: "gpu-1:9000" } }, "http://gpu-1:9000/v1/chat/completions"],
    [
      { options: { vllmCustomUrl: "https://v.example/m/v1", vllmServerHost: "gpu-1" } },
      "https://v.example/m/v1/chat/completions",
    ],
    [{ options: { vllmCustomUrl: "https://v.example/v1/chat/completions" } }, "https://v.example/v1/chat/completions"],
    [{ baseUrl: "http://h:1/v1", options: { vllmCustomUrl: "https://v.example" } }, "http://h:1/v1/chat/completions"],
  ],
});
