import type {
  AnthropicRequest,
  GeminiRequest,
  GoldenCase,
  OpenaiChatRequest,
  OpenaiResponsesRequest,
} from "../case.ts";

/** Reasoning that was asked for, sealed reasoning of an earlier turn that comes back, and an answer with more of it. */
export const reasoning: GoldenCase = {
  name: "reasoning",
  requests: {
    "openai-chat": {
      model: "asked",
      messages: [
        { role: "user", content: "2+2?" },
        { role: "assistant", content: "4" },
        { role: "user", content: "And 3+3?" },
      ],
      reasoning_effort: "high",
      max_completion_tokens: 4000,
    } satisfies OpenaiChatRequest,
    "openai-responses": {
      model: "asked",
      store: false,
      include: ["reasoning.encrypted_content"],
      input: [
        { role: "user", content: "2+2?" },
        {
          type: "reasoning",
          id: "rs_1",
          summary: [{ type: "summary_text", text: "Add." }],
          encrypted_content: "c2VhbC1vcGVuYWk=",
        },
        { role: "assistant", content: "4" },
        { role: "user", content: "And 3+3?" },
      ],
      reasoning: { effort: "high", summary: "auto" },
    } satisfies OpenaiResponsesRequest,
    "anthropic-messages": {
      model: "asked",
      max_tokens: 20_000,
      messages: [
        { role: "user", content: "2+2?" },
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "Add.", signature: "c2VhbC1jbGF1ZGU=" },
            { type: "text", text: "4" },
          ],
        },
        { role: "user", content: "And 3+3?" },
      ],
      thinking: { type: "enabled", budget_tokens: 8192 },
    } satisfies AnthropicRequest,
    gemini: {
      contents: [
        { role: "user", parts: [{ text: "2+2?" }] },
        {
          role: "model",
          parts: [
            { text: "Add.", thought: true },
            { text: "4", thoughtSignature: "c2VhbC1nZW1pbmk=" },
          ],
        },
        { role: "user", parts: [{ text: "And 3+3?" }] },
      ],
      generationConfig: { thinkingConfig: { includeThoughts: true, thinkingLevel: "high" } },
    } satisfies GeminiRequest,
  },
  answer: {
    parts: [
      { type: "thinking", text: "Add again.", signature: "c2VhbC1uZXc=" },
      { type: "text", text: "6, I think." },
      { type: "tool", id: "call_1", name: "check", input: '{"sum":6}' },
    ],
    usage: { input: 40, output: 50, reasoning: 30 },
  },
};
