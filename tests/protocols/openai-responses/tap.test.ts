import { describe, expect, test } from "bun:test";
import type { FinishReason } from "#src/core/chat.ts";
import type { AnswerFacts } from "#src/core/codec.ts";
import type { JsonObject } from "#src/core/json.ts";
import { openaiResponses } from "#src/protocols/openai-responses/index.ts";
import { sseEvents } from "#tests/contracts/codec.ts";
import { json, text } from "./fixtures.ts";

const { tap } = openaiResponses;

function read(file: string): { facts: AnswerFacts; finishes: FinishReason[]; telling: number } {
  const facts: AnswerFacts = {};
  const finishes: FinishReason[] = [];
  const reader = tap.factsReader();
  const bytes = new TextEncoder().encode(text(file));
  const telling = sseEvents(bytes, [bytes.length]).filter(({ data }) => tap.telling.test(data));
  for (const { data } of telling) {
    reader.read(JSON.parse(data) as JsonObject, facts, (reason) => void finishes.push(reason));
  }
  return { facts, finishes, telling: telling.length };
}

describe("what is read of an answer on its way", () => {
  test("is the model, the tokens and the finish, from three events of all", () => {
    expect(read("reasoning-tools.sse")).toEqual({
      facts: {
        model: "gpt-5-2025-08-07",
        usage: {
          inputTokens: 120,
          outputTokens: 80,
          cachedInputTokens: 0,
          cacheWriteTokens: 0,
          reasoningTokens: 64,
        },
      },
      finishes: [{ unified: "tool-calls", raw: "completed" }],
      telling: 3,
    });
  });

  test("is the same of the whole answer", () => {
    const facts: AnswerFacts = {};
    tap.readFacts(json("built-in.json"), facts);
    const streamed = read("built-in.sse");
    expect(facts).toEqual({ ...streamed.facts, finish: streamed.finishes[0] as FinishReason });
    expect(facts.finish).toEqual({ unified: "length", raw: "max_output_tokens" });
  });

  test("is the provider's word of its failure", () => {
    const { facts, finishes } = read("failed.sse");
    expect(facts.fault).toMatchObject({ code: "upstream_error", status: 429, message: "Rate limit reached." });
    expect(finishes).toEqual([]);
  });

  test("may be another model's name", () => {
    const data = '{"type":"response.created", "response": {"model":"a","id":"r"} ,"sequence_number":0}';
    expect(JSON.parse(tap.withModel(data, JSON.parse(data) as JsonObject, "b") ?? "")).toEqual({
      type: "response.created",
      response: { model: "b", id: "r" },
      sequence_number: 0,
    });
    expect(tap.withModel('{"a":1}', { a: 1 }, "b")).toBeUndefined();
  });
});
