import { describe, expect, test } from "bun:test";
import { separatorsOf, windowsOf } from "#src/core/match-windows.ts";

describe("separatorsOf", () => {
  test.each([
    ["\\d{8,11}", ' "'],
    ["sk-[0-9a-zA-Z]*", ' "'],
    ["(?:a|b)+\\.(?P<x>c)\\b", ' "'],
    ["\\S+", " "],
    ["[!-~]x", " "],
    ['"\\w+"', " "],
    ["a b", ""],
    ["[^a]", ""],
    ["a.b", ""],
    ["^a", ""],
    ["a$", ""],
    ["a\\s", ""],
    ["\\x20", ""],
    ["[\u0001-z]", ""],
    ["[ -~]", ""],
    ["[[:space:]]", ""],
    ["(?s:a)", ' "'],
    ["\\Qa b\\E", ""],
    ["\\pZ", ""],
  ])("%p: %p", (source, separators) => {
    const found = Array.from(' "').filter((character) => separatorsOf(source)?.[Symbol.match](character) != null);
    expect(found.join("")).toBe(separators);
  });
});

test("only parts with a match are given, and no part is looked at whole again", () => {
  const words = Array.from({ length: 2000 }, (_, at) => `word${at}`);
  const text = words.join(" ");
  let looked = 0;
  const windows = Array.from(
    windowsOf(text, / /g, (part) => {
      looked += part.length;
      return part.includes("word1234");
    }),
  );
  expect(windows).toHaveLength(1);
  const [[offset, part] = [0, ""]] = windows;
  expect(part.length).toBeLessThanOrEqual(256);
  expect(text.slice(offset, offset + part.length)).toBe(part);
  expect(looked).toBeLessThan(3 * text.length);
});

test("a text without a separator is one part", () => {
  const text = "x".repeat(1000);
  expect(Array.from(windowsOf(text, / /g, () => true))).toEqual([[0, text]]);
});

test("an expression of many groups is read in one go", () => {
  expect(separatorsOf(`${"(?:a|".repeat(200)} ${")".repeat(200)}`)).toBeUndefined();
});
