import { type Clock, systemClock } from "#src/core/clock.ts";

/** The machine's clock, so many times as fast: for tests of pauses beside real servers. */
export function hurriedClock(times: number): Clock {
  return {
    now: () => systemClock.now(),
    monotonic: () => systemClock.monotonic() * times,
    after: (delay, run) => systemClock.after(delay / times, run),
  };
}
