import { z } from "zod";
import type { ProviderDefinition } from "#src/core/provider.ts";
import { openaiCompatible } from "./openai-compatible.ts";

/** Any server: both protocols go to it as they come, and paths Sluice does not know pass through. */
export const generic: ProviderDefinition = openaiCompatible({
  type: "generic",
  base: "https://generic.invalid/v1",
  addressNeeded: true,
  fields: {
    genericHost: z
      .string()
      .min(1)
      .optional()
      .describe("The server's host, with its port when that is not the scheme's own."),
  },
  needsToken: false,
  address: ({ genericHost: url }) => (typeof url === "string" ? { setting: "genericHost", url } : undefined),
  apis: [
    "models",
    "completions",
    "embeddings",
    "image-generation",
    "image-edit",
    "image-variation",
    "speech",
    "transcription",
    "translation",
    "moderations",
    "rerank",
  ],
  messages: { path: "/v1/messages", countTokens: true },
  passThrough: true,
  // The least that servers agree on.
  dialect: { maxTokensField: "max_tokens", developerRole: false, reasoningField: false },
});
