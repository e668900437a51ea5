import { describe, expect, test } from "bun:test";
import type { Probe } from "#src/core/host.ts";
import { Reach } from "#src/traffic/ai/reach.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";

/** Probes that connect when they are told to. */
function probes(): {
  opened: string[];
  cancelled: number;
  connect: () => void;
  probe: (host: string, port: number) => Probe;
} {
  const state = {
    opened: [] as string[],
    cancelled: 0,
    connect: () => {},
    probe(host: string, port: number): Probe {
      state.opened.push(`${host}:${port}`);
      const { promise, resolve } = Promise.withResolvers<void>();
      state.connect = resolve;
      return { connected: promise, cancel: () => void state.cancelled++ };
    },
  };
  return state;
}

describe("reach", () => {
  test("tells of an origin that takes no connection in time", () => {
    const clock = new FakeClock();
    const state = probes();
    let late = 0;
    new Reach(clock, state.probe).watch("https://[::1]/v1/x", 1000, () => late++);
    expect(state.opened).toEqual(["::1:443"]);
    clock.advance(1000);
    expect([late, state.cancelled]).toEqual([1, 1]);
  });

  test("is content with a connection, however long the answer takes", async () => {
    const clock = new FakeClock();
    const state = probes();
    new Reach(clock, state.probe).watch("http://h:8080/x", 1000, () => expect.unreachable());
    state.connect();
    await Promise.resolve();
    clock.advance(60_000);
    expect(state.opened).toEqual(["h:8080"]);
  });

  test("does not probe an origin that answered lately", () => {
    const clock = new FakeClock();
    const state = probes();
    const reach = new Reach(clock, state.probe);
    reach.answered("http://h:1/a");
    reach.watch("http://h:1/b", 1000, () => {});
    expect(state.opened).toEqual([]);
    clock.advance(30_000);
    reach.watch("http://h:1/b", 1000, () => {});
    expect(state.opened).toEqual(["h:1"]);
  });

  test("a watch that is over is silent", () => {
    const clock = new FakeClock();
    const state = probes();
    new Reach(clock, state.probe).watch("http://h:1/", 1000, () => expect.unreachable())();
    clock.advance(5000);
    expect(state.cancelled).toBe(1);
  });
});
