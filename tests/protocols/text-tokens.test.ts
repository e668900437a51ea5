import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { countTokens as unsliced } from "gpt-tokenizer/encoding/o200k_base";
import { LIMIT, o200k, SLICE, tokensOf, type Encoder } from "#src/protocols/text-tokens.ts";

/** Takes a token to be four characters, and writes down what it is given. */
function counting(): Encoder & { readonly given: string[]; forgotten: number } {
  const given: string[] = [];
  return {
    given,
    forgotten: 0,
    count(text) {
      given.push(text);
      return text.length / 4;
    },
    forget() {
      this.forgotten += 1;
    },
  };
}

const now = async (): Promise<void> => {};
const MILLION = 1_000_000;

describe("the work is bounded", () => {
  const texts: readonly (readonly [name: string, texts: readonly string[]])[] = [
    ["a run of one letter", ["a".repeat(4 * MILLION)]],
    ["words", ["word ".repeat(MILLION)]],
    ["lines", ["\n".repeat(MILLION)]],
    ["a space here and there", [` ${"a".repeat(SLICE)}`.repeat(10_000)]],
    ["many short texts", Array.from({ length: MILLION }, () => "a")],
    ["emoji", ["😀".repeat(MILLION)]],
    ["just the limit", ["a".repeat(LIMIT)]],
  ];
  test.each(texts)("%s", async (_name, given) => {
    const encoder = counting();
    await tokensOf(given, encoder, now);
    expect(Math.max(...encoder.given.map((slice) => slice.length))).toBeLessThanOrEqual(SLICE);
    expect(encoder.given.reduce((sum, slice) => sum + slice.length, 0)).toBeWithin(1, LIMIT + 1000);
    expect(encoder.given.length).toBeLessThan(LIMIT / 10);
  });

  test("others get their turn in between", async () => {
    let pauses = 0;
    const encoder = counting();
    let before = 0;
    await tokensOf(["a".repeat(MILLION)], encoder, async () => {
      pauses += 1;
      expect(encoder.given.length - before).toBeLessThan(50);
      before = encoder.given.length;
    });
    expect(pauses).toBeWithin(10, 20);
  });

  test("by default they get it from the event loop", async () => {
    const encoder = counting();
    let countedBefore = -1;
    setTimeout(() => (countedBefore = encoder.given.length), 0);
    await tokensOf(["a".repeat(MILLION)], encoder);
    expect(countedBefore).toBeWithin(0, encoder.given.length);
  });

  test("nothing of the texts is remembered", async () => {
    const encoder = counting();
    await tokensOf(["a b"], encoder);
    expect(encoder.forgotten).toBe(1);
  });
});

describe("what is counted", () => {
  test("up to the limit, all of it and nothing twice", async () => {
    const encoder = counting();
    const texts = ["one two  three\n".repeat(500), "", "😀".repeat(1001), "x".repeat(999), "end"];
    await tokensOf(texts, encoder, now);
    expect(encoder.given.join("")).toBe(texts.join(""));
  });

  test("no slice begins with half a surrogate pair", async () => {
    const encoder = counting();
    await tokensOf([`a${"😀".repeat(1000)}`], encoder, now);
    for (const slice of encoder.given) expect(slice.isWellFormed()).toBeTrue();
  });

  test("above it, each text by its length", async () => {
    const encoder: Encoder = { count: (text) => text.length / (text.includes("a") ? 4 : 1), forget() {} };
    const texts = ["a".repeat(3 * MILLION), "b".repeat(MILLION)];
    expect(await tokensOf(texts, encoder, now)).toBeWithin(1_700_000, 1_800_000);
    const many = texts.flatMap((text) => text.match(/.{1,40}/g) ?? []);
    expect(await tokensOf(many, encoder, now)).toBeWithin(1_700_000, 1_800_000);
  });

  test("many texts of one character are about as many tokens", async () => {
    const count = (text: string): number => (text === "" ? 0 : 1);
    const texts = Array.from({ length: MILLION }, () => "x");
    expect(await tokensOf(texts, { count, forget() {} }, now)).toBeWithin(990_000, 1_010_000);
  });

  test("nothing is nothing", async () => {
    expect(await tokensOf([], counting())).toBe(0);
    expect(await tokensOf(["", ""], counting())).toBe(0);
  });
});

describe("the estimate is near the count of the whole text", () => {
  const prose = readFileSync(new URL("../../docs/conversion.md", import.meta.url), "utf8");
  const code = readFileSync(new URL("../../src/core/chat.ts", import.meta.url), "utf8");
  const lines = Array.from({ length: 3000 }, (_, line) => `${line},2026-01-01,item ${line * 7},${line * 13}.5`).join(
    "\n",
  );
  const texts: readonly (readonly [name: string, text: string, percent: number])[] = [
    ["prose", prose, 1],
    ["code", code, 1],
    ["a table", lines.slice(0, 90_000), 2],
    ["JSON without spaces", JSON.stringify(code.split(/\s+/)), 3],
    ["Chinese", "今天的天气很好我们一起去公园散步吧".repeat(100), 5],
    ["much prose", prose.repeat(20), 5],
    ["much code", code.repeat(30), 3],
    ["a run of letters", "a".repeat(5000), 5],
  ];
  test.each(texts)("%s", async (_name, text, percent) => {
    const whole = unsliced(text, { disallowedSpecial: new Set() });
    const estimate = await tokensOf([text], await o200k());
    expect(Math.abs(estimate / whole - 1) * 100).toBeLessThan(percent);
  });
});
