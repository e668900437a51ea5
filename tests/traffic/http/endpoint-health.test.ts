import { expect, test } from "bun:test";
import { EndpointHealth } from "#src/traffic/http/endpoint-health.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";

function failing(times: number, health: EndpointHealth): void {
  const state = health.hold("a");
  for (let time = 0; time < times; time++) state.unreachable();
}

test("is left out after failures in a row, longer each time, up to a bound", () => {
  const clock = new FakeClock();
  const health = new EndpointHealth(clock, { after: 2, base: 100, longest: 300 });
  const state = health.hold("a");
  state.unreachable();
  expect(state.usable).toBeTrue();
  state.unreachable();
  for (const pause of [100, 200, 300, 300]) {
    clock.advance(pause - 1);
    expect(state.usable).toBeFalse();
    clock.advance(1);
    expect(state.usable).toBeTrue();
    state.begin();
    state.end();
    state.unreachable();
  }
});

test("a success in between begins anew", () => {
  const state = new EndpointHealth(new FakeClock(), { after: 2 }).hold("a");
  state.unreachable();
  state.reached();
  state.unreachable();
  expect(state.usable).toBeTrue();
});

test("after an ejection one request tries, the others wait for it", () => {
  const clock = new FakeClock();
  const health = new EndpointHealth(clock, { after: 1, base: 100 });
  const state = health.hold("a");
  state.unreachable();
  clock.advance(100);
  state.begin();
  expect(state.usable).toBeFalse();
  state.reached();
  expect(state.usable).toBeTrue();
  expect(state.active).toBe(1);
});

test("a state lives as long as somebody holds it", () => {
  const health = new EndpointHealth(new FakeClock(), { after: 1 });
  const first = health.hold("a");
  failing(1, health);
  health.release("a");
  expect(health.hold("a")).toBe(first);
  health.release("a");
  health.release("a");
  health.release("a");
  expect(health.hold("a")).not.toBe(first);
});
