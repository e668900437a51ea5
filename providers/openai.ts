import { z } from "zod";
import type { ProviderDefinition } from "#src/core/provider.ts";
import { openaiCompatible } from "./openai-compatible.ts";
import { OPENAI_APIS } from "./openai-paths.ts";

/** OpenAI, and servers that imitate it so closely that its own dialect fits them. */
export const openai: ProviderDefinition = openaiCompatible({
  type: "openai",
  base: "https://api.openai.com/v1",
  fields: {
    openaiCustomUrl: z
      .string()
      .min(1)
      .optional()
      .describe("The server in place of api.openai.com; like baseUrl, which wins over it."),
  },
  environment: { token: "OPENAI_API_KEY", baseUrl: "OPENAI_BASE_URL" },
  owns: [
    "gpt-",
    "chatgpt-",
    "o1",
    "o3",
    "o4",
    "codex-",
    "computer-use-",
    "ft:gpt-",
    "text-embedding-",
    "dall-e-",
    "whisper-",
    "tts-",
    "sora-",
    "omni-moderation-",
  ],
  needsToken: true,
  responses: true,
  apis: OPENAI_APIS,
  forwardHeaders: ["openai-beta"],
  // Higress takes a full path here as well.
  address: ({ openaiCustomUrl: url }) =>
    typeof url === "string"
      ? { setting: "openaiCustomUrl", url: url.replace(/\/chat\/completions\/?$/, "") }
      : undefined,
  limits: {
    "gpt-5": 128_000,
    "gpt-5-chat": 16_384,
    "gpt-5.1-chat": 16_384,
    "gpt-5.2-chat": 16_384,
    "gpt-5.3-chat": 16_384,
    "gpt-4.1": 32_768,
    "gpt-4o": 16_384,
    "gpt-4o-2024-05-13": 4096,
    "chatgpt-4o": 16_384,
    "gpt-4-turbo": 4096,
    "gpt-4": 8192,
    "gpt-3.5-turbo": 4096,
    o1: 100_000,
    "o1-mini": 65_536,
    "o1-preview": 32_768,
    o3: 100_000,
    "o4-mini": 100_000,
  },
});
