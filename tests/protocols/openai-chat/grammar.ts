import { expect } from "bun:test";
import type { ChatCompletionChunk } from "openai/resources/chat/completions";
import type { ResponseTarget } from "#src/core/codec.ts";
import type { SseFrame } from "#src/core/sse.ts";

interface Seen {
  role: boolean;
  finished: boolean;
  tools: number;
}

/** Checks the frames of a complete answer against what OpenAI's API reference says of a chunk stream. */
export function checkGrammar(frames: readonly SseFrame[], target: ResponseTarget): void {
  const data = frames.flatMap((frame) => ("data" in frame ? [frame.data] : []));
  expect(frames.every((frame) => "comment" in frame || frame.event === undefined)).toBeTrue();
  expect(data.at(-1)).toBe("[DONE]");
  expect(data.indexOf("[DONE]")).toBe(data.length - 1);
  const chunks = data.slice(0, -1).map((text) => JSON.parse(text) as ChatCompletionChunk);
  const [first] = chunks;
  for (const { id, object, created, model } of chunks) {
    expect({ id, object, created, model }).toEqual({
      id: first?.id ?? "",
      object: "chat.completion.chunk",
      created: first?.created ?? 0,
      model: first?.model ?? "",
    });
  }
  checkUsage(chunks, target);
  const choices = new Map<number, Seen>();
  for (const chunk of chunks) for (const choice of chunk.choices) checkChoice(choice, choices);
  expect(choices.size).toBeGreaterThan(0);
  for (const seen of choices.values()) expect(seen.finished).toBeTrue();
}

function checkUsage(chunks: readonly ChatCompletionChunk[], { includeUsage }: ResponseTarget): void {
  const empty = chunks.filter((chunk) => chunk.choices.length === 0);
  expect(empty.length).toBe(includeUsage ? 1 : 0);
  if (includeUsage) {
    expect(chunks.at(-1)?.usage?.total_tokens).toBeNumber();
    expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null)).toBeTrue();
  } else {
    expect(chunks.every((chunk) => !("usage" in chunk))).toBeTrue();
  }
}

function checkChoice(
  { index, delta, finish_reason: finish }: ChatCompletionChunk.Choice,
  choices: Map<number, Seen>,
): void {
  const seen = choices.get(index) ?? { role: false, finished: false, tools: 0 };
  choices.set(index, seen);
  expect(seen.finished).toBeFalse();
  if (seen.role) expect(delta.role).toBeUndefined();
  else expect(delta).toEqual({ role: "assistant", content: "" });
  seen.role = true;
  for (const call of delta.tool_calls ?? []) {
    if (call.id === undefined) expect(call.index).toBeLessThan(seen.tools);
    else {
      expect(call.index).toBe(seen.tools++);
      expect(call.type).toBeString();
    }
  }
  if (finish === null) return;
  expect(delta).toEqual({});
  seen.finished = true;
}
