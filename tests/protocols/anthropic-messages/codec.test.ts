import { array, constantFrom, integer, record, constant, oneof, uniqueArray } from "fast-check";
import type { ChatRequest, MediaPart, ReasoningOptions } from "#src/core/chat.ts";
import type { JsonObject } from "#src/core/json.ts";
import { anthropicMessages } from "#src/protocols/anthropic-messages/index.ts";
import { codecContract } from "#tests/contracts/codec.ts";
import { between, words } from "#tests/support/chat-arbitraries.ts";
import { checkGrammar } from "./grammar.ts";

const fixtures = new URL("../../fixtures/anthropic-messages/", import.meta.url);
const sse = (name: string): Promise<string> => Bun.file(new URL(name, fixtures)).text();

const wire: JsonObject = {
  model: "claude-x",
  max_tokens: 100,
  system: "Be brief.",
  messages: [
    { role: "user", content: "Weather?" },
    { role: "assistant", content: [{ type: "tool_use", id: "toolu_1", name: "f", input: { city: "Oslo" } }] },
    {
      role: "user",
      content: [
        { type: "tool_result", tool_use_id: "toolu_1", content: "rain", is_error: false },
        { type: "text", text: "And tomorrow?", cache_control: { type: "ephemeral" } },
      ],
    },
  ],
  tools: [{ name: "f", input_schema: { type: "object" } }],
  tool_choice: { type: "any", disable_parallel_tool_use: false },
};

const canonical: ChatRequest = {
  model: "claude-x",
  maxOutputTokens: 100,
  stream: false,
  messages: [
    { role: "system", content: [{ type: "text", text: "Be brief." }] },
    { role: "user", content: [{ type: "text", text: "Weather?" }] },
    {
      role: "assistant",
      content: [{ type: "tool-call", id: "toolu_1", name: "f", kind: "function", input: `{"city":"Oslo"}` }],
    },
    {
      role: "tool",
      content: [
        { type: "tool-result", toolCallId: "toolu_1", content: [{ type: "text", text: "rain" }], isError: false },
      ],
    },
    { role: "user", content: [{ type: "text", text: "And tomorrow?", cacheControl: { type: "ephemeral" } }] },
  ],
  tools: [{ type: "function", name: "f", inputSchema: { type: "object" } }],
  toolChoice: { type: "required" },
  parallelToolCalls: true,
};

const text: JsonObject = {
  id: "msg_01Text",
  type: "message",
  role: "assistant",
  model: "claude-sonnet-4-5-20250929",
  content: [{ type: "text", text: "Grüße 👋!" }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: {
    input_tokens: 12,
    cache_creation_input_tokens: 30,
    cache_read_input_tokens: 100,
    cache_creation: { ephemeral_5m_input_tokens: 20, ephemeral_1h_input_tokens: 10 },
    output_tokens: 15,
    service_tier: "standard",
  },
};

const search: JsonObject = {
  id: "msg_03Search",
  type: "message",
  role: "assistant",
  model: "claude-opus-5",
  content: [
    { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: { query: "tide" } },
    {
      type: "web_search_tool_result",
      tool_use_id: "srvtoolu_1",
      content: [
        {
          type: "web_search_result",
          title: "Tides",
          url: "https://example.com/tides",
          encrypted_content: "ZW5j",
          page_age: null,
        },
      ],
    },
    {
      type: "text",
      text: "High tide is at noon.",
      citations: [
        {
          type: "web_search_result_location",
          cited_text: "noon",
          url: "https://example.com/tides",
          title: "Tides",
          encrypted_index: "aWR4",
        },
      ],
    },
  ],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 10_682, output_tokens: 510, server_tool_use: { web_search_requests: 1 } },
};

const media = oneof(
  constantFrom<MediaPart["source"]>(
    { type: "base64", mediaType: "image/png", data: "aGVsbG8=" },
    { type: "url", url: "https://example.com/a.png" },
    { type: "file", id: "file_1" },
  ).map((source): MediaPart => ({ type: "media", kind: "image", source })),
  record({
    type: constant("media" as const),
    kind: constant("document" as const),
    source: constantFrom<MediaPart["source"]>(
      { type: "base64", mediaType: "application/pdf", data: "aGVsbG8=" },
      { type: "text", text: "The grass is green." },
    ),
    title: words,
    citations: constantFrom(true, false),
  }),
);

codecContract("anthropic-messages", anthropicMessages, {
  requests: [{ name: "a tool's answer", wire, canonical }],
  answers: [
    { name: "text", sse: await sse("text.sse"), whole: text },
    { name: "thinking and tools", sse: await sse("thinking-tools.sse") },
    { name: "a server's tool", sse: await sse("server-tool.sse"), whole: search },
  ],
  dialect: {},
  checkGrammar,
  // Claude has no creation time.
  tellable(response) {
    const { created: _, ...rest } = response;
    return rest;
  },
  abilities: {
    instructions: ["system"],
    instructionsAnywhere: false,
    media,
    resultMedia: true,
    resultErrors: true,
    resultsTogether: true,
    cacheControl: true,
    refusals: false,
    customTools: false,
    candidates: 1,
    options: {
      temperature: between(0, 1),
      topP: between(0, 1),
      topK: integer({ min: 1, max: 500 }),
      stop: uniqueArray(words, { minLength: 1, maxLength: 4 }),
      user: words,
      serviceTier: constantFrom("auto", "default"),
      responseFormat: record({
        type: constant("json-schema" as const),
        schema: constant({ type: "object", additionalProperties: false }),
        strict: constant(true),
      }),
      rest: record({
        protocol: constant("anthropic-messages" as const),
        fields: record({ container: words, betas: array(words) }),
      }),
    },
    // A forced tool call wins over thinking, so that only its absence goes with every other option.
    reasoning: constantFrom<ReasoningOptions>({ mode: "disabled" }, { mode: "disabled", effort: "high" }),
    finishes: [
      { unified: "stop", raw: "end_turn" },
      { unified: "length", raw: "max_tokens" },
      { unified: "stop-sequence", raw: "stop_sequence", stopSequence: "END" },
      { unified: "pause", raw: "pause_turn" },
      { unified: "refusal", raw: "refusal" },
      { unified: "context-window", raw: "model_context_window_exceeded" },
    ],
    called: { unified: "tool-calls", raw: "tool_use" },
    interleaved: true,
  },
});
