import { describe, expect, test } from "bun:test";
import { type ModelTraits, modelTraits } from "#src/protocols/anthropic-messages/model-traits.ts";

/** The names of the traits a model has, in the order of the table below. */
function has(model: string): string {
  const traits = modelTraits(model);
  const names: [keyof ModelTraits, string][] = [
    ["adaptive", "a"],
    ["budget", "b"],
    ["disable", "d"],
    ["sampling", "s"],
    ["effort", "e"],
    ["xhigh", "x"],
    ["laterSystem", "l"],
  ];
  return names.map(([key, letter]) => (traits[key] ? letter : "-")).join("");
}

describe("modelTraits", () => {
  test.each([
    ["claude-3-7-sonnet-20250219", "-bds---"],
    ["claude-3-5-haiku-latest", "-bds---"],
    ["claude-opus-4-20250514", "-bds---"],
    ["claude-opus-4-1", "-bds---"],
    ["claude-sonnet-4-5-20250929", "-bds---"],
    ["anthropic.claude-haiku-4-5-20251001-v1:0", "-bds---"],
    ["claude-opus-4-5-20251101", "-bdse--"],
    ["claude-opus-4.5", "-bdse--"],
    ["claude-sonnet-4-6", "abdse--"],
    ["claude-opus-4-6", "abdse--"],
    ["claude-opus-4-7", "a-d-ex-"],
    ["anthropic/claude-opus-4-8", "a-d-exl"],
    ["claude-sonnet-5", "a-d-exl"],
    ["claude-opus-5-5", "a-d-exl"],
    ["claude-fable-5-2", "a---exl"],
    ["claude-mythos-5", "a---exl"],
    ["claude-mythos-preview", "a---ex-"],
    ["claude-opus-9", "a-d-exl"],
    ["my-claude", "-bds-x-"],
    ["deepseek-chat", "-bds-x-"],
  ])("%s", (model, traits) => {
    expect(has(model)).toBe(traits);
  });

  test("Claude is known by its name", () => {
    expect(modelTraits("my-claude").claude).toBe(true);
    expect(modelTraits("deepseek-chat").claude).toBe(false);
  });
});
