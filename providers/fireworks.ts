import type { ProviderDefinition } from "#src/core/provider.ts";
import { openaiCompatible } from "./openai-compatible.ts";

/** What a model takes of `reasoning_effort`; `none` not of all. Format: https://docs.fireworks.ai/guides/reasoning */
function efforts(model: string): readonly string[] {
  if (model.includes("glm")) return ["none", "low", "high", "max"];
  return model.includes("deepseek") ? ["none", "low", "medium", "high", "xhigh"] : ["low", "medium", "high"];
}

/** Fireworks AI. Format: https://docs.fireworks.ai/api-reference and https://docs.fireworks.ai/tools-sdks/anthropic-compatibility */
export const fireworks: ProviderDefinition = openaiCompatible({
  type: "fireworks",
  base: "https://api.fireworks.ai/inference/v1",
  environment: { token: "FIREWORKS_API_KEY", baseUrl: "FIREWORKS_BASE_URL" },
  owns: ["accounts/fireworks/"],
  needsToken: true,
  responses: true,
  apis: ["models", "completions", "embeddings", "rerank", "responses"],
  messages: { path: "/v1/messages" },
  dialect: (model) => ({
    maxTokensField: "max_tokens",
    developerRole: false,
    reasoningField: "reasoning_content",
    efforts: efforts(model),
    topK: true,
  }),
});
