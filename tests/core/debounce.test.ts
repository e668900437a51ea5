import { describe, expect, test } from "bun:test";
import { array, assert, integer, property } from "fast-check";
import { Debounce } from "#src/core/debounce.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";

const QUIET = 10;
const LONGEST = 100;

/** A debounce whose `told` are the times at which it told. */
function started(): { readonly clock: FakeClock; readonly told: number[]; readonly debounce: Debounce } {
  const clock = new FakeClock();
  const told: number[] = [];
  const debounce = new Debounce(() => void told.push(clock.monotonic()), { clock, quiet: QUIET, longest: LONGEST });
  return { clock, told, debounce };
}

describe("a debounce", () => {
  test("tells the first change at the end of the turn, and what came in that turn with it", () => {
    const { clock, told, debounce } = started();
    debounce.touch();
    debounce.touch();
    expect(told).toEqual([]);
    clock.advance(0);
    expect(told).toEqual([0]);
    clock.advance(1000);
    expect(told).toEqual([0]);
  });

  test("gathers what follows closely until it is quiet", () => {
    const { clock, told, debounce } = started();
    for (let at = 0; at < 30; at += 6) {
      debounce.touch();
      clock.advance(6);
    }
    clock.advance(100);
    expect(told).toEqual([0, 24 + QUIET]);
  });

  test("a burst without an end is told all the same", () => {
    const { clock, told, debounce } = started();
    for (let at = 0; at < 250; at += 5) {
      debounce.touch();
      clock.advance(5);
    }
    expect(told).toEqual([0, 5 + LONGEST, 5 + 2 * LONGEST]);
  });

  test("tells of what changes while it tells, after it, and never twice at a time", async () => {
    const clock = new FakeClock();
    const ends: (() => void)[] = [];
    const debounce = new Debounce(() => new Promise<void>((resolve) => ends.push(resolve)), { clock, quiet: QUIET });
    debounce.touch();
    clock.advance(0);
    debounce.touch();
    clock.advance(1000);
    expect(ends).toHaveLength(1);
    ends[0]?.();
    await Promise.resolve().then(() => {});
    clock.advance(0);
    expect(ends).toHaveLength(2);
    ends[1]?.();
  });

  test("a change made by what is told is told as well", () => {
    const clock = new FakeClock();
    let told = 0;
    const debounce = new Debounce(
      () => {
        told++;
        if (told === 1) debounce.touch();
      },
      { clock, quiet: QUIET },
    );
    debounce.touch();
    clock.advance(QUIET);
    expect(told).toBe(2);
  });

  test("tells nothing once it is closed", () => {
    const { clock, told, debounce } = started();
    debounce.touch();
    debounce.close();
    debounce.touch();
    clock.advance(1000);
    expect(told).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test("no change goes untold, none waits too long", () => {
    assert(
      property(array(integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 60 }), (pauses) => {
        const { clock, told, debounce } = started();
        const changes = pauses.map((pause) => {
          clock.advance(pause);
          debounce.touch();
          return clock.monotonic();
        });
        clock.advance(LONGEST + QUIET);
        for (const change of changes) {
          const next = told.find((time) => time >= change);
          expect(next).toBeDefined();
          expect((next ?? 0) - change).toBeLessThanOrEqual(LONGEST);
        }
        expect(told.length).toBeLessThanOrEqual(changes.length);
        expect(clock.pending).toBe(0);
      }),
    );
  });
});
