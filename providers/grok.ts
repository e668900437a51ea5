import type { ProviderDefinition } from "#src/core/provider.ts";
import { openaiCompatible } from "./openai-compatible.ts";

/** Models that refuse `reasoning_effort` in any value. */
const NO_EFFORT = /^grok-(?:3(?!-mini)|4(?:-|$)|code-fast|4\.20(?:-\d{4})?-(?:non-)?reasoning$)/;

/** Format: https://docs.x.ai/docs/guides/reasoning */
function efforts(model: string): readonly string[] {
  if (model.includes("-mini")) return ["low", "high"];
  return model.startsWith("grok-4.3") ? ["none", "low", "medium", "high"] : ["low", "medium", "high"];
}

/** xAI's Grok. Format: https://docs.x.ai/developers/rest-api-reference/inference */
export const grok: ProviderDefinition = openaiCompatible({
  type: "grok",
  vendor: "x_ai",
  base: "https://api.x.ai/v1",
  environment: { token: "XAI_API_KEY", baseUrl: "XAI_BASE_URL" },
  owns: ["grok-"],
  needsToken: true,
  responses: true,
  apis: ["models", "completions", "image-generation", "files", "realtime", "responses"],
  ownPaths: [
    "/api-key",
    "/batches",
    "/chat/deferred-completion",
    "/image-generation-models",
    "/images/edits",
    "/language-models",
    "/stt",
    "/tokenize-text",
    "/tts",
    "/videos",
  ],
  dialect: (model) => ({
    developerRole: false,
    reasoningField: "reasoning_content",
    ...(NO_EFFORT.test(model) ? { reasoningRequest: "none" } : {}),
    efforts: efforts(model),
  }),
  // A wrong key is 400: https://docs.x.ai/developers/debugging
  errors: { wrongKey: /^Incorrect API key/i },
});
