import type {
  AnthropicRequest,
  GeminiRequest,
  GoldenCase,
  OpenaiChatRequest,
  OpenaiResponsesRequest,
} from "../case.ts";

const question = "List the files.";
const description = "Runs a command.";

/** A tool of free text and a call of it, which only OpenAI has; elsewhere it is a function with one text. */
export const customTool: GoldenCase = {
  name: "custom-tool",
  requests: {
    "openai-chat": {
      model: "asked",
      messages: [
        { role: "user", content: question },
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "call_1", type: "custom", custom: { name: "run", input: 'ls "a b"' } }],
        },
        { role: "tool", tool_call_id: "call_1", content: "file.txt" },
        { role: "user", content: "And its size?" },
      ],
      tools: [{ type: "custom", custom: { name: "run", description } }],
    } satisfies OpenaiChatRequest,
    "openai-responses": {
      model: "asked",
      store: false,
      input: [
        { role: "user", content: question },
        { type: "custom_tool_call", call_id: "call_1", name: "run", input: 'ls "a b"' },
        { type: "custom_tool_call_output", call_id: "call_1", output: "file.txt" },
        { role: "user", content: "And its size?" },
      ],
      tools: [
        {
          type: "custom",
          name: "run",
          description,
          format: { type: "grammar", syntax: "lark", definition: "start: /.+/" },
        },
      ],
    } satisfies OpenaiResponsesRequest,
  },
  answer: { parts: [{ type: "tool", id: "call_2", name: "run", input: '{"input":"du -h \\"file.txt\\"\\n"}' }] },
};

/** Tools that a vendor runs itself, or that only its models know. */
export const builtInTools: GoldenCase = {
  name: "built-in-tools",
  requests: {
    "openai-chat": {
      model: "asked",
      messages: [{ role: "user", content: question }],
      web_search_options: { search_context_size: "low" },
    } satisfies OpenaiChatRequest,
    "openai-responses": {
      model: "asked",
      input: question,
      store: false,
      tools: [
        { type: "web_search", search_context_size: "low" },
        { type: "code_interpreter", container: { type: "auto" } },
        { type: "mcp", server_label: "docs", server_url: "https://example.com/mcp", require_approval: "never" },
      ],
      tool_choice: { type: "web_search_preview" },
    } satisfies OpenaiResponsesRequest,
    "anthropic-messages": {
      model: "asked",
      max_tokens: 100,
      messages: [{ role: "user", content: question }],
      tools: [
        { type: "web_search_20250305", name: "web_search", max_uses: 3 },
        { type: "bash_20250124", name: "bash" },
      ],
      tool_choice: { type: "tool", name: "web_search" },
    } satisfies AnthropicRequest,
    gemini: {
      contents: [{ role: "user", parts: [{ text: question }] }],
      tools: [{ googleSearch: {} }, { codeExecution: {} }, { urlContext: {} }],
      toolConfig: { functionCallingConfig: { mode: "VALIDATED" } },
    } satisfies GeminiRequest,
  },
};
