import { expect, test } from "bun:test";
import fc from "fast-check";
import { isDeeperThan, type Json } from "#src/core/json.ts";

/** Lists within each other. */
function nested(depth: number): Json {
  let value: Json = 1;
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value, "x"] : { a: null, b: value };
  return value;
}

test("depth is that of the deepest list or object", () => {
  expect(isDeeperThan(0, "text")).toBe(false);
  expect(isDeeperThan(0, {})).toBe(true);
  fc.assert(
    fc.property(fc.nat(60), fc.nat(60), (depth, limit) => {
      expect(isDeeperThan(limit, nested(depth))).toBe(depth > limit);
    }),
  );
});

test("depth is found where recursion has no stack left", () => {
  expect(isDeeperThan(1_000_000, nested(200_000))).toBe(false);
});
