import { expect, test } from "bun:test";
import { assert, nat, property, string } from "fast-check";
import { fromBytes, spanOf, toBytes } from "#src/protocols/text-spans.ts";

test("a passage is the same in code units and in bytes", () => {
  assert(
    property(string({ unit: "grapheme" }), nat(), nat(), (text, one, other) => {
      const points = Array.from(text);
      const [start, end] = [one % (points.length + 1), other % (points.length + 1)].sort((a, b) => a - b);
      const units = { start: points.slice(0, start).join("").length, end: points.slice(0, end).join("").length };
      const bytes = toBytes(units, text);
      const said = new TextEncoder().encode(text).subarray(bytes?.start, bytes?.end);
      expect(new TextDecoder("utf-8", { ignoreBOM: true }).decode(said)).toBe(text.slice(units.start, units.end));
      expect(bytes === undefined ? undefined : fromBytes(bytes, text)).toEqual(units);
    }),
  );
});

test("what is no passage is none", () => {
  expect(spanOf(3, 2)).toBeUndefined();
  expect(spanOf(-1, 2)).toBeUndefined();
  expect(spanOf(0.5, 2)).toBeUndefined();
  expect(spanOf(null, 2)).toBeUndefined();
  expect(spanOf(0, 0)).toEqual({ start: 0, end: 0 });
  expect(fromBytes({ start: 0, end: 4 }, "äa")).toBeUndefined();
  expect(toBytes({ start: 0, end: 3 }, "äa")).toBeUndefined();
});
