import { describe, expect, test } from "bun:test";
import { DeadlineWatch } from "#src/traffic/deadline-watch.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";

describe("deadline watch", () => {
  test("ends a wait that lasts too long, once and never early", () => {
    const clock = new FakeClock();
    let late = 0;
    new DeadlineWatch(clock).watch(1000, () => late++).wait();
    clock.advance(999);
    expect(late).toBe(0);
    clock.advance(101);
    expect(late).toBe(1);
    clock.advance(10_000);
    expect(late).toBe(1);
  });

  test("counts only waits: what happens between them takes as long as it likes", () => {
    const clock = new FakeClock();
    const watched = new DeadlineWatch(clock).watch(1000, () => expect.unreachable());
    for (let turn = 0; turn < 5; turn++) {
      watched.wait();
      clock.advance(900);
      watched.done();
      clock.advance(5000);
    }
  });

  test("watches streams with different limits together", () => {
    const clock = new FakeClock();
    const watch = new DeadlineWatch(clock);
    const ended: string[] = [];
    watch.watch(5000, () => ended.push("slow")).wait();
    watch.watch(1000, () => ended.push("quick")).wait();
    const moving = watch.watch(1000, () => ended.push("moving"));
    moving.wait();
    clock.advance(800);
    moving.done();
    moving.wait();
    clock.advance(400);
    expect(ended).toEqual(["quick"]);
    clock.advance(800);
    expect(ended).toEqual(["quick", "moving"]);
    clock.advance(4000);
    expect(ended).toEqual(["quick", "moving", "slow"]);
  });

  test("0 is no limit, and what is closed is not watched", () => {
    const clock = new FakeClock();
    const watch = new DeadlineWatch(clock);
    watch.watch(0, () => expect.unreachable()).wait();
    const closed = watch.watch(100, () => expect.unreachable());
    closed.wait();
    closed.close();
    clock.advance(1e6);
  });

  test("has a timer only while something is watched", () => {
    const clock = new FakeClock();
    const watch = new DeadlineWatch(clock);
    expect(clock.pending).toBe(0);
    const watched = watch.watch(1000, () => {});
    expect(clock.pending).toBe(1);
    watched.close();
    clock.advance(100);
    expect(clock.pending).toBe(0);
  });
});
