import type { ProviderDefinition } from "#src/core/provider.ts";
import { openaiCompatible } from "./openai-compatible.ts";

/** OpenRouter: both protocols for every model; its headers for the calling application's name are passed on. */
export const openrouter: ProviderDefinition = openaiCompatible({
  type: "openrouter",
  base: "https://openrouter.ai/api/v1",
  environment: { token: "OPENROUTER_API_KEY", baseUrl: "OPENROUTER_BASE_URL" },
  needsToken: true,
  forwardHeaders: ["http-referer", "x-title"],
  apis: ["models", "completions", "embeddings"],
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
