import { describe, expect, test } from "bun:test";
import { type Arbitrary, array, assert, asyncProperty, constantFrom, oneof, string, tuple } from "fast-check";
import { compileLinear } from "#src/core/linear-regex.ts";

async function refusal(source: string, flags?: string): Promise<string> {
  const error = await compileLinear(source, flags).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SyntaxError);
  return error instanceof Error ? error.message : "";
}

describe("compileLinear", () => {
  test.each([
    ["b", "abc", true],
    ["^b", "abc", false],
    ["(?i)ABC", "xabcx", true],
    ["\\pL{2}", "1é中", true],
    ["[[:upper:]]", "abc", false],
    ["(?U)a+", "aa", true],
  ])("%p somewhere in %p is %p", async (source, text, matches) => {
    expect((await compileLinear(source)).test(text)).toBe(matches);
  });

  test("tells where it matched, and the groups", async () => {
    const regex = await compileLinear("(?P<user>\\w+)@(?<host>\\w+)(:\\d+)?");
    expect(regex.exec("to 😀joe@example now")).toEqual({
      index: 5,
      end: 16,
      groups: ["joe@example", "joe", "example", undefined],
      named: { user: "joe", host: "example" },
    });
    expect(regex.exec("nobody")).toBeUndefined();
  });

  test("takes flags", async () => {
    const regex = await compileLinear("^a.b$", "ims");
    expect(regex.test("x\nA\nB\nx")).toBeTrue();
    expect((await compileLinear("^a.b$")).test("x\nA\nB\nx")).toBeFalse();
  });

  test.each([
    ["a(?=b)", "(?="],
    ["(a)\\1", "\\1"],
    ["(a", "missing closing )"],
    ["[a", "missing closing ]"],
    ["a**", "invalid nested repetition"],
    ["a{1001}", "invalid repeat count"],
    ["[[:nope:]]", "[:nope:]"],
  ])("refuses %p", async (source, why) => {
    const message = await refusal(source);
    expect(message).toStartWith(`The regular expression ${JSON.stringify(source)} is not valid: `);
    expect(message).toContain(why);
  });

  test("refuses flags it does not have", async () => {
    expect(await refusal("a", "ig")).toContain('the flag "g" is not supported; i, m and s are');
  });
});

describe("replace", () => {
  test.each([
    ["(\\w)(x)?", "/a/bx", "<$1${2}$3>", "/<a>/<bx>"],
    ["(?P<first>a)(b)", "ab-ab", "${first}2$$ $0", "a2$ ab-a2$ ab"],
    // The longest name counts, as in Go: `$1x` is the group named `1x`.
    ["(a)", "a", "[$1x]", "[]"],
    ["a*", "baac", "-", "-b-c-"],
    [".*", "abc", "x", "x"],
    ["z", "abc", "x", "abc"],
  ])("%p in %p by %p", async (source, text, template, expected) => {
    expect((await compileLinear(source)).replace(text, template)).toBe(expected);
  });

  test("asks a function for each match", async () => {
    const regex = await compileLinear("\\d+");
    expect(regex.replace("a1b22", ({ groups, index }) => `${index}:${groups[0].length}`)).toBe("a1:1b3:2");
  });
});

/** Expressions that mean the same to both engines: nothing empty is repeated, and no group is. */
const repeated = tuple(
  constantFrom("a", "b", "1", "[ab]", "[^a]", "\\d", "\\w", "\\W", "(?:ab|b)", "(?:a|b1)", "\\."),
  constantFrom("", "*", "+", "?", "{2}", "{1,2}", "*?", "+?", "??", "{0,2}?"),
).map((both) => both.join(""));
const place = constantFrom("^", "$", "\\b", "\\B");
const sources = alternatives(
  oneof({ arbitrary: repeated, weight: 4 }, place, group(alternatives(oneof(repeated, group(alternatives(repeated)))))),
);

function alternatives(piece: Arbitrary<string>): Arbitrary<string> {
  const row = array(piece, { maxLength: 4 }).map((pieces) => pieces.join(""));
  return array(row, { minLength: 1, maxLength: 3 }).map((rows) => rows.join("|"));
}

function group(inner: Arbitrary<string>): Arbitrary<string> {
  return inner.map((source) => `(${source})`);
}

const texts = string({ unit: constantFrom("a", "b", "1", " ", ".", "\n", "é", "😀"), maxLength: 12 });

describe("beside JavaScript's engine", () => {
  test("finds the same", async () => {
    await assert(
      asyncProperty(sources, texts, constantFrom("", "i", "m"), async (source, text, flags) => {
        const linear = await compileLinear(source, flags);
        const native = new RegExp(source, `${flags}u`);
        const first = native.exec(text);
        expect(linear.test(text)).toBe(first !== null);
        expect(Array.from(linear.exec(text)?.groups ?? [])).toEqual(Array.from(first ?? []));
        let end = -1;
        const all = [...text.matchAll(new RegExp(native, `${native.flags}g`))].filter((match) => {
          const kept = match[0] !== "" || match.index !== end;
          end = match.index + match[0].length;
          return kept;
        });
        expect(
          Array.from(linear.matchAll(text), ({ index, groups }) => ({ index, groups: Array.from(groups) })),
        ).toEqual(all.map((match) => ({ index: match.index, groups: Array.from(match) })));
      }),
      { numRuns: 300 },
    );
  });

  test("finds the same in long texts, which are looked at in parts", async () => {
    const long = array(
      oneof({ arbitrary: constantFrom("ab", "b1", "a.b", "é"), weight: 3 }, constantFrom(" ", "\n", '"', " a b ")),
      {
        minLength: 300,
        maxLength: 500,
      },
    ).map((pieces) => pieces.join(""));
    await assert(
      asyncProperty(sources, long, async (source, text) => {
        const linear = Array.from((await compileLinear(source)).matchAll(text), ({ index, groups }) => ({
          index,
          groups: Array.from(groups),
        }));
        let end = -1;
        const native = Array.from(text.matchAll(new RegExp(source, "ug"))).filter((match) => {
          const kept = match[0] !== "" || match.index !== end;
          end = match.index + match[0].length;
          return kept;
        });
        expect(linear).toEqual(native.map((match) => ({ index: match.index, groups: Array.from(match) })));
      }),
      { numRuns: 100 },
    );
  });

  test("whatever the source, either an expression or a SyntaxError", async () => {
    await assert(
      asyncProperty(
        string({ unit: constantFrom(...Array.from("ab()[]{}\\*+?|^$-,:P<>1iu")) }),
        texts,
        async (source, text) => {
          try {
            expect((await compileLinear(source)).replace(text, (match) => match.groups[0])).toBe(text);
          } catch (error) {
            expect(error).toBeInstanceOf(SyntaxError);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("what would hang a backtracking engine", () => {
  test.each([["(a+)+$"], ["^(a|a)*$"], ["(a|aa)+$"], ["^(([a-z])+.)+[A-Z]([a-z])+$"], ["(.*a){12}$"]])(
    "%p on a hundred thousand characters ends",
    async (source) => {
      const regex = await compileLinear(source);
      const text = `${"a".repeat(100_000)}!`;
      expect(regex.test(text)).toBeFalse();
      expect(regex.exec(text)).toBeUndefined();
    },
  );

  test("gives up finding all matches when each reads the whole text", async () => {
    let searches = 0;
    const regex = await compileLinear(".*y|x", "", { budget: 10, now: () => searches++ });
    expect(() => regex.replace("x".repeat(1000), "-")).toThrow("takes too long on a text of 1000 characters");
    expect(searches).toBeLessThan(30);
  });
});
