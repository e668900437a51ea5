import type {
  AnthropicRequest,
  GeminiRequest,
  GoldenCase,
  OpenaiChatRequest,
  OpenaiResponsesRequest,
} from "../case.ts";

/** Several turns, two of one role in a row, and what only some vendors have: a user's id, a seed, a tier, metadata. */
export const multiTurn: GoldenCase = {
  name: "multi-turn",
  requests: {
    "openai-chat": {
      model: "asked",
      messages: [
        { role: "developer", content: "Count." },
        { role: "user", content: "One." },
        { role: "assistant", content: "Two." },
        { role: "user", content: [{ type: "text", text: "Three." }] },
        { role: "user", content: "And?" },
      ],
      seed: 7,
      user: "u-1",
      service_tier: "flex",
      metadata: { team: "a" },
      presence_penalty: 0.5,
      logprobs: true,
      top_logprobs: 2,
    } satisfies OpenaiChatRequest,
    "openai-responses": {
      model: "asked",
      input: [
        { role: "developer", content: "Count." },
        { role: "user", content: "One." },
        {
          type: "message",
          id: "msg_1",
          status: "completed",
          role: "assistant",
          content: [{ type: "output_text", text: "Two.", annotations: [], logprobs: [] }],
        },
        { role: "user", content: [{ type: "input_text", text: "Three." }] },
        { role: "user", content: "And?" },
      ],
      safety_identifier: "u-1",
      service_tier: "flex",
      metadata: { team: "a" },
      truncation: "auto",
      include: ["message.output_text.logprobs"],
      top_logprobs: 2,
      max_tool_calls: 3,
    } satisfies OpenaiResponsesRequest,
    "anthropic-messages": {
      model: "asked",
      max_tokens: 100,
      system: [{ type: "text", text: "Count.", cache_control: { type: "ephemeral" } }],
      messages: [
        { role: "user", content: "One." },
        { role: "assistant", content: "Two." },
        {
          role: "user",
          content: [
            { type: "text", text: "Three." },
            { type: "text", text: "And?" },
          ],
        },
      ],
      metadata: { user_id: "u-1" },
      service_tier: "standard_only",
    } satisfies AnthropicRequest,
    gemini: {
      systemInstruction: { parts: [{ text: "Count." }] },
      contents: [
        { role: "user", parts: [{ text: "One." }] },
        { role: "model", parts: [{ text: "Two." }] },
        { role: "user", parts: [{ text: "Three." }, { text: "And?" }] },
      ],
      generationConfig: { seed: 7, presencePenalty: 0.5, responseLogprobs: true, logprobs: 2, candidateCount: 2 },
    } satisfies GeminiRequest,
  },
};
