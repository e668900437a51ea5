import type { Dialect } from "#src/core/protocol.ts";
import type { ProviderDefinition } from "#src/core/provider.ts";
import { mistralMessages } from "./mistral-messages.ts";
import { openaiCompatible } from "./openai-compatible.ts";

const DIALECT: Dialect = {
  maxTokensField: "max_tokens",
  developerRole: false,
  streamUsage: false,
  messageNames: false,
  fields: {
    max_completion_tokens: { as: "max_tokens" },
    seed: { as: "random_seed" },
    stream_options: "implied",
    logit_bias: "refused",
    logprobs: "refused",
    top_logprobs: "refused",
    modalities: "refused",
    safety_identifier: "refused",
    service_tier: "refused",
    store: "refused",
    user: "refused",
    verbosity: "refused",
  },
};

/** Small from 4 on (March 2026), Medium from 3.5 on. */
const ADJUSTABLE = /^mistral-(?:small|medium)(?!-(?:2[0-5]\d\d|260[12]))/;

/** How a model is asked to reason. Format: https://docs.mistral.ai/capabilities/reasoning */
function reasoning(model: string): Dialect {
  const told = { reasoningField: "reasoning_content" } as const;
  if (ADJUSTABLE.test(model)) return { ...told, efforts: ["none", "high"] };
  if (/^mistral-large-(?:4|latest)/.test(model)) return { ...told, efforts: ["low", "medium", "high"] };
  // Magistral always reasons, the others never do; neither wants to be asked.
  return model.startsWith("magistral-") ? { ...told, reasoningRequest: "none" } : { reasoningRequest: "none" };
}

/** Mistral AI, which refuses requests with a field it does not know. Format: https://docs.mistral.ai/api */
export const mistral: ProviderDefinition = openaiCompatible({
  type: "mistral",
  vendor: "mistral_ai",
  base: "https://api.mistral.ai/v1",
  environment: { token: "MISTRAL_API_KEY", baseUrl: "MISTRAL_BASE_URL" },
  owns: [
    "mistral-",
    "ministral-",
    "magistral-",
    "codestral-",
    "devstral-",
    "pixtral-",
    "voxtral-",
    "open-mistral-",
    "open-mixtral-",
  ],
  needsToken: true,
  apis: ["models", "embeddings", "moderations", "transcription", "files"],
  ownPaths: [
    "/agents",
    "/audio/voices",
    "/batch/jobs",
    "/chat/classifications",
    "/chat/moderations",
    "/classifications",
    "/conversations",
    "/fim/completions",
    "/libraries",
    "/ocr",
  ],
  adjust: mistralMessages,
  dialect: (model) => ({ ...DIALECT, ...reasoning(model) }),
});
