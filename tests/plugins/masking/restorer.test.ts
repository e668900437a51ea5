import { describe, expect, test } from "bun:test";
import { assert, constantFrom, dictionary, property, string } from "fast-check";
import { Restorer } from "#plugins/masking/restorer.ts";
import { cutTexts } from "./cut.ts";

describe("restore", () => {
  test.each([
    [{ "****@a.com": "joe@a.com" }, "to ****@a.com now", "to joe@a.com now"],
    [{ "**": "1", "****": "2" }, "**-****-***-*****", "1-2-1*-2*"],
    [{ abc: "x", ab: "y" }, "abab abd abc ab", "yy yd x y"],
    [{ "😀": "joy" }, "😀😎", "joy😎"],
    [{ a: "aa" }, "aba", "aabaa"],
    [{}, "as it is", "as it is"],
  ])("%j in %p", (masks, text, restored) => {
    expect(new Restorer(Object.entries(masks)).restore(text)).toBe(restored);
  });
});

const unit = constantFrom("*", "a", "@", "😀");
const masks = dictionary(
  string({ unit, minLength: 1, maxLength: 4 }),
  string({ unit: constantFrom("<", ">"), maxLength: 2 }),
  {
    maxKeys: 4,
  },
);

/** At each place the longest mask, by trying them all. */
function restored(text: string, pairs: Readonly<Record<string, string>>): string {
  let out = "";
  for (let at = 0; at < text.length;) {
    const [mask] = Object.keys(pairs)
      .filter((one) => text.startsWith(one, at))
      .toSorted((a, b) => b.length - a.length);
    out += mask === undefined ? text.charAt(at) : pairs[mask];
    at += mask?.length ?? 1;
  }
  return out;
}

describe("a text in pieces", () => {
  test("is the same however it is cut", () => {
    assert(
      property(masks, cutTexts(string({ unit, maxLength: 30 })), (pairs, [text, pieces]) => {
        const restorer = new Restorer(Object.entries(pairs));
        const scan = restorer.scan();
        expect(pieces.map((piece) => scan.push(piece)).join("") + scan.end()).toBe(restored(text, pairs));
        expect(restorer.restore(text)).toBe(restored(text, pairs));
      }),
      { numRuns: 500 },
    );
  });

  test("holds back what may be the beginning of a mask, and nothing else", () => {
    const scan = new Restorer([["***.***", "10.1"]]).scan();
    expect(scan.push("from ***.")).toBe("from ");
    expect(scan.push("**")).toBe("");
    expect(scan.push("x")).toBe("***.**x");
    expect(scan.push("***.***,")).toBe("10.1,");
    expect(scan.push("**")).toBe("");
    expect(scan.end()).toBe("**");
  });

  test("one is written as its place wants it", () => {
    const scan = new Restorer([["#", 'a"b']]).scan((original) => JSON.stringify(original).slice(1, -1));
    expect(scan.push('{"x":"#"}')).toBe('{"x":"a\\"b"}');
  });
});

test("takes as long for one text as for many of its pieces together", () => {
  const scan = new Restorer([["*".repeat(50), "x"]]).scan();
  let length = 0;
  for (let at = 0; at < 20_000; at++) length += scan.push("*".repeat(7)).length;
  expect(length + scan.end().length).toBe(2800);
});
