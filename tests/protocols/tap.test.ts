import { describe, expect, test } from "bun:test";
import { array, assert, constantFrom, nat, property } from "fast-check";
import type { ClientProtocol } from "#src/core/protocol.ts";
import type { AnswerFacts } from "#src/protocols/answer-facts.ts";
import { Tap } from "#src/protocols/answer-tap.ts";

const encoder = new TextEncoder();

const chunk = (fields: object): string => `data: ${JSON.stringify({ id: "c", model: "m-1", ...fields })}\n\n`;
const delta = (text: string): string =>
  chunk({ choices: [{ index: 0, delta: { content: text }, finish_reason: null }] });
const FINISH = chunk({ choices: [{ index: 0, delta: {}, finish_reason: "length" }] });
const USAGE = chunk({ choices: [], usage: { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 } });
const DONE = "data: [DONE]\n\n";

const event = (type: string, fields: object): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
const CLAUDE =
  event("message_start", { message: { id: "m", model: "claude-1", usage: { input_tokens: 7, output_tokens: 1 } } }) +
  event("content_block_delta", { index: 0, delta: { type: "text_delta", text: "é😀" } }) +
  event("message_delta", { delta: { stop_reason: "max_tokens", stop_sequence: null }, usage: { output_tokens: 5 } });
const STOP = event("message_stop", {});

interface Seen {
  readonly text: string;
  readonly facts: AnswerFacts;
}

function pass(protocol: ClientProtocol, text: string, cuts: readonly number[] = [], hideUsage = false): Seen {
  const bytes = encoder.encode(text);
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  const tap = new Tap({ protocol, hideUsage, candidates: 1, clean: (said) => said });
  const out = at.slice(1).map((end, index) => tap.push(bytes.slice(at[index], end)));
  out.push(tap.end());
  return { text: new TextDecoder().decode(Buffer.concat(out.filter((part) => part !== undefined))), facts: tap.facts };
}

const content = array(
  constantFrom("a", "é😀", '"finish_reason":"stop"', "[DONE]", '"usage":{"prompt_tokens":1}', "\r\n"),
).map((texts) => texts.map(delta).join(""));

describe("a tap of openai-chat", () => {
  test("leaves every byte and learns the same, however they are cut", () => {
    assert(
      property(content, array(nat()), (before, cuts) => {
        const text = before + FINISH + USAGE + DONE;
        const { text: passed, facts } = pass("openai-chat", text, cuts);
        expect(passed).toBe(text);
        expect(facts.usage).toEqual({ inputTokens: 7, outputTokens: 5 });
        expect(facts.finish).toEqual({ unified: "length", raw: "length" });
        expect(facts.model).toBe("m-1");
        expect(facts.fault).toBeUndefined();
      }),
    );
  });

  test("takes the usage chunk out and nothing else, however the bytes are cut", () => {
    assert(
      property(content, array(nat()), (before, cuts) => {
        const { text, facts } = pass("openai-chat", before + FINISH + USAGE + DONE, cuts, true);
        expect(text).toBe(before + FINISH + DONE);
        expect(facts.usage).toEqual({ inputTokens: 7, outputTokens: 5 });
      }),
    );
  });

  test("is not taken in by what the model wrote", () => {
    const { facts } = pass("openai-chat", delta('"finish_reason":"stop","usage":{"prompt_tokens":9},"error":{}'));
    expect(facts.finish).toBeUndefined();
    expect(facts.usage).toBeUndefined();
    expect(facts.fault?.code).toBe("upstream_cut");
  });

  test("puts in a terminator that is missing after the finish reason", () => {
    expect(pass("openai-chat", FINISH).text).toBe(FINISH + DONE);
  });

  test("sees an error event", () => {
    const error = `data: ${JSON.stringify({ error: { message: "no", type: "server_error" } })}\n\n`;
    expect(pass("openai-chat", delta("a") + error).facts.fault).toBeDefined();
  });
});

describe("a tap of anthropic-messages", () => {
  test("leaves every byte and learns the same, however they are cut", () => {
    assert(
      property(array(nat()), (cuts) => {
        const { text, facts } = pass("anthropic-messages", CLAUDE + STOP, cuts);
        expect(text).toBe(CLAUDE + STOP);
        expect(facts.usage).toMatchObject({ inputTokens: 7, outputTokens: 5 });
        expect(facts.finish).toEqual({ unified: "length", raw: "max_tokens" });
        expect(facts.model).toBe("claude-1");
        expect(facts.fault).toBeUndefined();
      }),
    );
  });

  test("puts in a terminator that is missing after the stop reason", () => {
    expect(pass("anthropic-messages", CLAUDE).text).toBe(CLAUDE + STOP);
  });

  test("sees that the answer was cut", () => {
    expect(pass("anthropic-messages", CLAUDE.slice(0, CLAUDE.indexOf("event: message_delta"))).facts.fault?.code).toBe(
      "upstream_cut",
    );
  });
});
