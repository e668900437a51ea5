import { expect, test } from "bun:test";
import { GoogleGenAI } from "@google/genai";
import { fold } from "#src/core/chat-fold.ts";
import type { ChatEvent } from "#src/core/chat.ts";
import type { Codec } from "#src/core/codec.ts";
import { formatSse } from "#src/core/sse.ts";
import { gemini } from "#src/protocols/gemini/index.ts";
import { createJsonArray } from "#src/protocols/gemini/json-array.ts";
import { openaiChat } from "#src/protocols/openai-chat/index.ts";
import { openaiResponses } from "#src/protocols/openai-responses/index.ts";
import { asEvents, decodeStream, encodeStream, responseTarget, sseEvents } from "#tests/contracts/codec.ts";
import { json, text } from "./fixtures.ts";

const events: ChatEvent[] = [
  { type: "start", id: "r1", model: "gemini-3-pro" },
  { type: "reasoning", block: 0, text: "Hm", signature: "sig", sealedBy: "anthropic-messages" },
  { type: "text", block: 1, text: "Grüße" },
  { type: "reasoning", block: 2, text: "", redacted: "own", sealedBy: "gemini" },
  { type: "tool-call", block: 3, id: "call_1", name: "f", kind: "function" },
  { type: "tool-input", block: 3, text: '{"city":' },
  { type: "tool-input", block: 3, text: '"Oslo"}' },
  { type: "block-end", block: 3 },
  { type: "finish", reason: { unified: "tool-calls", raw: "tool_calls" } },
  { type: "usage", usage: { inputTokens: 5, outputTokens: 7, reasoningTokens: 3 } },
];

test("a stream survives the wire with the seals of every vendor", () => {
  const frames = encodeStream(gemini, events, responseTarget);
  const read = decodeStream(gemini, asEvents(frames)).filter(({ type }) => type !== "block-end");
  expect(read).toMatchObject([
    { type: "start", id: "r1", model: "gemini-3-pro" },
    { type: "reasoning", text: "Hm", signature: "sig", sealedBy: "anthropic-messages" },
    { type: "text", text: "Grüße" },
    { type: "reasoning", text: "", redacted: "own", sealedBy: "gemini" },
    { type: "tool-call", id: "call_1", name: "f" },
    { type: "tool-input", text: '{"city":"Oslo"}' },
    { type: "finish", reason: { unified: "tool-calls", raw: "STOP" } },
    { type: "usage", usage: { inputTokens: 5, outputTokens: 7, reasoningTokens: 3 } },
  ]);
  const array = createJsonArray();
  const written = [...frames.flatMap((frame) => array.step(frame)), ...array.end()].join("");
  expect(JSON.parse(written)).toHaveLength(frames.length);
});

test("a stream that is cut ends with an error, and a blocked prompt is an answer", () => {
  const cut = decodeStream(gemini, [{ event: "", data: '{"candidates":[{"content":{"parts":[{"text":"a"}]}}]}' }]);
  expect(cut.at(-1)).toMatchObject({ type: "error", code: "upstream_cut" });
  expect(gemini.response.decode({ promptFeedback: { blockReason: "SAFETY" } }).at(-1)).toMatchObject({
    type: "finish",
    reason: { unified: "content-filter", raw: "SAFETY" },
  });
});

test("an error keeps its status and says when to come back", () => {
  const fault = gemini.error.decode(429, new Headers(), {
    error: {
      code: 429,
      message: "Quota.",
      status: "RESOURCE_EXHAUSTED",
      details: [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "7s" }],
    },
  });
  expect(fault).toMatchObject({ status: 429, retryAfter: 7, message: "Quota." });
  expect(gemini.error.encode(fault, "q")).toMatchObject({ error: { code: 429, status: "RESOURCE_EXHAUSTED" } });
});

const FIXTURES = ["text", "thinking-tools", "grounded", "code-image", "call-pieces", "blocked", "safety"];

test.each(FIXTURES)("%s is the same as one JSON array, which is whole after every frame of the stream too", (name) => {
  const bytes = new TextEncoder().encode(text(`${name}.sse`));
  const frames = encodeStream(gemini, decodeStream(gemini, sseEvents(bytes, [bytes.length])), responseTarget);
  const chunks = frames.flatMap((frame) => ("data" in frame ? [JSON.parse(frame.data) as unknown] : []));
  for (let end = 0; end <= frames.length; end++) {
    const array = createJsonArray();
    const written = [...frames.slice(0, end).flatMap((frame) => array.step(frame)), ...array.end()].join("");
    expect(JSON.parse(written)).toEqual(chunks.slice(0, end));
  }
});

function converted(name: string, to: Codec): { value: unknown; lost: string[] } {
  const { value, losses } = to.response.encode(fold(gemini.response.decode(json(`${name}.json`))), responseTarget);
  return { value, lost: losses.map(({ kind, field }) => `${kind} ${field}`) };
}

test("searched pages and sources become annotations, log probabilities stay", () => {
  const { value, lost } = converted("grounded", openaiChat);
  const page = (url: string, title: string, start: number, end: number): object => ({
    type: "url_citation",
    url_citation: { url, title, start_index: start, end_index: end },
  });
  // Gemini counts bytes, of which the dash has three.
  expect(value).toMatchObject({
    choices: [
      {
        message: {
          annotations: [
            page("https://example.net/book", "", 3, 9),
            page("https://example.com/tide", "example.com", 0, 22),
            page("https://example.org/moon", "example.org", 0, 22),
          ],
        },
        logprobs: {
          content: [
            { token: "High tide is at noon", logprob: -0.25 },
            { token: " – ", bytes: [32, 226, 128, 147, 32] },
            { token: "and midnight.", top_logprobs: [{ token: "and midnight." }, { token: "?", logprob: -2 }] },
          ],
        },
      },
    ],
  });
  expect(lost).toEqual(["dropped choices[0].groundingMetadata"]);
});

/** The cited pages and passages of an answer. */
function cited(events: readonly ChatEvent[]): unknown[] {
  const content = fold(events).choices.flatMap(({ content: parts }) => parts);
  return content.flatMap((part) =>
    part.type === "text" ? (part.citations ?? []).map(({ url, title = "", span }) => [url, title, span]) : [],
  );
}

test.each([openaiChat, openaiResponses, gemini])(
  "passages are the same in streams for a client of $protocol, and back",
  (to) => {
    const bytes = new TextEncoder().encode(text("grounded.sse"));
    const events = decodeStream(gemini, sseEvents(bytes, [bytes.length]));
    const there = decodeStream(to, asEvents(encodeStream(to, events, responseTarget)));
    const passages = [
      ["https://example.net/book", "", { start: 3, end: 9 }],
      ["https://example.com/tide", "example.com", { start: 0, end: 22 }],
      ["https://example.org/moon", "example.org", { start: 0, end: 22 }],
    ];
    expect(cited(events)).toEqual(passages);
    expect(cited(there)).toEqual(passages);
    expect(cited(decodeStream(gemini, asEvents(encodeStream(gemini, there, responseTarget))))).toEqual(passages);
  },
);

test("passages are not told where the text is in several pieces", () => {
  const parts = [{ text: "One." }, { executableCode: { language: "PYTHON", code: "1" } }, { text: "Two." }];
  const grounding = {
    groundingChunks: [{ web: { uri: "https://example.com" } }],
    groundingSupports: [{ segment: { startIndex: 0, endIndex: 4 }, groundingChunkIndices: [0] }],
  };
  const body = { candidates: [{ content: { parts }, finishReason: "STOP", groundingMetadata: grounding }] };
  expect(cited(gemini.response.decode(body))).toEqual([["https://example.com", "", undefined]]);
});

test("other vendors' citations are shown as pages", () => {
  const citation = { type: "url_citation", url: "https://example.com/a", title: "A", start_index: 0, end_index: 1 };
  const part = { type: "output_text", text: "Hi", annotations: [citation], logprobs: [] };
  const item = { id: "msg_1", type: "message", status: "completed", role: "assistant", content: [part] };
  const answer = fold(openaiResponses.response.decode({ id: "r", status: "completed", model: "m", output: [item] }));
  expect(gemini.response.encode(answer, responseTarget)).toMatchObject({
    value: {
      candidates: [
        {
          groundingMetadata: {
            groundingChunks: [{ web: { uri: "https://example.com/a", title: "A" } }],
            groundingSupports: [{ segment: { startIndex: 0, endIndex: 1 }, groundingChunkIndices: [0] }],
          },
        },
      ],
    },
    losses: [],
  });
});

test("ratings that blocked nothing and tokens of text are nobody's loss; a block's are told", () => {
  expect(converted("text", openaiChat).lost).toEqual([]);
  expect(converted("blocked", openaiChat).lost).toEqual([]);
  expect(converted("safety", openaiChat).lost).toEqual([
    "dropped choices[0].safetyRatings",
    "dropped choices[0].finishMessage",
  ]);
});

test("Google's own client reads the stream", async () => {
  const body = encodeStream(gemini, events, responseTarget).map(formatSse).join("");
  using server = Bun.serve({
    port: 0,
    fetch: () => new Response(body, { headers: { "content-type": "text/event-stream" } }),
  });
  const ai = new GoogleGenAI({ apiKey: "k", httpOptions: { baseUrl: server.url.href } });
  const calls: unknown[] = [];
  let said = "";
  for await (const chunk of await ai.models.generateContentStream({ model: "gemini-3-pro", contents: "hi" })) {
    calls.push(...(chunk.functionCalls ?? []));
    for (const part of chunk.candidates?.[0]?.content?.parts ?? []) if (part.thought !== true) said += part.text ?? "";
  }
  expect(said).toBe("Grüße");
  expect(calls).toMatchObject([{ id: "call_1", name: "f", args: { city: "Oslo" } }]);
});
