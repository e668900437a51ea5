import type { ProviderDefinition } from "#src/core/provider.ts";
import { openaiCompatible } from "./openai-compatible.ts";

/** OpenRouter: three protocols for every model; its headers for the calling application's name are passed on. Format: https://openrouter.ai/docs/api-reference */
export const openrouter: ProviderDefinition = openaiCompatible({
  type: "openrouter",
  base: "https://openrouter.ai/api/v1",
  environment: { token: "OPENROUTER_API_KEY", baseUrl: "OPENROUTER_BASE_URL" },
  needsToken: true,
  forwardHeaders: ["http-referer", "x-title", "x-openrouter-title", "x-openrouter-categories"],
  responses: true,
  apis: ["models", "completions", "embeddings", "rerank", "speech", "transcription"],
  messages: { path: "/v1/messages" },
  dialect: {
    maxTokensField: "max_tokens",
    reasoningField: "reasoning",
    reasoningDetails: true,
    reasoningRequest: "openrouter",
    cacheControl: true,
    topK: true,
  },
});
