import type { Dialect } from "#src/core/protocol.ts";
import type { ProviderDefinition } from "#src/core/provider.ts";
import { openaiCompatible } from "./openai-compatible.ts";

const DIALECT: Dialect = {
  reasoningField: "reasoning",
  messageNames: false,
  fields: {
    logit_bias: "refused",
    logprobs: "refused",
    top_logprobs: "refused",
    metadata: "refused",
    store: "refused",
  },
};

/** The efforts a model knows; most know none. Format: `reasoning_effort` in the npm package groq-sdk. */
function reasoning(model: string): Dialect {
  if (model.includes("gpt-oss")) return { efforts: ["low", "medium", "high"] };
  if (/qwen3\.8/.test(model)) return { efforts: ["none", "low", "medium", "high"] };
  return /qwen3/.test(model) ? { efforts: ["none"] } : { reasoningRequest: "none" };
}

/** Groq. What it refuses with 400: https://console.groq.com/docs/openai */
export const groq: ProviderDefinition = openaiCompatible({
  type: "groq",
  base: "https://api.groq.com/openai/v1",
  environment: { token: "GROQ_API_KEY", baseUrl: "GROQ_BASE_URL" },
  needsToken: true,
  responses: true,
  apis: ["models", "embeddings", "speech", "transcription", "translation", "files", "batches"],
  dialect: (model) => ({ ...DIALECT, ...reasoning(model) }),
  // Its own 498: no capacity of the flex tier is left.
  errors: { verdicts: { "498": "upstream" } },
});
