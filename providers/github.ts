import type { Dialect } from "#src/core/protocol.ts";
import type { ProviderDefinition } from "#src/core/provider.ts";
import { openaiCompatible } from "./openai-compatible.ts";

/** OpenAI's own models behave as they do at home; those of others know only what all of them know. */
const OTHERS: Dialect = {
  maxTokensField: "max_tokens",
  developerRole: false,
  reasoningField: false,
  reasoningRequest: "none",
};

/**
 * GitHub Models. `baseUrl: https://models.github.ai/orgs/ORG/inference` puts requests to an organization's account. It does not come from
 * the environment: a GITHUB_TOKEN there is most often for other ends. Format: https://docs.github.com/en/rest/models/inference
 */
export const github: ProviderDefinition = openaiCompatible({
  type: "github",
  base: "https://models.github.ai/inference",
  hosts: { "models.inference.ai.azure.com": "" },
  needsToken: true,
  apis: ["embeddings"],
  dialect: (model) => (/^(?:openai\/)?(?:gpt-[5-9]|o\d)/.test(model) ? { reasoningField: false } : OTHERS),
});
