import { boolean, constant, constantFrom, dictionary, integer, oneof, record, string, uniqueArray } from "fast-check";
import { readFileSync } from "node:fs";
import type { ChatRequest } from "#src/core/chat.ts";
import type { JsonObject } from "#src/core/json.ts";
import { openaiChat } from "#src/protocols/openai-chat/index.ts";
import { codecContract, type AnswerSample } from "#tests/contracts/codec.ts";
import { between, sealedReasoning, words, type Abilities } from "#tests/support/chat-arbitraries.ts";
import { checkGrammar } from "./grammar.ts";

const FIXTURES = new URL("../../fixtures/openai-chat/", import.meta.url);

function text(file: string): string {
  return readFileSync(new URL(file, FIXTURES), "utf8");
}

function json(file: string): JsonObject {
  return JSON.parse(text(file)) as JsonObject;
}

function answer(name: string): AnswerSample {
  return { name, sse: text(`${name}.sse`), whole: json(`${name}.json`) };
}

const plain = { unified: "stop", raw: "stop" } as const;

const abilities: Abilities = {
  reasoned: sealedReasoning("anthropic-messages", "gemini", "openai-responses", "openai-chat", "cohere-chat"),
  generated: constantFrom(
    { type: "media", kind: "image", source: { type: "base64", mediaType: "image/png", data: "aGk=" } },
    { type: "media", kind: "image", source: { type: "url", url: "https://example.com/made.png" } },
  ),
  choices: (name) => [
    { type: "allowed", mode: "auto", names: [name] },
    { type: "allowed", mode: "required", names: [name] },
  ],
  instructions: ["system", "developer"],
  instructionsAnywhere: true,
  media: constantFrom(
    { type: "media", kind: "image", source: { type: "url", url: "https://example.com/a.png" }, detail: "high" },
    { type: "media", kind: "image", source: { type: "base64", mediaType: "image/webp", data: "aGk=" } },
    { type: "media", kind: "audio", source: { type: "base64", mediaType: "audio/mpeg", data: "aGk=" } },
    { type: "media", kind: "video", source: { type: "url", url: "https://example.com/a.mp4" } },
    {
      type: "media",
      kind: "document",
      source: { type: "base64", mediaType: "application/pdf", data: "aGk=" },
      filename: "a.pdf",
    },
    { type: "media", kind: "document", source: { type: "file", id: "file-1" } },
  ),
  resultMedia: false,
  resultErrors: false,
  resultsTogether: false,
  cacheControl: true,
  refusals: true,
  customTools: true,
  candidates: 3,
  options: {
    temperature: between(0, 2),
    topP: between(0, 1),
    store: boolean(),
    modalities: constantFrom(["text"], ["text", "image"]),
    topK: integer({ min: 1, max: 100 }),
    seed: integer(),
    presencePenalty: between(-2, 2),
    frequencyPenalty: between(-2, 2),
    logprobs: constant(true),
    topLogprobs: integer({ min: 0, max: 20 }),
    candidates: integer({ min: 1, max: 4 }),
    stop: uniqueArray(words, { minLength: 1, maxLength: 4 }),
    user: words,
    metadata: dictionary(string({ unit: constantFrom("a", "b", "c"), minLength: 1 }), words, { noNullPrototype: true }),
    logitBias: dictionary(
      string({ unit: constantFrom("1", "2", "3"), minLength: 1 }),
      integer({ min: -100, max: 100 }),
      {
        noNullPrototype: true,
      },
    ),
    serviceTier: constantFrom("auto", "default", "flex", "priority"),
    verbosity: constantFrom("low", "medium", "high"),
    responseFormat: oneof(
      constant({ type: "text" as const }),
      constant({ type: "json" as const }),
      record({
        type: constant("json-schema" as const),
        schema: constant({ type: "object", additionalProperties: false }),
        name: words,
        strict: constant(true),
      }),
    ),
  },
  reasoning: oneof(
    record({ mode: constantFrom("enabled" as const, "disabled" as const) }),
    record({ effort: constantFrom("none" as const, "minimal" as const, "high" as const, "max" as const) }),
    record({ mode: constant("enabled" as const), budgetTokens: integer({ min: 1024, max: 60_000 }) }),
    record({ effort: constant("low" as const), display: constant("omitted") }),
  ),
  finishes: [plain, { unified: "length", raw: "length" }, { unified: "content-filter", raw: "content_filter" }],
  called: { unified: "tool-calls", raw: "tool_calls" },
  interleaved: true,
};

const rest = (fields: JsonObject): { rest: { protocol: "openai-chat"; fields: JsonObject } } => ({
  rest: { protocol: "openai-chat", fields },
});

const canonical: ChatRequest = {
  model: "gpt-4.1",
  stream: true,
  includeUsage: true,
  messages: [
    { role: "developer", content: [{ type: "text", text: "Be brief." }] },
    {
      role: "user",
      name: "ann",
      content: [
        { type: "text", text: "What is this?", cacheControl: { type: "ephemeral", ttl: "1h" } },
        {
          type: "media",
          kind: "image",
          source: { type: "base64", mediaType: "image/png", data: "aGk=" },
          detail: "low",
        },
        { type: "media", kind: "image", source: { type: "url", url: "https://example.com/a.jpg" } },
        { type: "media", kind: "audio", source: { type: "base64", mediaType: "audio/wav", data: "UklGRg==" } },
        {
          type: "media",
          kind: "document",
          source: { type: "base64", mediaType: "application/pdf", data: "JVBERg==" },
          filename: "a.pdf",
        },
        { type: "media", kind: "document", source: { type: "file", id: "file-1" } },
      ],
    },
    {
      role: "assistant",
      content: [
        { type: "reasoning", text: "Hm.", signature: "c2ln", sealedBy: "anthropic-messages" },
        { type: "reasoning", text: "", redacted: "ZW5j", sealedBy: "anthropic-messages" },
        { type: "tool-call", id: "call_a", name: "look", input: '{"x":1}', kind: "function" },
        { type: "tool-call", id: "call_b", name: "run", input: "ls", kind: "custom" },
      ],
    },
    {
      role: "tool",
      content: [{ type: "tool-result", toolCallId: "call_a", content: [{ type: "text", text: "a cat" }] }],
    },
    {
      role: "tool",
      content: [{ type: "tool-result", toolCallId: "call_b", content: [{ type: "text", text: "file.txt" }] }],
    },
  ],
  tools: [
    {
      type: "function",
      name: "look",
      description: "Looks.",
      inputSchema: {
        type: "object",
        properties: { x: { type: "number" } },
        required: ["x"],
        additionalProperties: false,
      },
      strict: true,
    },
    {
      type: "custom",
      name: "run",
      format: { type: "grammar", grammar: { syntax: "lark", definition: "start: /.+/" } },
    },
    {
      type: "native",
      protocol: "openai-chat",
      name: "web_search",
      value: { type: "web_search", web_search: { enable: true } },
    },
  ],
  store: false,
  modalities: ["text"],
  toolChoice: { type: "allowed", mode: "auto", names: ["look"] },
  parallelToolCalls: false,
  maxOutputTokens: 100,
  temperature: 0.5,
  topP: 0.9,
  seed: 7,
  presencePenalty: 0.1,
  frequencyPenalty: -0.2,
  stop: ["END"],
  candidates: 1,
  logprobs: true,
  topLogprobs: 2,
  logitBias: { "50256": -100 },
  user: "u-1",
  metadata: { team: "a" },
  serviceTier: "flex",
  verbosity: "low",
  reasoning: { effort: "high" },
  responseFormat: {
    type: "json-schema",
    name: "animal",
    schema: { type: "object", additionalProperties: false },
    strict: true,
  },
  ...rest({
    stream_options: { include_obfuscation: false },
    prompt_cache_key: "k",
    prediction: { type: "content", content: "x" },
    web_search_options: { search_context_size: "low" },
  }),
};

codecContract("openai-chat", openaiChat, {
  requests: [{ name: "everything", wire: json("request.json"), canonical }],
  answers: [
    ...["text", "parallel-tools", "deepseek", "openrouter"].map(answer),
    { name: "azure", sse: text("azure.sse") },
  ],
  dialect: { reasoningDetails: true, reasoningRequest: "openrouter", cacheControl: true, topK: true },
  abilities,
  checkGrammar,
});
