import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { SharedTimer } from "#src/core/shared-timer.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";

describe("timers that share one", () => {
  test("fire as those of the clock behind them do, whatever is called off in between", () => {
    const step = fc.oneof(
      fc.record({ wait: fc.integer({ min: 0, max: 100 }) }),
      fc.record({ off: fc.nat({ max: 20 }) }),
      fc.record({ advance: fc.integer({ min: 0, max: 60 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        expect(fired(steps, (clock) => new SharedTimer(clock))).toEqual(fired(steps, (clock) => clock));
      }),
    );
  });

  test("need one timer, and none when nothing is waited for", () => {
    const clock = new FakeClock();
    const shared = new SharedTimer(clock);
    const stops = [30, 10, 20].map((delay) => shared.after(delay, () => {}));
    expect(clock.pending).toBe(1);
    for (const stop of stops) stop();
    expect(clock.pending).toBe(0);
  });

  test("end together within a grain, never early", () => {
    const clock = new FakeClock();
    const shared = new SharedTimer(clock, 25);
    const told: string[] = [];
    for (const delay of [1, 24, 25, 26]) shared.after(delay, () => told.push(`${delay} at ${clock.monotonic()}`));
    clock.advance(100);
    expect(told).toEqual(["1 at 25", "24 at 25", "25 at 25", "26 at 50"]);
  });

  test("a wait that another of the same moment calls off does not fire, and one that throws holds none up", () => {
    const clock = new FakeClock();
    const shared = new SharedTimer(clock);
    const told: string[] = [];
    shared.after(10, () => off());
    const off = shared.after(10, () => told.push("called off"));
    shared.after(20, () => {
      throw new Error("broken");
    });
    shared.after(20, () => told.push("kept"));
    expect(() => clock.advance(50)).toThrow("broken");
    clock.advance(1);
    expect(told).toEqual(["kept"]);
  });

  test("a wait that begins when another ends is kept", () => {
    const clock = new FakeClock();
    const shared = new SharedTimer(clock);
    const told: number[] = [];
    shared.after(10, () => shared.after(10, () => told.push(clock.monotonic())));
    clock.advance(50);
    expect(told).toEqual([20]);
  });
});

type Step = { readonly wait: number } | { readonly off: number } | { readonly advance: number };

/** Which waits fired at what time; those of one moment in any order. */
function fired(steps: readonly Step[], timers: (clock: FakeClock) => Pick<FakeClock, "after">): string[] {
  const clock = new FakeClock();
  const timer = timers(clock);
  const told: string[] = [];
  const stops: (() => void)[] = [];
  for (const step of steps) {
    if ("advance" in step) clock.advance(step.advance);
    else if ("off" in step) stops[step.off]?.();
    else {
      const id = stops.length;
      stops.push(timer.after(step.wait, () => told.push(`${clock.monotonic()} ${id}`)));
    }
  }
  clock.advance(1000);
  return told.sort();
}
