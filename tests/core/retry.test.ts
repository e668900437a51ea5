import { describe, expect, test } from "bun:test";
import { pause } from "#src/core/pause.ts";
import { Retry } from "#src/core/retry.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";

describe("retries", () => {
  test("the pauses grow to half a minute, and start anew after a success", () => {
    const retry = new Retry({ random: () => 0 });
    const pauses = Array.from({ length: 9 }, () => retry.next());
    expect(pauses).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    retry.reset();
    expect(retry.next()).toBe(500);
    expect(new Retry({ random: () => 0.999 }).next()).toBeGreaterThan(249);
  });

  test("a pause ends with its time or its signal, and leaves no timer", async () => {
    const clock = new FakeClock();
    const controller = new AbortController();
    const first = pause(clock, 100, controller.signal);
    clock.advance(100);
    await first;
    const second = pause(clock, 100, controller.signal);
    controller.abort();
    await second;
    await pause(clock, 100, controller.signal);
    expect(clock.pending).toBe(0);
  });
});
