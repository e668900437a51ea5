import { describe, expect, test } from "bun:test";
import { EndpointHealth, type OutlierGroup } from "#src/traffic/http/endpoint-health.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { dependencies, exchangeOf, handlerOf, upstream } from "./proxied.ts";

function group(changes: Partial<OutlierGroup["options"]> = {}): OutlierGroup {
  return { service: "s", options: { consecutiveErrors: 2, baseEjection: 1000, maxEjectionPercent: 100, ...changes } };
}

function failing(health: EndpointHealth, own: OutlierGroup, ...names: string[]): boolean[] {
  const states = names.map((name) => health.hold(name, own));
  for (const state of states) for (let time = 0; time < 2; time++) state.reached(503);
  return states.map(({ usable }) => usable);
}

test("errors in a row put an endpoint out, for longer each time, and it comes back at once", () => {
  const clock = new FakeClock();
  const state = new EndpointHealth(clock).hold("a", group());
  for (const round of [1, 2, 3]) {
    state.reached(500);
    expect(state.usable).toBeTrue();
    state.unreachable();
    clock.advance(round * 1000 - 1);
    expect(state.usable).toBeFalse();
    clock.advance(1);
    expect(state.usable).toBeTrue();
    state.begin();
    expect(state.usable).toBeTrue();
    state.end();
  }
});

test("a good answer in between begins anew, a good time makes the next one shorter", () => {
  const clock = new FakeClock();
  const state = new EndpointHealth(clock).hold("a", group());
  for (const status of [500, 404, 502]) state.reached(status);
  expect(state.usable).toBeTrue();
  state.broke();
  clock.advance(1000);
  state.late();
  state.late();
  clock.advance(2000 + 5000);
  state.broke();
  state.broke();
  clock.advance(1000);
  expect(state.usable).toBeTrue();
});

describe("not all of a service's endpoints may be out", () => {
  test.each([
    [100, [false, false, false, false]],
    [50, [false, false, true, true]],
    [10, [false, true, true, true]],
    [0, [false, true, true, true]],
  ])("%p percent", (maxEjectionPercent, usable) => {
    const own = group({ maxEjectionPercent });
    const health = new EndpointHealth(new FakeClock());
    for (const name of ["a", "b", "c", "d"]) health.hold(name, own);
    expect(failing(health, own, "a", "b", "c", "d")).toEqual(usable);
  });

  test("another service's do not count, nor those that went", () => {
    const health = new EndpointHealth(new FakeClock());
    const own = group({ maxEjectionPercent: 50 });
    for (const name of ["a", "b"]) health.hold(name, own);
    expect(failing(health, { ...own, service: "t" }, "a", "b")).toEqual([false, true]);
    expect(failing(health, own, "a")).toEqual([false]);
    for (let use = 0; use < 2; use++) health.release("a", own);
    expect(failing(health, own, "b")).toEqual([false]);
  });
});

test("a route leaves out the endpoint that fails", async () => {
  const clock = new FakeClock();
  let broken = true;
  const bad = upstream(() => new Response("bad", { status: broken ? 500 : 200 }));
  const good = upstream(() => new Response("good"));
  const outlierDetection = { consecutiveErrors: 2, baseEjection: 1000, maxEjectionPercent: 50 };
  const service = { name: "s", endpoints: [{ address: bad }, { address: good }], outlierDetection };
  const { handle } = handlerOf([], { services: [service] }, dependencies({ clock }));
  const asked = async (times: number): Promise<string[]> => {
    const said: string[] = [];
    for (let time = 0; time < times; time++)
      said.push(await (await handle(exchangeOf(new Request("http://x/")).exchange)).text());
    return said;
  };
  expect((await asked(4)).toSorted()).toEqual(["bad", "bad", "good", "good"]);
  expect(await asked(4)).toEqual(["good", "good", "good", "good"]);
  clock.advance(1000);
  broken = false;
  expect((await asked(4)).filter((said) => said === "bad").length).toBeGreaterThan(0);
});
