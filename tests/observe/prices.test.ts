import { describe, expect, test } from "bun:test";
import { assert, double, integer, property, record as recordOf, string } from "fast-check";
import { createPrices } from "#src/observe/prices.ts";

// Dollars for a million tokens, from the vendors' price lists: openai.com/api/pricing, claude.com/pricing, ai.google.dev/pricing.
const M = 1_000_000;
const prices = createPrices();

describe("published prices", () => {
  test.each([
    ["openai", "gpt-4o", { inputTokens: 1000, outputTokens: 100 }, (1000 * 2.5 + 100 * 10) / M],
    ["openai", "gpt-4o-2024-08-06", { inputTokens: 1000, outputTokens: 100 }, (1000 * 2.5 + 100 * 10) / M],
    ["openai", "gpt-4o", { inputTokens: 1000, cachedInputTokens: 400, outputTokens: 0 }, (600 * 2.5 + 400 * 1.25) / M],
    [
      "anthropic",
      "claude-sonnet-4-5",
      { inputTokens: 1000, cachedInputTokens: 300, cacheWriteTokens: 200, outputTokens: 10 },
      (500 * 3 + 300 * 0.3 + 200 * 3.75 + 10 * 15) / M,
    ],
    [
      "anthropic",
      "claude-sonnet-4-5",
      { inputTokens: 1000, cacheWriteTokens: 200, cacheWrite1hTokens: 150, outputTokens: 0 },
      (800 * 3 + 50 * 3.75 + 150 * 6) / M,
    ],
    // Beyond 200,000 tokens of input everything costs more.
    ["anthropic", "claude-sonnet-4-5", { inputTokens: 200_000, outputTokens: 10 }, (200_000 * 3 + 10 * 15) / M],
    ["anthropic", "claude-sonnet-4-5", { inputTokens: 200_001, outputTokens: 10 }, (200_001 * 6 + 10 * 22.5) / M],
    ["gcp.gemini", "gemini-2.5-flash", { inputTokens: 100, outputTokens: 50, reasoningTokens: 40 }, (30 + 125) / M],
    ["gcp.vertex_ai", "claude-sonnet-4-5@20250929", { inputTokens: 100, outputTokens: 10 }, (300 + 150) / M],
    ["groq", "llama-3.3-70b-versatile", { inputTokens: 1000, outputTokens: 100 }, (590 + 79) / M],
    ["openai", "text-embedding-3-small", { inputTokens: 1000, outputTokens: 0 }, 0.00002],
    ["openai", "gpt-4o", { inputTokens: 0, outputTokens: 0 }, 0],
  ])("%s %s %j costs %p", (vendor, model, usage, dollars) => {
    expect(prices.cost(vendor, model, usage)).toBeCloseTo(dollars, 12);
  });

  test.each([
    ["openai", "a-model-nobody-made"],
    ["openai", ""],
    ["a-vendor-nobody-knows", "gpt-4o"],
    // The package would take these for openai and mistral.
    ["my-openai", "gpt-4o"],
    ["mistral.rs", "mistral-large-latest"],
    ["vllm", "gpt-4o"],
    ["constructor", "gpt-4o"],
  ])("%s %s has no price, which is not the price zero", (vendor, model) => {
    expect(prices.cost(vendor, model, { inputTokens: 1000, outputTokens: 100 })).toBeUndefined();
    expect(prices.contextWindow(vendor, model)).toBeUndefined();
  });

  test("what has no price of its own leaves the whole without one", () => {
    expect(prices.cost("openai", "text-embedding-3-small", { inputTokens: 1000, outputTokens: 1 })).toBeUndefined();
  });

  test("context windows", () => {
    expect(prices.contextWindow("openai", "gpt-4o")).toBe(128_000);
    expect(prices.contextWindow("gcp.gemini", "gemini-2.5-flash")).toBe(1_048_576);
  });

  test("a price that changes with the time of day is looked up anew", () => {
    let now = Date.UTC(2025, 5, 1, 17, 0);
    const moving = createPrices(undefined, () => now);
    const usage = { inputTokens: M, outputTokens: 0 };
    const night = moving.cost("deepseek", "deepseek-chat", usage);
    now = Date.UTC(2025, 5, 1, 12, 0);
    now += 24 * 3_600_000;
    const day = moving.cost("deepseek", "deepseek-chat", usage);
    expect([night, day]).toEqual([0.135, 0.27]);
  });
});

describe("one's own prices", () => {
  const usage = { inputTokens: 1000, cachedInputTokens: 100, cacheWriteTokens: 10, outputTokens: 10 };
  const table = {
    "gpt-4o": { input: 1, output: 2 },
    "gpt-*": { input: 5, output: 5, cachedInput: 1, cacheWrite: 7 },
    "vllm/*": { input: 0, output: 0 },
    "azure/gpt-4o": { input: 9, output: 9 },
    "mine/gpt-4o": { input: 3, output: 3, contextWindow: 1000 },
    "claude-haiku-4-5": { contextWindow: 500 },
  };
  const own = createPrices(() => table);

  test.each([
    ["openai", "gpt-4o", (1000 + 20) / M],
    ["openai", "gpt-4.1", (890 * 5 + 100 + 70 + 50) / M],
    ["vllm", "llama", 0],
    // The exact name counts more than the vendor's pattern.
    ["vllm", "gpt-4o", (1000 + 20) / M],
    ["azure", "gpt-4o", (9000 + 90) / M],
    ["a-vendor-nobody-knows", "gpt-9", (890 * 5 + 100 + 70 + 50) / M],
  ])("%s %s costs %p", (vendor, model, dollars) => {
    expect(own.cost(vendor, model, usage)).toBeCloseTo(dollars, 12);
  });

  test("leave the published ones of other models, and all context windows", () => {
    expect(own.cost("anthropic", "claude-sonnet-4-5", { inputTokens: M / 10, outputTokens: 0 })).toBe(0.3);
    expect(own.contextWindow("openai", "gpt-4o")).toBe(128_000);
  });

  test("are those of one configured provider when its id stands before the model", () => {
    expect(own.cost("openai", "gpt-4o", usage, "mine")).toBeCloseTo((3000 + 30) / M, 12);
    expect(own.cost("openai", "gpt-4o", usage, "other")).toBeCloseTo((1000 + 20) / M, 12);
    expect(own.contextWindow("openai", "gpt-4o", "mine")).toBe(1000);
  });

  test("a context window alone leaves the price", () => {
    expect(own.contextWindow("anthropic", "claude-haiku-4-5")).toBe(500);
    expect(own.cost("anthropic", "claude-haiku-4-5", { inputTokens: M / 10, outputTokens: 0 })).toBe(0.1);
  });

  test("follow a reload", () => {
    let written = { m: { input: 1, output: 1 } };
    const live = createPrices(() => written);
    const cost = () => live.cost("vllm", "m", { inputTokens: M, outputTokens: 0 });
    expect(cost()).toBe(1);
    written = { m: { input: 2, output: 1 } };
    expect(cost()).toBe(2);
  });

  test("a pattern that is none is refused", () => {
    const bad = createPrices(() => ({ "~(": { input: 1, output: 1 } }));
    expect(() => bad.cost("openai", "m", usage)).toThrow(SyntaxError);
  });
});

test("whatever a vendor counts, a cost is a number from zero up or nothing", () => {
  const count = integer({ min: 0, max: 2 ** 40 });
  const usage = recordOf(
    {
      inputTokens: count,
      outputTokens: count,
      cachedInputTokens: count,
      cacheWriteTokens: count,
      cacheWrite1hTokens: count,
      reasoningTokens: double(),
    },
    { requiredKeys: ["inputTokens", "outputTokens"] },
  );
  assert(
    property(string(), usage, (word, counted) => {
      for (const model of ["claude-sonnet-4-5", "claude-3-haiku", word]) {
        const cost = prices.cost("anthropic", model, counted);
        if (cost !== undefined) expect(cost).toBeGreaterThanOrEqual(0);
      }
    }),
  );
});
