import { z } from "zod";
import type { ProviderDefinition } from "#src/core/provider.ts";
import { openaiCompatible } from "./openai-compatible.ts";

/** ByteDance's Doubao on Volcano Engine's Ark; models are asked for by name or by the id of an endpoint. Format: https://www.volcengine.com/docs/82379 */
export const doubao: ProviderDefinition = openaiCompatible({
  type: "doubao",
  base: "https://ark.cn-beijing.volces.com/api/v3",
  hosts: { "ark.ap-southeast.bytepluses.com": undefined },
  fields: {
    doubaoDomain: z
      .string()
      .min(1)
      .optional()
      .describe("The server in place of ark.cn-beijing.volces.com; baseUrl wins over it."),
  },
  environment: { token: "ARK_API_KEY", baseUrl: "ARK_BASE_URL" },
  owns: ["doubao-"],
  needsToken: true,
  address: ({ doubaoDomain: url }) => (typeof url === "string" ? { setting: "doubaoDomain", url } : undefined),
  responses: true,
  apis: ["embeddings", "image-generation", "files", "responses"],
  ownPaths: ["/contents/generations/tasks", "/context", "/embeddings/multimodal", "/tokenization"],
  messages: { path: "/api/compatible/v1/messages", aside: true },
  dialect: {
    maxTokensField: "max_tokens",
    developerRole: false,
    reasoningField: "reasoning_content",
    reasoningRequest: "thinking",
    efforts: ["minimal", "low", "medium", "high"],
  },
  // A model that an account has not opened is 404, all of Ark being busy 429.
  errors: { verdicts: { ModelNotOpen: "credential", ServerOverloaded: "upstream" } },
});
