import type { ProviderDefinition } from "#src/core/provider.ts";
import { openaiCompatible } from "./openai-compatible.ts";

/** DeepSeek: OpenAI's protocols at its root, Claude's below `/anthropic`. Format: https://api-docs.deepseek.com/api/deepseek-api */
export const deepseek: ProviderDefinition = openaiCompatible({
  type: "deepseek",
  base: "https://api.deepseek.com",
  environment: { token: "DEEPSEEK_API_KEY", baseUrl: "DEEPSEEK_BASE_URL" },
  owns: ["deepseek-"],
  needsToken: true,
  responses: true,
  asidePaths: { completions: "/beta/completions" },
  messages: { path: "/anthropic/v1/messages", secret: ["x-api-key", ""] },
  dialect: {
    maxTokensField: "max_tokens",
    developerRole: false,
    reasoningField: "reasoning_content",
    reasoningRequest: "thinking",
    jsonSchema: false,
  },
  limits: { "deepseek-v4": 384_000 },
});
