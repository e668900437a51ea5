import { describe, expect, test } from "bun:test";
import { BlockedReason, FinishReason as Word } from "@google/genai";
import { fold } from "#src/core/chat-fold.ts";
import type { FinishReason } from "#src/core/chat.ts";
import { gemini } from "#src/protocols/gemini/index.ts";
import { responseTarget } from "#tests/contracts/codec.ts";

const filtered = "content-filter";
const UNIFIED: Readonly<Record<Word, FinishReason["unified"]>> = {
  FINISH_REASON_UNSPECIFIED: "other",
  STOP: "stop",
  MAX_TOKENS: "length",
  SAFETY: filtered,
  RECITATION: filtered,
  LANGUAGE: "other",
  OTHER: "other",
  BLOCKLIST: filtered,
  PROHIBITED_CONTENT: filtered,
  SPII: filtered,
  MALFORMED_FUNCTION_CALL: "other",
  IMAGE_SAFETY: filtered,
  UNEXPECTED_TOOL_CALL: "other",
  TOO_MANY_TOOL_CALLS: "other",
  IMAGE_PROHIBITED_CONTENT: filtered,
  NO_IMAGE: "other",
  IMAGE_RECITATION: filtered,
  IMAGE_OTHER: "other",
  CONTINUATION: "pause",
  MALFORMED_RESPONSE: "other",
};

function finishOf(body: object): FinishReason | undefined {
  return fold(gemini.response.decode(JSON.parse(JSON.stringify(body)))).choices[0]?.finish;
}

describe("why Gemini stops", () => {
  test.each(Object.values(Word))("%s is understood and written back", (word) => {
    const finish = finishOf({ candidates: [{ content: { parts: [{ text: "a" }] }, finishReason: word }] });
    expect(finish).toEqual({ unified: UNIFIED[word], raw: word });
    const { value, losses } = gemini.response.encode(
      { choices: [{ content: [], finish: finish as FinishReason }] },
      responseTarget,
    );
    expect(value.candidates).toMatchObject([{ finishReason: word }]);
    expect(losses).toEqual([]);
  });

  test.each(Object.values(BlockedReason))("a prompt blocked for %s is a filtered answer, and stays one", (word) => {
    const body = { promptFeedback: { blockReason: word } };
    const response = fold(gemini.response.decode(body));
    expect(response.choices).toEqual([{ content: [], finish: { unified: filtered, raw: word } }]);
    const { value } = gemini.response.encode(response, responseTarget);
    expect(finishOf(value)?.unified).toBe(filtered);
    expect(value).toMatchObject(body);
  });

  test("a word that is not known yet is kept", () => {
    expect(finishOf({ candidates: [{ finishReason: "BORED" }] })).toEqual({ unified: "other", raw: "BORED" });
  });
});
