import { readFileSync } from "node:fs";
import type { JsonObject } from "#src/core/json.ts";
import type { AnswerSample } from "#tests/contracts/codec.ts";

const FIXTURES = new URL("../../fixtures/gemini/", import.meta.url);

/** A fixture's text. */
export function text(file: string): string {
  return readFileSync(new URL(file, FIXTURES), "utf8");
}

/** A fixture's JSON. */
export function json(file: string): JsonObject {
  return JSON.parse(text(file)) as JsonObject;
}

/** An answer, streamed and whole. */
export function answer(name: string): AnswerSample {
  return { name, sse: text(`${name}.sse`), whole: json(`${name}.json`) };
}
