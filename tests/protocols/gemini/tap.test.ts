import { describe, expect, test } from "bun:test";
import { array, assert, nat, property } from "fast-check";
import type { FinishReason } from "#src/core/chat.ts";
import type { AnswerFacts } from "#src/core/codec.ts";
import { Tap } from "#src/protocols/answer-tap.ts";
import { gemini } from "#src/protocols/gemini/index.ts";
import { decodeStream, sseEvents } from "#tests/contracts/codec.ts";
import { json, text } from "./fixtures.ts";

const encoder = new TextEncoder();
const NAMES = ["text", "thinking-tools", "grounded", "code-image", "call-pieces", "blocked", "safety"] as const;

interface Seen {
  readonly passed: string;
  readonly facts: AnswerFacts;
}

function pass(stream: string, cuts: readonly number[] = [], model?: string): Seen {
  const bytes = encoder.encode(stream);
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  const shown = model === undefined ? {} : { model };
  const tap = new Tap({ protocol: "gemini", hideUsage: false, candidates: 1, clean: (said) => said, ...shown });
  const out = at.slice(1).map((end, index) => tap.push(bytes.slice(at[index], end)));
  out.push(tap.end());
  const passed = new TextDecoder().decode(Buffer.concat(out.filter((part) => part !== undefined)));
  return { passed, facts: tap.facts };
}

/** What the codec makes of the same stream. */
function told(stream: string): AnswerFacts {
  const bytes = encoder.encode(stream);
  const facts: AnswerFacts = {};
  for (const event of decodeStream(gemini, sseEvents(bytes, [bytes.length]))) {
    if (event.type === "start" && event.model !== undefined) facts.model = event.model;
    if (event.type === "usage") facts.usage = event.usage;
    if (event.type === "finish") facts.finish = event.reason;
  }
  return facts;
}

describe("a tap of gemini", () => {
  test.each(NAMES)("leaves every byte of %s and learns what the codec reads, however they are cut", (name) => {
    const stream = text(`${name}.sse`);
    const facts = told(stream);
    assert(
      property(array(nat()), (cuts) => {
        expect(pass(stream, cuts)).toEqual({ passed: stream, facts });
      }),
      { numRuns: 40 },
    );
    expect(pass(stream.replaceAll("\n", "\r\n")).facts).toEqual(facts);
  });

  test.each(NAMES)("reads the same of the whole answer %s", (name) => {
    const facts: AnswerFacts = {};
    gemini.tap.readFacts(json(`${name}.json`), facts);
    expect(facts).toEqual(told(text(`${name}.sse`)));
  });

  test("parses only what tells something", () => {
    const events = sseEvents(encoder.encode(text("code-image.sse")), [4096]);
    expect(events.map(({ data }) => gemini.tap.telling.test(data))).toEqual([false, false, false, true, true]);
    const quoted = { candidates: [{ content: { parts: [{ text: '"finishReason": "STOP", "usageMetadata": 1' }] } }] };
    expect(gemini.tap.telling.test(JSON.stringify({ ...quoted, usageMetadata: {} }))).toBeFalse();
  });

  test("gives another model's name in every event", () => {
    const { passed, facts } = pass(text("thinking-tools.sse"), [], "renamed");
    expect(passed).not.toContain("gemini-3-pro-preview");
    expect(passed.match(/"modelVersion": ?"renamed"/g)).toHaveLength(4);
    expect(facts.finish).toEqual({ unified: "tool-calls", raw: "STOP" } satisfies FinishReason);
  });

  test("notes an error in the middle, and an end that does not come", () => {
    const error = { error: { code: 503, message: "Overloaded.", status: "UNAVAILABLE" } };
    const begin = text("text.sse").split("\n\n")[0] ?? "";
    expect(pass(`${begin}\n\ndata: ${JSON.stringify(error)}\n\n`).facts.fault).toMatchObject({ status: 503 });
    expect(pass(`${begin}\n\n`).facts.fault).toMatchObject({ code: "upstream_cut" });
  });
});
