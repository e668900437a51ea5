import { expect, test } from "bun:test";
import { array, assert, constantFrom, property, record, subarray, type Arbitrary } from "fast-check";
import type { Route } from "#src/core/route.ts";
import { createRouteTable, isModelChoice, type RouteTable } from "#src/traffic/route-table.ts";

const HOSTS = ["a.example", "A.example.", "*.example", "*.EXAMPLE", "b.example", "*"];
const PATHS = ["/", "/x", "/x/y"];

const route: Arbitrary<Route> = record({
  hosts: subarray(HOSTS, { minLength: 1 }),
  prefix: constantFrom(...PATHS),
  methods: constantFrom<readonly string[] | undefined>(undefined, ["GET"], ["POST"]),
}).map(({ hosts, prefix, methods }) => ({
  name: "r",
  match: { hosts, path: { prefix }, ...(methods === undefined ? {} : { methods }) },
  ai: false,
  public: false,
  handle: () => Promise.reject(new Error("not asked")),
}));

function found(table: RouteTable, host: string, path: string): Route | undefined {
  const answer = table.find({ host, path, method: "GET", headers: new Headers(), search: "" });
  return answer === undefined || isModelChoice(answer) ? undefined : answer;
}

test("a table made of another one finds what a new one finds", () => {
  assert(
    property(array(route, { maxLength: 8 }), array(route, { maxLength: 3 }), (first, added) => {
      const second = [...added, ...first.filter((_, index) => index % 3 !== 0)];
      const reused = createRouteTable(second, createRouteTable(first));
      const fresh = createRouteTable(second);
      for (const host of ["a.example", "b.example", "c.example", "else"]) {
        for (const path of ["/", "/x", "/x/y/z"]) expect(found(reused, host, path)).toBe(found(fresh, host, path));
      }
    }),
  );
});

test("hosts whose routes are the same are taken over", () => {
  const made = (host: string): Route => ({
    name: host,
    match: { hosts: [host], path: { prefix: "/" } },
    ai: false,
    public: false,
    handle: () => Promise.reject(new Error("not asked")),
  });
  const [a, b] = [made("a.example"), made("b.example")];
  const before = createRouteTable([a, b]);
  const after = createRouteTable([made("b.example"), a], before);
  expect(after.byHost.get("a.example")).toBe(before.byHost.get("a.example"));
  expect(after.byHost.get("b.example")).not.toBe(before.byHost.get("b.example"));
});
