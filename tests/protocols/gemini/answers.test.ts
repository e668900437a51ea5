import { expect, test } from "bun:test";
import { GoogleGenAI } from "@google/genai";
import type { ChatEvent } from "#src/core/chat.ts";
import { formatSse } from "#src/core/sse.ts";
import { gemini } from "#src/protocols/gemini/index.ts";
import { createJsonArray } from "#src/protocols/gemini/json-array.ts";
import { asEvents, decodeStream, encodeStream, responseTarget } from "#tests/contracts/codec.ts";

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
  const text = [...frames.flatMap((frame) => array.step(frame)), ...array.end()].join("");
  expect(JSON.parse(text)).toHaveLength(frames.length);
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

test("Google's own client reads the stream", async () => {
  const body = encodeStream(gemini, events, responseTarget).map(formatSse).join("");
  using server = Bun.serve({
    port: 0,
    fetch: () => new Response(body, { headers: { "content-type": "text/event-stream" } }),
  });
  const ai = new GoogleGenAI({ apiKey: "k", httpOptions: { baseUrl: server.url.href } });
  const calls: unknown[] = [];
  let text = "";
  for await (const chunk of await ai.models.generateContentStream({ model: "gemini-3-pro", contents: "hi" })) {
    calls.push(...(chunk.functionCalls ?? []));
    for (const part of chunk.candidates?.[0]?.content?.parts ?? []) if (part.thought !== true) text += part.text ?? "";
  }
  expect(text).toBe("Grüße");
  expect(calls).toMatchObject([{ id: "call_1", name: "f", args: { city: "Oslo" } }]);
});
