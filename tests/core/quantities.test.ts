import { describe, expect, test } from "bun:test";
import { anything, assert, constantFrom, integer, property } from "fast-check";
import { LONGEST_DURATION, parseDuration, parseSize } from "#src/core/settings/quantities.ts";

describe("durations", () => {
  const cases: readonly (readonly [unknown, number | undefined])[] = [
    ["500ms", 500],
    ["30s", 30_000],
    ["1.5s", 1_500],
    ["2m", 120_000],
    ["1h30m", 5_400_000],
    ["1d", 86_400_000],
    ["250", 250],
    [250, 250],
    [0, 0],
    ["", undefined],
    ["30", 30],
    ["30 s", undefined],
    ["s", undefined],
    ["-1s", undefined],
    [-1, undefined],
    [Number.NaN, undefined],
    [Number.POSITIVE_INFINITY, undefined],
    ["25d", undefined],
    [LONGEST_DURATION + 1, undefined],
    [LONGEST_DURATION, LONGEST_DURATION],
    ["1m".repeat(30), undefined],
    [true, undefined],
    [["1s"], undefined],
  ];
  test.each(cases)("%p", (written, milliseconds) => expect(parseDuration(written)).toBe(milliseconds));

  test("every unit says the same of the same time", () => {
    const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
    assert(
      property(integer({ min: 0, max: 500 }), constantFrom("ms", "s", "m", "h"), (amount, unit) => {
        expect(parseDuration(`${amount}${unit}`)).toBe(amount * units[unit]);
        expect(parseDuration(amount * units[unit])).toBe(amount * units[unit]);
      }),
    );
  });
});

describe("sizes", () => {
  const cases: readonly (readonly [unknown, number | undefined])[] = [
    ["100MiB", 104_857_600],
    ["100Mi", 104_857_600],
    ["10MB", 10_000_000],
    ["10 mb", 10_000_000],
    ["1.5KiB", 1_536],
    ["7b", 7],
    ["7", 7],
    [7, 7],
    [7.5, undefined],
    ["1TB", undefined],
    ["1M", undefined],
    ["1constructor", undefined],
    ["-1KB", undefined],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    ["9007199254740993GB", undefined],
  ];
  test.each(cases)("%p", (written, bytes) => expect(parseSize(written)).toBe(bytes));

  test("written in any unit, an amount comes back", () => {
    const units = { B: 1, KB: 1e3, MB: 1e6, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };
    assert(
      property(
        integer({ min: 0, max: 100_000 }),
        constantFrom("B", "KB", "MB", "KiB", "MiB", "GiB"),
        (amount, unit) => {
          expect(parseSize(`${amount}${unit}`)).toBe(amount * units[unit]);
        },
      ),
    );
  });
});

test("neither throws, and both answer whole numbers in range", () => {
  assert(
    property(anything(), (value) => {
      for (const read of [parseDuration, parseSize]) {
        const result = read(value);
        expect(result === undefined || (Number.isSafeInteger(result) && result >= 0)).toBe(true);
      }
    }),
  );
});
