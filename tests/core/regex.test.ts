import { describe, expect, test } from "bun:test";
import { assert, property, string } from "fast-check";
import { compileRegex, compileReplacement } from "#src/core/regex.ts";

describe("compileRegex", () => {
  test.each([
    ["(?i)abc", "ABC", true],
    ["(?is)a.b", "A\nB", true],
    ["a|b", "b", true],
    ["a|b", "ab", false],
    ["(?m)^a$", "a\na", false],
    ["(?P<x>a)(?<y>b)", "ab", true],
    ["\\Aab\\z", "ab", true],
    ["[[:alpha:]_]+", "a_B", true],
    ["[^[:digit:]]", "1", false],
    ["[]a]+", "]a", true],
    ["[a[]+", "[a", true],
    ["a{2}", "aa", true],
    ["{a}", "{a}", true],
    ["a{,2}", "a{,2}", true],
    ["a]", "a]", true],
    ["\\Qa.b\\E.", "a.bx", true],
    ["\\Qa.b\\E", "axb", false],
    ["\\x{1F600}", "😀", true],
    ["\\pL+", "aé", true],
    ["\\-\\_\\/\\.\\%", "-_/.%", true],
    ["[\\-\\]]+", "-]", true],
    ["/v\\d+/(?:a|b)", "/v1/b", true],
    [".", "😀", true],
  ])("%p against all of %p is %p", (source, text, matches) => {
    expect(compileRegex(source, "full").test(text)).toBe(matches);
  });

  test("searches when asked to", () => {
    expect(compileRegex("b", "search").test("abc")).toBeTrue();
    expect(compileRegex("^b", "search").test("abc")).toBeFalse();
  });

  test.each([
    ["a(?=b)", "look-ahead"],
    ["a(?!b)", "look-ahead"],
    ["(?<=a)b", "look-behind"],
    ["(?<!a)b", "look-behind"],
    ["(a)\\1", "back-references"],
    ["(?P<x>a)\\k<x>", "back-references"],
    ["(?P<x>a)(?P=x)", "back-references"],
    ["(?>a)", "atomic"],
    ["a(?i)b", "only at the beginning"],
    ["(?U)a", '"U"'],
    ["(a", "not valid"],
    ["[a", "not closed"],
    ["[[:nope:]]", "[:nope:]"],
    ["a\\", "backslash"],
    ["*a", "not valid"],
  ])("refuses %p", (source, why) => {
    expect(() => compileRegex(source, "full")).toThrow(SyntaxError);
    expect(() => compileRegex(source, "full")).toThrow(why);
    expect(() => compileRegex(source, "full")).toThrow(JSON.stringify(source));
  });

  test("quoted text matches itself and nothing shorter", () => {
    assert(
      property(string({ unit: "binary-ascii", minLength: 1 }), (text) => {
        if (text.includes("\\E")) return;
        const regex = compileRegex(`\\Q${text}\\E`, "full");
        expect(regex.test(text)).toBeTrue();
        expect(regex.test(text.slice(1))).toBeFalse();
      }),
    );
  });

  test("whatever the source, either a RegExp or a SyntaxError", () => {
    assert(
      property(string({ unit: "binary-ascii" }), (source) => {
        try {
          expect(compileRegex(source, "search")).toBeInstanceOf(RegExp);
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError);
        }
      }),
    );
  });
});

describe("compileReplacement", () => {
  test("replaces every match and fills the groups", () => {
    const replace = compileReplacement(compileRegex("/(\\w)(x)?", "search"), "<$1${2}$3>");
    expect(replace("/a/bx/c")).toBe("<a><bx><c>");
    expect(replace("none")).toBeUndefined();
  });
});
