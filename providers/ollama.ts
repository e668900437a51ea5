import { z } from "zod";
import type { ProviderDefinition } from "#src/core/provider.ts";
import { openaiCompatible } from "./openai-compatible.ts";

const PORT = 11_434;

/** Ollama on this machine or another, by its OpenAI-compatible API. Format: https://docs.ollama.com/api/openai-compatibility */
export const ollama: ProviderDefinition = openaiCompatible({
  type: "ollama",
  base: `http://127.0.0.1:${PORT}/v1`,
  bare: { scheme: "http", port: PORT },
  fields: {
    ollamaServerHost: z.string().min(1).optional().describe("The server's host name; 127.0.0.1 when left out."),
    ollamaServerPort: z.int().min(1).max(65_535).optional().describe(`The server's port; ${PORT} when left out.`),
    nativeResponses: z
      .boolean()
      .optional()
      .describe(
        "Send requests in OpenAI's Responses to the server's own /v1/responses (Ollama 0.13.3 or newer) instead of converting them.",
      ),
    nativeMessages: z
      .boolean()
      .optional()
      .describe(
        "Send Claude requests to the server's own /v1/messages (Ollama 0.14 or newer) instead of converting them.",
      ),
  },
  environment: { token: "OLLAMA_API_KEY", baseUrl: "OLLAMA_HOST" },
  needsToken: false,
  address({ ollamaServerHost: host, ollamaServerPort: port }) {
    if (host === undefined && port === undefined) return undefined;
    const name = typeof host === "string" ? host : "127.0.0.1";
    return { setting: "ollamaServerHost", url: `${name}:${typeof port === "number" ? port : PORT}` };
  },
  apis: ["models", "completions", "embeddings", "image-generation", "speech", "transcription"],
  responses: { enabled: ({ nativeResponses }) => nativeResponses === true },
  messages: { path: "/v1/messages", enabled: ({ nativeMessages }) => nativeMessages === true },
  dialect: {
    maxTokensField: "max_tokens",
    developerRole: false,
    reasoningField: "reasoning",
    reasoningRequest: "effort",
  },
});
