/** Answers as https://docs.cohere.com/v2/docs/streaming and the types of the npm package cohere-ai 8.1 (V2ChatStreamResponse) have them. */
import type { JsonObject } from "#src/core/json.ts";
import type { AnswerSample } from "#tests/contracts/upstream-codec.ts";

function sse(events: readonly JsonObject[]): string {
  return events.map((event) => `event: ${event["type"] as string}\ndata: ${JSON.stringify(event)}\n\n`).join("");
}

const START = {
  type: "message-start",
  id: "29f14a5a-11de-4cae-9800-25e4747408ea",
  delta: { message: { role: "assistant", content: [], tool_plan: "", tool_calls: [], citations: [] } },
};
const id = START.id;

function content(index: number, type: "text" | "thinking", pieces: readonly string[]): JsonObject[] {
  return [
    { type: "content-start", index, delta: { message: { content: { type, [type]: "" } } } },
    ...pieces.map((piece) => ({ type: "content-delta", index, delta: { message: { content: { [type]: piece } } } })),
    { type: "content-end", index },
  ];
}

function call(index: number, name: string, pieces: readonly string[]): JsonObject[] {
  const first = { id: `${name}_1byjy32y4hvq`, type: "function", function: { name, arguments: "" } };
  return [
    { type: "tool-call-start", index, delta: { message: { tool_calls: first } } },
    ...pieces.map((piece) => ({
      type: "tool-call-delta",
      index,
      delta: { message: { tool_calls: { function: { arguments: piece } } } },
    })),
    { type: "tool-call-end", index },
  ];
}

const USAGE = {
  billed_units: { input_tokens: 28, output_tokens: 16 },
  tokens: { input_tokens: 206, output_tokens: 18 },
};

function end(reason: string, usage: JsonObject = USAGE): JsonObject {
  return { type: "message-end", id, delta: { finish_reason: reason, usage } };
}

const SOURCE = {
  type: "document",
  id: "doc:0",
  document: { id: "doc:0", title: "Antarctica", url: "https://en.wikipedia.test/Penguin", text: "They live there." },
};
const CITATION = { start: 0, end: 4, text: "Grüß", sources: [SOURCE], content_index: 0, type: "TEXT_CONTENT" };

export const TEXT: AnswerSample = {
  name: "text with a citation",
  sse: sse([
    START,
    ...content(0, "text", ["Grüße", ", Welt 😀"]),
    { type: "citation-start", index: 0, delta: { message: { citations: CITATION } } },
    { type: "citation-end", index: 0 },
    end("COMPLETE"),
  ]),
  whole: {
    id,
    finish_reason: "COMPLETE",
    message: { role: "assistant", content: [{ type: "text", text: "Grüße, Welt 😀" }], citations: [CITATION] },
    usage: USAGE,
  },
};

const PLAN = "I will look up the weather in both towns.";

export const TOOLS: AnswerSample = {
  name: "a plan and two calls",
  sse: sse([
    START,
    { type: "tool-plan-delta", delta: { message: { tool_plan: "I will look up" } } },
    { type: "tool-plan-delta", delta: { message: { tool_plan: " the weather in both towns." } } },
    ...call(0, "weather", ['{"town"', ': "Köln"}']),
    ...call(1, "now", ["null"]),
    end("TOOL_CALL", { ...USAGE, cached_tokens: 12 }),
  ]),
  whole: {
    id,
    finish_reason: "TOOL_CALL",
    message: {
      role: "assistant",
      tool_plan: PLAN,
      tool_calls: [
        {
          id: "weather_1byjy32y4hvq",
          type: "function",
          function: { name: "weather", arguments: '{"town": "Köln"}' },
        },
        { id: "now_1byjy32y4hvq", type: "function", function: { name: "now", arguments: "null" } },
      ],
    },
    usage: { ...USAGE, cached_tokens: 12 },
  },
};

export const THINKING: AnswerSample = {
  name: "thinking, then text that was cut",
  sse: sse([
    START,
    ...content(0, "thinking", ["Let me", " see."]),
    ...content(1, "text", ["It is", " 4"]),
    end("MAX_TOKENS"),
  ]),
  whole: {
    id,
    finish_reason: "MAX_TOKENS",
    message: {
      role: "assistant",
      content: [
        { type: "thinking", thinking: "Let me see." },
        { type: "text", text: "It is 4" },
      ],
    },
    usage: USAGE,
  },
};

export const ANSWERS: readonly AnswerSample[] = [TEXT, TOOLS, THINKING];
