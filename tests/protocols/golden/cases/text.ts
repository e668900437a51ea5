import type {
  AnthropicRequest,
  GeminiRequest,
  GoldenCase,
  OpenaiChatRequest,
  OpenaiResponsesRequest,
} from "../case.ts";

const system = "Be brief. Antworte auf Deutsch.";
const question = "Wer bist du? 🙂";

/** Text with instructions and what every vendor has: a limit, a temperature, stop sequences. */
export const text: GoldenCase = {
  name: "text",
  requests: {
    "openai-chat": {
      model: "asked",
      messages: [
        { role: "system", content: system },
        { role: "user", content: question },
      ],
      max_completion_tokens: 200,
      temperature: 0.5,
      top_p: 0.9,
      stop: ["END"],
    } satisfies OpenaiChatRequest,
    "openai-responses": {
      model: "asked",
      instructions: system,
      input: question,
      max_output_tokens: 200,
      temperature: 0.5,
      top_p: 0.9,
      store: false,
    } satisfies OpenaiResponsesRequest,
    "anthropic-messages": {
      ...({
        model: "asked",
        system,
        messages: [{ role: "user", content: question }],
        max_tokens: 200,
        stop_sequences: ["END"],
      } satisfies AnthropicRequest),
      // The SDK no longer has what the newest models refuse.
      temperature: 0.5,
      top_k: 40,
    },
    gemini: {
      systemInstruction: { parts: [{ text: system }] },
      contents: [{ role: "user", parts: [{ text: question }] }],
      generationConfig: { maxOutputTokens: 200, temperature: 0.5, topK: 40, stopSequences: ["END"] },
    } satisfies GeminiRequest,
  },
  answer: { parts: [{ type: "text", text: "Ein Modell – 🙂." }], usage: { input: 24, output: 6 } },
};
