import { expect, test } from "bun:test";
import type { RouteConfig } from "#config/model.ts";
import { type OpenRoute, RouteCache } from "#src/compile/route-cache.ts";

const CONFIG = { name: "r" } as RouteConfig;

/** A cache, and what it opened and closed. */
function cache(): { readonly cache: RouteCache; readonly open: () => OpenRoute; readonly closed: number[] } {
  const closed: number[] = [];
  let count = 0;
  const open = (): OpenRoute => {
    const number = count++;
    const handle = (): Promise<Response> => Promise.resolve(new Response());
    const match = { hosts: ["*"], path: { prefix: "/" } };
    const route = { name: `r${number}`, match, ai: false, public: false, handle };
    return { route, close: () => closed.push(number) };
  };
  return { cache: new RouteCache(), open, closed };
}

test("an entry made of the same parts is made once, and closed after its last use", () => {
  const { cache: routes, open, closed } = cache();
  const part = {};
  const [first, second] = [routes.begin([1]), routes.begin([2])];
  const route = first.take(CONFIG, () => [part], open);
  expect(second.take(CONFIG, () => [part], open)).toBe(route);
  first.release();
  expect(closed).toEqual([]);
  second.release();
  expect(closed).toEqual([0]);
  expect(routes.begin([2]).take(CONFIG, () => [part], open).name).toBe("r1");
});

test("other parts make another one, and the first goes on until nobody uses it", () => {
  const { cache: routes, open, closed } = cache();
  const [first, second] = [routes.begin([1]), routes.begin([2])];
  const route = first.take(CONFIG, () => [1, 2], open);
  const other = second.take(CONFIG, () => [1, 3], open);
  expect(other).not.toBe(route);
  first.release();
  expect(closed).toEqual([0]);
  // Giving the old one back must not have taken the new one's place.
  expect(routes.begin([3]).take(CONFIG, () => [1, 3], open)).toBe(other);
});

test("while all that parts are taken from is the same, they are not looked at", () => {
  const { cache: routes, open } = cache();
  const world = {};
  const route = routes.begin([world]).take(CONFIG, () => [1], open);
  const parts = (): never => {
    throw new Error("looked at");
  };
  expect(routes.begin([world]).take(CONFIG, parts, open)).toBe(route);
});
