import { expect, test } from "bun:test";
import { Fault } from "#src/core/fault.ts";
import { retryAfterOf } from "#src/protocols/retry-after.ts";

const DATE = "Sun, 06 Nov 1994 08:49:37 GMT";

test.each([
  ["17", 17],
  ["1.5", 1.5],
  ["0", 0],
  ["Sun, 06 Nov 1994 08:50:37 GMT", 60],
  ["Sunday, 06-Nov-94 08:50:37 GMT", 60],
  ["Sun Nov  6 08:50:37 1994 GMT", 60],
  ["Sat, 05 Nov 1994 08:49:37 GMT", 0],
  ["-5", undefined],
  ["-2026", undefined],
  ["soon 1", undefined],
  ["NaN", undefined],
  ["Infinity", undefined],
  ["", undefined],
] as const)("retry-after: %p is %p", (value, expected) => {
  expect(retryAfterOf(new Headers({ "retry-after": value, date: DATE }))).toBe(expected);
});

test.each([
  [17, 17],
  [0, 0],
  [86_400, 86_400],
  [86_401, 86_400],
  [Number.POSITIVE_INFINITY, 86_400],
  [-1, undefined],
  [Number.NaN, undefined],
] as const)("a fault's wait of %p s is %p", (retryAfter, expected) => {
  expect(new Fault("upstream_error", "no", { retryAfter }).retryAfter).toBe(expected);
});
