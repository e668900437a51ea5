import type {
  AnthropicRequest,
  GeminiRequest,
  GoldenCase,
  OpenaiChatRequest,
  OpenaiResponsesRequest,
} from "../case.ts";

const schema = {
  type: "object",
  properties: { name: { type: "string" }, age: { type: ["integer", "null"] } },
  required: ["name", "age"],
  additionalProperties: false,
};
const question = "Ada Lovelace, as JSON.";

/** An answer held to a schema. Claude's and Gemini's leave a property optional, which OpenAI's strict mode does not know. */
export const structured: GoldenCase = {
  name: "structured",
  requests: {
    "openai-chat": {
      model: "asked",
      messages: [{ role: "user", content: question }],
      response_format: {
        type: "json_schema",
        json_schema: { name: "person", description: "A person.", schema, strict: true },
      },
    } satisfies OpenaiChatRequest,
    "openai-responses": {
      model: "asked",
      input: question,
      store: false,
      text: { format: { type: "json_schema", name: "person", schema, strict: true }, verbosity: "low" },
    } satisfies OpenaiResponsesRequest,
    "anthropic-messages": {
      model: "asked",
      max_tokens: 100,
      messages: [{ role: "user", content: question }],
      output_config: { format: { type: "json_schema", schema: { ...schema, required: ["name"] } } },
    } satisfies AnthropicRequest,
    gemini: {
      contents: [{ role: "user", parts: [{ text: question }] }],
      generationConfig: {
        responseMimeType: "application/json",
        responseJsonSchema: { type: "object", properties: schema.properties, required: ["name"] },
      },
    } satisfies GeminiRequest,
  },
  answer: { parts: [{ type: "text", text: '{"name":"Ada Lovelace","age":36}' }], usage: { input: 30, output: 12 } },
};
