import { expect, test } from "bun:test";
import { BackOff } from "#mcp/linked/back-off.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";

test("waits double from the second failure on, up to their limit, and begin anew after a long life", () => {
  const clock = new FakeClock();
  const backOff = new BackOff({ initialDelay: 100, maxDelay: 500, resetAfter: 10_000 }, clock);
  const waits = [0, 0, 0, 0, 0, 0].map(() => {
    backOff.failed(50);
    return backOff.wait;
  });
  expect(waits).toEqual([0, 100, 200, 400, 500, 500]);
  clock.advance(499);
  expect(backOff.wait).toBe(1);
  clock.advance(1);
  expect(backOff.wait).toBe(0);
  backOff.failed(10_000);
  expect(backOff.wait).toBe(0);
  backOff.failed(0);
  expect(backOff.wait).toBe(100);
});
