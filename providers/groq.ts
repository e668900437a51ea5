import type { ProviderDefinition } from "#src/core/provider.ts";
import { openaiCompatible } from "./openai-compatible.ts";

/** Groq. What it refuses with 400: https://console.groq.com/docs/openai */
export const groq: ProviderDefinition = openaiCompatible({
  type: "groq",
  base: "https://api.groq.com/openai/v1",
  environment: { token: "GROQ_API_KEY", baseUrl: "GROQ_BASE_URL" },
  needsToken: true,
  responses: true,
  apis: ["models", "embeddings", "speech", "transcription", "translation", "files", "batches"],
  dialect: {
    reasoningField: "reasoning",
    fields: {
      logit_bias: "refused",
      logprobs: "refused",
      top_logprobs: "refused",
      metadata: "refused",
      store: "refused",
    },
  },
  // Its own 498: no capacity of the flex tier is left.
  errors: { verdicts: { "498": "upstream" } },
});
