import type { ProviderDefinition } from "#src/core/provider.ts";
import { openaiCompatible } from "./openai-compatible.ts";

/** Together AI, whose file store and batches are its own. Format: https://docs.together.ai/reference */
export const togetherAi: ProviderDefinition = openaiCompatible({
  type: "together-ai",
  base: "https://api.together.xyz/v1",
  hosts: { "api.together.ai": undefined },
  environment: { token: "TOGETHER_API_KEY", baseUrl: "TOGETHER_BASE_URL" },
  needsToken: true,
  apis: ["models", "completions", "embeddings", "image-generation", "speech", "transcription", "translation", "rerank"],
  ownPaths: ["/batches", "/evaluation", "/files", "/fine-tunes", "/videos", "/voices"],
  dialect: {
    maxTokensField: "max_tokens",
    developerRole: false,
    reasoningField: "reasoning",
    efforts: ["low", "medium", "high"],
    topK: true,
  },
});
