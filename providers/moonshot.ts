import { z } from "zod";
import type { ProviderDefinition } from "#src/core/provider.ts";
import { openaiCompatible } from "./openai-compatible.ts";

/**
 * Moonshot AI's Kimi: OpenAI's protocols at its root, Claude's below `/anthropic`. Keys of api.moonshot.cn and of api.moonshot.ai, which
 * `baseUrl` names, are not each other's. Format: https://platform.kimi.ai/docs/api/overview
 */
export const moonshot: ProviderDefinition = openaiCompatible({
  type: "moonshot",
  vendor: "moonshot_ai",
  base: "https://api.moonshot.cn/v1",
  hosts: { "api.moonshot.ai": undefined },
  fields: {
    moonshotFileId: z
      .string()
      .regex(/^[\w.-]+$/, "must be the id of a file, letters, digits and . _ - alone")
      .optional()
      .describe("A file uploaded to Moonshot whose content is told to the model with each chat."),
  },
  contextFile: ({ moonshotFileId: id }) => (typeof id === "string" ? id : undefined),
  environment: { token: "MOONSHOT_API_KEY", baseUrl: "MOONSHOT_BASE_URL" },
  owns: ["kimi-", "moonshot-"],
  needsToken: true,
  responses: true,
  apis: ["models", "files", "batches"],
  ownPaths: ["/tokenizers/estimate-token-count", "/users/me/balance"],
  messages: { path: "/anthropic/v1/messages" },
  // K3 always thinks, more or less; those before it are switched.
  dialect: (model) => ({
    developerRole: false,
    reasoningField: "reasoning_content",
    ...(model.startsWith("kimi-k3")
      ? { reasoningRequest: "effort", efforts: ["low", "high", "max"] }
      : { reasoningRequest: "thinking", efforts: [] }),
  }),
  // 429 as well, but no other key would do better.
  errors: { verdicts: { engine_overloaded_error: "upstream" } },
});
