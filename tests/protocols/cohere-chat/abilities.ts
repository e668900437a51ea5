import { boolean, constant, constantFrom, integer, oneof, record, uniqueArray } from "fast-check";
import { type Abilities, between, sealedReasoning, words } from "#tests/support/chat-arbitraries.ts";

/** More than Cohere can be told, so that its encoder meets it all. */
export const FULL: Abilities = {
  instructions: ["system", "developer"],
  instructionsAnywhere: true,
  media: constantFrom(
    { type: "media", kind: "image", source: { type: "url", url: "https://example.com/a.png" }, detail: "original" },
    { type: "media", kind: "image", source: { type: "base64", mediaType: "image/webp", data: "aGk=" } },
    { type: "media", kind: "video", source: { type: "url", url: "https://example.com/a.mp4" } },
    { type: "media", kind: "document", source: { type: "base64", mediaType: "text/plain", data: "not base64!" } },
    { type: "media", kind: "document", source: { type: "text", text: "T" }, title: "a", context: "b" },
    { type: "media", kind: "document", source: { type: "file", id: "file-1" } },
  ),
  resultMedia: true,
  resultErrors: true,
  resultsTogether: true,
  cacheControl: true,
  refusals: true,
  customTools: true,
  candidates: 2,
  reasoned: sealedReasoning("anthropic-messages", "gemini", "openai-responses", "openai-chat"),
  choices: (name) => [
    { type: "allowed", mode: "auto", names: [name] },
    { type: "allowed", mode: "required", names: [name] },
  ],
  options: {
    temperature: between(-1, 3),
    topP: between(0, 1),
    topK: integer({ min: 0, max: 1000 }),
    seed: integer(),
    presencePenalty: between(-2, 2),
    frequencyPenalty: between(-2, 2),
    logprobs: boolean(),
    candidates: integer({ min: 1, max: 4 }),
    stop: uniqueArray(words, { minLength: 1, maxLength: 8 }),
    user: words,
    serviceTier: constantFrom("auto", "flex"),
    responseFormat: oneof(
      constant({ type: "json" as const }),
      record({ type: constant("json-schema" as const), schema: constant({ type: "object" }) }),
    ),
  },
  reasoning: oneof(
    record({ mode: constantFrom("enabled" as const, "disabled" as const, "adaptive" as const) }),
    record({ effort: constantFrom("none" as const, "max" as const) }),
    record({ mode: constant("enabled" as const), budgetTokens: integer({ min: 0, max: 60_000 }) }),
  ),
  finishes: [{ unified: "stop", raw: "COMPLETE" }],
  called: { unified: "tool-calls", raw: "TOOL_CALL" },
  interleaved: false,
};
