import { expect } from "bun:test";
import type { Candidate, GenerateContentResponse, Part } from "@google/genai";
import type { ResponseTarget } from "#src/core/codec.ts";
import type { SseFrame } from "#src/core/sse.ts";

/** What a part holds, one of which each has; `thoughtSignature` alone stands with an empty text. */
const KINDS = [
  "text",
  "inlineData",
  "fileData",
  "functionCall",
  "functionResponse",
  "executableCode",
  "codeExecutionResult",
] as const;

/** Checks the frames of a complete answer against what Google's reference says of `streamGenerateContent`. */
export function checkGrammar(frames: readonly SseFrame[], target: ResponseTarget): void {
  const chunks = frames.flatMap((frame) => {
    if ("comment" in frame) return [];
    expect(frame.event).toBeUndefined();
    return [JSON.parse(frame.data) as GenerateContentResponse];
  });
  expect(new Set(chunks.map(({ responseId }) => responseId)).size).toBe(1);
  expect(new Set(chunks.map(({ modelVersion }) => modelVersion)).size).toBe(1);
  if (target.model !== undefined) expect(chunks[0]?.modelVersion).toBe(target.model);
  const finished = new Set<number>();
  for (const chunk of chunks) {
    expect(chunk.candidates).not.toBeEmpty();
    for (const candidate of chunk.candidates ?? []) checkCandidate(candidate, finished);
  }
  const seen = new Set(chunks.flatMap(({ candidates = [] }) => candidates.map(({ index = 0 }) => index)));
  expect(finished).toEqual(seen);
  // Only the last chunk tells the total, as it alone is known to be complete.
  expect(chunks.slice(0, -1).every(({ usageMetadata }) => usageMetadata === undefined)).toBeTrue();
}

function checkCandidate({ index, content, finishReason }: Candidate, finished: Set<number>): void {
  if (index === undefined) throw new Error("a candidate without an index");
  expect(finished.has(index)).toBeFalse();
  expect(content?.role).toBe("model");
  expect(content?.parts).not.toBeEmpty();
  for (const part of content?.parts ?? []) checkPart(part);
  if (finishReason !== undefined) finished.add(index);
}

function checkPart(part: Part): void {
  expect(KINDS.filter((kind) => part[kind] !== undefined)).toHaveLength(1);
  if (part.functionCall === undefined) return;
  expect(part.functionCall.name).not.toBeEmpty();
  expect(part.functionCall.args).toBeObject();
}
