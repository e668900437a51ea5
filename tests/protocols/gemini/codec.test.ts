// oxlint-disable oxc/no-map-spread -- test data must not be changed in place
import { constant, constantFrom, integer, oneof, record, uniqueArray } from "fast-check";
import type { ChatRequest, MediaPart, Rest } from "#src/core/chat.ts";
import type { JsonObject } from "#src/core/json.ts";
import { gemini } from "#src/protocols/gemini/index.ts";
import { codecContract } from "#tests/contracts/codec.ts";
import { between, sealedReasoning, words, type Abilities } from "#tests/support/chat-arbitraries.ts";
import { answer, json } from "./fixtures.ts";
import { checkGrammar } from "./grammar.ts";

const own = (fields: JsonObject): { rest: Rest } => ({ rest: { protocol: "gemini", fields } });

function media(kind: MediaPart["kind"], mediaType: string, filename?: string): MediaPart {
  const name = filename === undefined ? {} : { filename };
  return { type: "media", kind, source: { type: "base64", mediaType, data: "aGk=" }, ...name };
}

const file: MediaPart = {
  type: "media",
  kind: "video",
  source: { type: "url", url: "https://example.com/v", mediaType: "video/webm" },
};

const abilities: Abilities = {
  instructions: ["system"],
  instructionsAnywhere: false,
  media: constantFrom(
    media("image", "image/webp"),
    media("audio", "audio/mpeg"),
    media("video", "video/mp4"),
    media("document", "application/pdf", "a.pdf"),
    file,
  ),
  resultMedia: true,
  resultErrors: true,
  resultsTogether: true,
  cacheControl: false,
  refusals: false,
  customTools: false,
  candidates: 2,
  options: {
    temperature: between(0, 2),
    topP: between(0, 1),
    topK: integer({ min: 1, max: 100 }),
    candidates: integer({ min: 1, max: 8 }),
    stop: uniqueArray(words, { minLength: 1, maxLength: 5 }),
    seed: integer(),
    presencePenalty: between(-2, 2),
    frequencyPenalty: between(-2, 2),
    logprobs: constantFrom(true, false),
    topLogprobs: integer({ min: 0, max: 20 }),
    serviceTier: constantFrom("default", "flex", "priority"),
    modalities: constantFrom(["text"], ["text", "image"]),
    responseFormat: oneof(
      constant({ type: "text" as const }),
      constant({ type: "json" as const }),
      constant({ type: "json-schema" as const, schema: { type: "object" }, strict: true }),
    ),
  },
  reasoning: oneof(
    record({
      mode: constant("enabled" as const),
      budgetTokens: integer({ min: 1, max: 32_768 }),
      display: constantFrom("summarized" as const, "omitted" as const),
    }),
    constant({ mode: "disabled" as const, display: "omitted" as const }),
    constant({ mode: "adaptive" as const, display: "omitted" as const }),
    constant({ display: "summarized" as const }),
  ),
  choices: () => [
    { type: "none" },
    { type: "allowed", mode: "required", names: ["a", "b"] },
    { type: "allowed", mode: "auto", names: ["a"] },
  ],
  finishes: [
    { unified: "stop", raw: "STOP" },
    { unified: "length", raw: "MAX_TOKENS" },
    { unified: "content-filter", raw: "RECITATION" },
    { unified: "other", raw: "MALFORMED_FUNCTION_CALL" },
  ],
  called: { unified: "tool-calls", raw: "STOP" },
  interleaved: true,
  reasoned: sealedReasoning("gemini"),
  generated: constant(media("image", "image/png")),
  strictTools: false,
  usage: record({
    inputTokens: integer({ min: 0, max: 9999 }),
    outputTokens: integer({ min: 10_000, max: 20_000 }),
    cachedInputTokens: integer({ min: 0, max: 9999 }),
    reasoningTokens: integer({ min: 0, max: 9999 }),
  }),
};

const canonical: ChatRequest = {
  model: "gemini-2.5-flash",
  stream: true,
  messages: [
    { role: "system", content: [{ type: "text", text: "Be brief." }] },
    {
      role: "user",
      content: [
        { type: "text", text: "What is this?" },
        { ...media("image", "image/webp"), ...own({ mediaResolution: { level: "MEDIA_RESOLUTION_LOW" } }) },
        {
          type: "media",
          kind: "video",
          source: { type: "url", url: "https://www.youtube.com/watch?v=1", mediaType: "video/mp4" },
          ...own({ videoMetadata: { fps: 2 } }),
        },
        media("audio", "audio/mpeg"),
        media("document", "application/pdf", "a.pdf"),
      ],
    },
    {
      role: "assistant",
      content: [
        { type: "reasoning", text: "Two looks.", signature: "c2lnLXRob3VnaHQ=", sealedBy: "gemini" },
        { type: "text", text: "I look." },
        { type: "reasoning", text: "", redacted: "c2lnLWNhbGw=", sealedBy: "gemini" },
        { type: "tool-call", id: "fc_1", name: "look", input: `{"x":1}`, kind: "function" },
        { type: "tool-call", id: "gcall__1", name: "look", input: `{"x":2}`, kind: "function" },
      ],
    },
    {
      role: "tool",
      content: [
        {
          type: "tool-result",
          toolCallId: "fc_1",
          content: [{ type: "text", text: "a cat" }],
          ...own({ functionResponse: { scheduling: "SILENT" } }),
        },
        {
          type: "tool-result",
          toolCallId: "gcall__1",
          content: [{ type: "text", text: "too dark" }, media("image", "image/png")],
          isError: true,
        },
      ],
    },
    {
      role: "assistant",
      content: [
        {
          type: "native",
          protocol: "gemini",
          value: { executableCode: { language: "PYTHON", code: "print(1)" } },
        },
        {
          type: "native",
          protocol: "gemini",
          value: { codeExecutionResult: { outcome: "OUTCOME_OK", output: "1\n" } },
        },
        { type: "reasoning", text: "", redacted: "c2lnLXRleHQ=", sealedBy: "gemini" },
        { type: "text", text: "A cat." },
      ],
    },
    { role: "user", content: [{ type: "text", text: "And now?" }] },
  ],
  tools: [
    {
      type: "function",
      name: "look",
      description: "Looks.",
      inputSchema: { type: "object", properties: { x: { type: "integer" } }, required: ["x"] },
    },
    {
      type: "function",
      name: "tell",
      inputSchema: {
        type: "object",
        properties: {
          a: { type: "array", items: { type: "number" }, maxItems: 3 },
          b: { type: ["string", "null"] },
        },
      },
      ...own({ response: { type: "STRING" } }),
    },
    { type: "function", name: "wait", inputSchema: { type: "object", properties: {} } },
    { type: "native", protocol: "gemini", name: "googleSearch", value: { googleSearch: {} } },
    { type: "native", protocol: "gemini", name: "codeExecution", value: { codeExecution: {} } },
  ],
  toolChoice: { type: "allowed", mode: "required", names: ["look", "tell"] },
  serviceTier: "flex",
  temperature: 0.5,
  topP: 0.9,
  topK: 40,
  candidates: 1,
  maxOutputTokens: 100,
  seed: 7,
  presencePenalty: 0.1,
  frequencyPenalty: 0.2,
  logprobs: true,
  topLogprobs: 2,
  stop: ["END"],
  modalities: ["text"],
  responseFormat: {
    type: "json-schema",
    schema: { type: "object", properties: { name: { type: "string" } }, required: ["name"] },
    strict: true,
  },
  reasoning: { display: "summarized", mode: "enabled", budgetTokens: 1024 },
  ...own({
    safetySettings: [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_NONE" }],
    cachedContent: "cachedContents/1",
    toolConfig: {
      retrievalConfig: { languageCode: "de" },
      functionCallingConfig: { streamFunctionCallArguments: true },
    },
    generationConfig: { mediaResolution: "MEDIA_RESOLUTION_LOW" },
  }),
};

codecContract("gemini", gemini, {
  requests: [
    {
      name: "everything",
      wire: json("request.json"),
      canonical,
      path: { model: "gemini-2.5-flash", stream: true },
    },
  ],
  answers: ["text", "thinking-tools", "grounded", "code-image", "call-pieces", "blocked", "safety"].map(answer),
  dialect: {},
  abilities,
  checkGrammar,
});
