import { z } from "zod";
import type { ProviderDefinition } from "#src/core/provider.ts";
import { openaiCompatible } from "./openai-compatible.ts";

/** Zhipu AI's GLM, and its international twin z.ai. Format: https://docs.bigmodel.cn/openapi/openapi-en.json and https://docs.z.ai */
export const zhipuai: ProviderDefinition = openaiCompatible({
  type: "zhipuai",
  base: "https://open.bigmodel.cn/api/paas/v4",
  hosts: { "api.z.ai": undefined },
  fields: {
    zhipuDomain: z
      .string()
      .min(1)
      .optional()
      .describe("The server in place of open.bigmodel.cn, such as api.z.ai; baseUrl wins over it."),
    zhipuCodePlanMode: z.boolean().optional().describe("Ask for chat at the address of the coding plan."),
  },
  environment: { token: "ZHIPUAI_API_KEY", baseUrl: "ZHIPUAI_BASE_URL" },
  owns: ["glm-", "cogview-", "cogvideox-"],
  needsToken: true,
  address: ({ zhipuDomain: url }) => (typeof url === "string" ? { setting: "zhipuDomain", url } : undefined),
  asideChatPath: ({ zhipuCodePlanMode: plan }) => (plan === true ? "/api/coding/paas/v4/chat/completions" : undefined),
  apis: ["embeddings", "image-generation", "speech", "transcription", "rerank", "files", "batches", "realtime"],
  ownPaths: [
    "/async-result",
    "/layout_parsing",
    "/moderations",
    "/reader",
    "/tokenizer",
    "/tools",
    "/videos",
    "/web_search",
  ],
  messages: { path: "/api/anthropic/v1/messages", aside: true },
  dialect: {
    maxTokensField: "max_tokens",
    developerRole: false,
    reasoningField: "reasoning_content",
    reasoningRequest: "thinking",
    jsonSchema: false,
  },
  // Its numbers: https://docs.bigmodel.cn/cn/api/api-code. 1305 is 429 as well: all of its servers are busy.
  errors: { verdicts: { "1113": "credential", "1305": "upstream" } },
});
