import { deepseek } from "#providers/deepseek.ts";
import { describeProvider } from "#tests/contracts/provider.ts";

describeProvider({
  definition: deepseek,
  urls: {
    "chat openai-chat": "https://api.deepseek.com/chat/completions",
    "chat openai-responses": "https://api.deepseek.com/responses",
    models: "https://api.deepseek.com/models",
    completions: "https://api.deepseek.com/beta/completions",
    "chat anthropic-messages": "https://api.deepseek.com/anthropic/v1/messages",
  },
  headers: {
    "openai-chat": { authorization: "Bearer $SECRET" },
    "openai-responses": { authorization: "Bearer $SECRET" },
    "anthropic-messages": { "x-api-key": "$SECRET", "anthropic-version": "2023-06-01" },
  },
  keyless: false,
  addresses: [
    [{ baseUrl: "https://api.deepseek.com/v1" }, "https://api.deepseek.com/v1/chat/completions"],
    [
      { baseUrl: "https://api.deepseek.com/v1" },
      "https://api.deepseek.com/anthropic/v1/messages",
      "anthropic-messages",
    ],
    [{ baseUrl: "http://p.example/ds" }, "http://p.example/ds/anthropic/v1/messages", "anthropic-messages"],
  ],
});
