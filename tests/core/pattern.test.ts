import { describe, expect, test } from "bun:test";
import { assert, constantFrom, dictionary, oneof, property, string } from "fast-check";
import { compileMapping, compilePatterns, indexPatterns } from "#src/core/pattern.ts";

describe("compileMapping", () => {
  const map = compileMapping({
    "*": "fallback",
    "~^gpt-(\\d+)": "family-$1",
    "~gpt": "any-gpt",
    "gpt-4*": "four",
    "gpt-4o*": "four-o",
    "gpt-4o-mini": "mini",
    "keep*": "",
  });

  test.each([
    ["gpt-4o-mini", "mini"],
    ["gpt-4o-mini-2024", "four-o"],
    ["gpt-4-turbo", "four"],
    ["gpt-3.5", "family-3.5"],
    ["x-gpt-y", "x-any-gpt-y"],
    ["claude", "fallback"],
    ["keep-me", "keep-me"],
    ["", "fallback"],
  ])("%p becomes %p", (name, target) => {
    expect(map(name)).toBe(target);
  });

  test("answers nothing when no pattern fits", () => {
    expect(compileMapping({ a: "b", "c*": "d" })("e")).toBeUndefined();
  });

  test("tries expressions in the order written", () => {
    expect(compileMapping({ "~a": "first", "~ab": "second" })("ab")).toBe("firstb");
    expect(compileMapping({ "~ab": "second", "~a": "first" })("ab")).toBe("second");
  });

  test("an expression that matches everything replaces it once", () => {
    expect(compileMapping({ "~.*": "one" })("abc")).toBe("one");
  });

  test("fills groups by number and name, and leaves other dollars alone", () => {
    const rename = compileMapping({ "~^(?P<vendor>\\w+)/(.+)$": "${vendor}:$2 $$1 $x" });
    expect(rename("openai/gpt")).toBe("openai:gpt $1 $x");
  });

  test("an inherited property is not a pattern", () => {
    expect(compileMapping({})("constructor")).toBeUndefined();
    expect(compileMapping({})("__proto__")).toBeUndefined();
  });

  test("a star inside or in front stands for itself", () => {
    const map = compileMapping({ "*a": "front", "a*b": "inside" });
    expect(map("*a")).toBe("front");
    expect(map("a*b")).toBe("inside");
    expect(map("xa")).toBeUndefined();
  });

  test("names the expression that is not valid", () => {
    expect(() => compileMapping({ "~(?=x)": "y" })).toThrow('"(?=x)"');
  });
});

describe("compilePatterns", () => {
  test("is true when one fits", () => {
    const fits = compilePatterns(["gpt-*", "claude", "~^o[134]"]);
    expect(["gpt-", "gpt-5", "claude", "o3-mini"].map(fits)).toEqual([true, true, true, true]);
    expect(["gpt", "claude-3", "xo3", ""].map(fits)).toEqual([false, false, false, false]);
  });

  test("an empty list fits nothing", () => {
    expect(compilePatterns([])("")).toBeFalse();
  });
});

test("the index finds what trying every pattern finds", () => {
  const text = string({ unit: constantFrom("a", "b", "c"), maxLength: 4 });
  const pattern = oneof(
    text.map((value) => (value === "" ? "a" : value)),
    text.map((value) => `${value}*`),
  );
  assert(
    property(dictionary(pattern, text), text, (mapping, name) => {
      const fitting = Object.keys(mapping)
        .filter((key) => (key.endsWith("*") ? name.startsWith(key.slice(0, -1)) : key === name))
        .sort((a, b) => Number(a.endsWith("*")) - Number(b.endsWith("*")) || b.length - a.length);
      const best = fitting[0];
      expect(indexPatterns(Object.entries(mapping))(name)?.value).toBe(best === undefined ? undefined : mapping[best]);
    }),
  );
});
