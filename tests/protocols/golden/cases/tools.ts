import type {
  AnthropicRequest,
  GeminiRequest,
  GoldenCase,
  OpenaiChatRequest,
  OpenaiResponsesRequest,
} from "../case.ts";

const schema = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};
const description = "The weather of a city.";

/** Parallel calls with their results, in the middle of a conversation; one call is answered by an error. */
export const tools: GoldenCase = {
  name: "tools",
  requests: {
    "openai-chat": {
      model: "asked",
      messages: [
        { role: "user", content: "Weather in Oslo and Rom?" },
        {
          role: "assistant",
          content: "I look.",
          tool_calls: [
            { id: "call_1", type: "function", function: { name: "weather", arguments: '{"city":"Oslo"}' } },
            { id: "call_2", type: "function", function: { name: "weather", arguments: '{"city":"Rom"}' } },
          ],
        },
        { role: "tool", tool_call_id: "call_1", content: "rain" },
        { role: "tool", tool_call_id: "call_2", content: '{"sky":"sun","degrees":30}' },
        { role: "user", content: "And in Bern?" },
      ],
      tools: [{ type: "function", function: { name: "weather", description, parameters: schema, strict: true } }],
      tool_choice: "required",
      parallel_tool_calls: false,
    } satisfies OpenaiChatRequest,
    "openai-responses": {
      model: "asked",
      store: false,
      input: [
        { role: "user", content: "Weather in Oslo and Rom?" },
        { type: "function_call", call_id: "call_1", name: "weather", arguments: '{"city":"Oslo"}' },
        { type: "function_call", call_id: "call_2", name: "weather", arguments: '{"city":"Rom"}' },
        { type: "function_call_output", call_id: "call_1", output: "rain" },
        { type: "function_call_output", call_id: "call_2", output: '{"sky":"sun","degrees":30}' },
        { role: "user", content: "And in Bern?" },
      ],
      tools: [{ type: "function", name: "weather", description, parameters: schema, strict: true }],
      tool_choice: { type: "function", name: "weather" },
    } satisfies OpenaiResponsesRequest,
    "anthropic-messages": {
      model: "asked",
      max_tokens: 100,
      messages: [
        { role: "user", content: "Weather in Oslo and Rom?" },
        {
          role: "assistant",
          content: [
            { type: "text", text: "I look." },
            { type: "tool_use", id: "toolu_1", name: "weather", input: { city: "Oslo" } },
            { type: "tool_use", id: "toolu_2", name: "weather", input: { city: "Rom" } },
          ],
        },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "toolu_1", content: "rain" },
            { type: "tool_result", tool_use_id: "toolu_2", content: "no such city", is_error: true },
            { type: "text", text: "And in Bern?" },
          ],
        },
      ],
      tools: [{ name: "weather", description, input_schema: { ...schema, type: "object" } }],
      tool_choice: { type: "any", disable_parallel_tool_use: true },
    } satisfies AnthropicRequest,
    gemini: {
      contents: [
        { role: "user", parts: [{ text: "Weather in Oslo and Rom?" }] },
        {
          role: "model",
          parts: [
            { functionCall: { name: "weather", args: { city: "Oslo" } }, thoughtSignature: "c2lnLWdlbWluaQ==" },
            { functionCall: { name: "weather", args: { city: "Rom" } } },
          ],
        },
        {
          role: "user",
          parts: [
            { functionResponse: { name: "weather", response: { output: "rain" } } },
            { functionResponse: { name: "weather", response: { error: "no such city" } } },
          ],
        },
        { role: "user", parts: [{ text: "And in Bern?" }] },
      ],
      tools: [{ functionDeclarations: [{ name: "weather", description, parametersJsonSchema: schema }] }],
      toolConfig: { functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["weather"] } },
    } satisfies GeminiRequest,
  },
  answer: {
    parts: [
      { type: "text", text: "I look again." },
      { type: "tool", id: "call_3", name: "weather", input: '{"city":"Bern"}' },
      { type: "tool", id: "call_4", name: "weather", input: '{"city":"Zürich"}' },
    ],
    usage: { input: 90, output: 40 },
  },
};
