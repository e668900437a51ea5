import { z } from "zod";
import type { ProviderDefinition } from "#src/core/provider.ts";
import { openaiCompatible } from "./openai-compatible.ts";
import type { Address } from "./openai-spec.ts";

/** A vLLM server. Format: https://docs.vllm.ai/en/stable/serving/online_serving.html */
export const vllm: ProviderDefinition = openaiCompatible({
  type: "vllm",
  base: "http://127.0.0.1:8000/v1",
  bare: { scheme: "http", port: 8000 },
  fields: {
    vllmServerHost: z.string().min(1).optional().describe("The server's host, with its port when that is not 8000."),
    vllmCustomUrl: z
      .string()
      .min(1)
      .optional()
      .describe("The server's URL; wins over vllmServerHost, and baseUrl over both."),
    nativeResponses: z
      .boolean()
      .optional()
      .describe(
        "Send requests in OpenAI's Responses to the server's own /v1/responses (newer versions of vLLM) instead of converting them.",
      ),
    nativeMessages: z
      .boolean()
      .optional()
      .describe(
        "Send Claude requests to the server's own /v1/messages (vLLM 0.11.1 or newer) instead of converting them.",
      ),
  },
  needsToken: false,
  address: ({ vllmCustomUrl, vllmServerHost }) =>
    addressOf("vllmCustomUrl", vllmCustomUrl) ?? addressOf("vllmServerHost", vllmServerHost),
  apis: ["models", "completions", "embeddings", "rerank", "transcription", "translation", "realtime"],
  responses: { enabled: ({ nativeResponses }) => nativeResponses === true },
  shapes: { rerank: "cohere" },
  messages: { path: "/v1/messages", enabled: ({ nativeMessages }) => nativeMessages === true },
  dialect: {
    maxTokensField: "max_tokens",
    developerRole: false,
    reasoningField: "reasoning",
    reasoningRequest: "effort",
    topK: true,
  },
});

/** Higress takes a full path as well as a root. */
function addressOf(setting: string, value: unknown): Address | undefined {
  return typeof value === "string" ? { setting, url: value.replace(/\/chat\/completions\/?$/, "") } : undefined;
}
