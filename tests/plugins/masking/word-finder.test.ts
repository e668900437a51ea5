import { describe, expect, test } from "bun:test";
import { array, assert, constantFrom, property, string } from "fast-check";
import { WordFinder } from "#plugins/masking/word-finder.ts";
import { cutTexts } from "./cut.ts";

describe("find", () => {
  test.each([
    [["bad"], "a bad word", "bad"],
    [["bad"], "badly said", undefined],
    [["bad"], "so bad", "bad"],
    [["bad"], "bad", "bad"],
    [["bad"], "not-bad!", "bad"],
    [["bad"], "forbad 1bad bad1 é bad\u0301", undefined],
    [["bad word"], "this bad word", "bad word"],
    [["敏感"], "这是敏感词", "敏感"],
    [["敏感"], "敏 感", undefined],
    [["a敏"], "xa敏", undefined],
    [["a敏"], "你a敏你", "a敏"],
    [["사과"], "사과를", "사과"],
    [["sk-"], "key sk-123", "sk-"],
    [["he", "she", "hers"], "ushers", undefined],
    [["he", "she", "hers"], "hers", "hers"],
    [["а"], "да", undefined],
    [["😀"], "x😀y", "😀"],
    [[""], "anything", undefined],
    [[], "anything", undefined],
  ] as const)("%j in %p is %p", (words, text, found) => {
    expect(new WordFinder(words).find(text)).toBe(found);
  });
});

const letters = constantFrom("a", "b", "1", " ", "中", "文", "-");
const words = array(string({ unit: letters, minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 5 });

/** Where a word stands in a text, by trying each place. */
function placesOf(word: string, text: string): readonly number[] {
  const letter = (character: string | undefined): boolean => /^[ab1]$/.test(character ?? "");
  return Array.from(text, (_, at) => at).filter((at) => {
    const begins = !letter(word[0]) || !letter(text[at - 1]);
    const ends = !letter(word.at(-1)) || !letter(text[at + word.length]);
    return text.startsWith(word, at) && begins && ends;
  });
}

describe("a text in pieces", () => {
  test("has the words that trying each place finds, wherever it is cut", () => {
    assert(
      property(words, cutTexts(string({ unit: letters, maxLength: 30 })), (list, [text, pieces]) => {
        const scan = new WordFinder(list).scan();
        const given = pieces.map((piece) => scan.push(piece)).join("") + scan.end();
        const whole = new WordFinder(list).scan();
        expect(whole.push(text) + whole.end()).toBe(given);
        const ends = list.flatMap((word) => placesOf(word, text).map((at) => at + word.length));
        expect(scan.found === undefined).toBe(ends.length === 0);
        if (scan.found === undefined) expect(given).toBe(text);
        else {
          expect(placesOf(scan.found, text)).not.toBeEmpty();
          expect(text.startsWith(given + scan.found)).toBeTrue();
          expect(Math.min(...ends)).toBe(given.length + scan.found.length);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("is given up to what may begin a word", () => {
    const scan = new WordFinder(["secret plan"]).scan();
    expect(scan.push("the sec")).toBe("the ");
    expect(scan.push("retary's secret")).toBe("secretary's ");
    expect(scan.push(" plan")).toBe("");
    expect(scan.found).toBeUndefined();
    expect(scan.push("e")).toBe("secret plane");
    expect(scan.end()).toBe("");
  });

  test("goes on behind an end", () => {
    const scan = new WordFinder(["abc", "x"]).scan();
    expect(scan.push("zab") + scan.end() + scan.push("q")).toBe("zabq");
    expect(scan.found).toBeUndefined();
  });
});

test("time does not grow with the number of words", () => {
  const many = new WordFinder(Array.from({ length: 20_000 }, (_, at) => `word${at}`));
  expect(many.find("word ".repeat(100_000))).toBeUndefined();
  expect(new WordFinder(["a".repeat(200)]).find(`${"a".repeat(199)} `.repeat(2000))).toBeUndefined();
});
