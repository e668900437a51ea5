import { z } from "zod";
import type { ProviderDefinition } from "#src/core/provider.ts";
import { openaiCompatible } from "./openai-compatible.ts";

/** Cloudflare's Workers AI. Format: https://developers.cloudflare.com/workers-ai/configuration/open-ai-compatibility */
export const cloudflare: ProviderDefinition = openaiCompatible({
  type: "cloudflare",
  base: ({ cloudflareAccountId: id }) => `https://api.cloudflare.com/client/v4/accounts/${String(id)}/ai/v1`,
  fields: {
    cloudflareAccountId: z
      .string()
      .regex(/^[\w-]+$/, "must be an account's id")
      .describe("The account, as the dashboard shows its id."),
  },
  environment: { token: "CLOUDFLARE_API_TOKEN", options: { cloudflareAccountId: "CLOUDFLARE_ACCOUNT_ID" } },
  owns: ["@cf/", "@hf/"],
  needsToken: true,
  responses: { models: (model) => model.includes("gpt-oss") },
  apis: ["embeddings"],
  dialect: { maxTokensField: "max_tokens", developerRole: false, reasoningField: false },
  // Its numbers: the day's share of an account is used up; all of its servers are busy.
  errors: { verdicts: { "3036": "credential", "3040": "upstream" } },
});
