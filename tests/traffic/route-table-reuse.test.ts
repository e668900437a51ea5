import { expect, test } from "bun:test";
import {
  array,
  assert,
  boolean,
  constantFrom,
  integer,
  property,
  record,
  subarray,
  tuple,
  type Arbitrary,
} from "fast-check";
import type { Route } from "#src/core/route.ts";
import { pathPlace } from "#src/traffic/path-index.ts";
import { createRouteTable, isModelChoice, type RouteTable } from "#src/traffic/route-table.ts";

const HOSTS = ["a.example", "A.example.", "*.example", "*.EXAMPLE", "b.example", "*"];
const PATHS = [
  { prefix: "/" },
  { prefix: "/x" },
  { prefix: "/x/" },
  { exact: "/x" },
  { regex: "/(x|y).*" },
  { regex: "/y" },
];

const route: Arbitrary<Route> = record({
  hosts: subarray(HOSTS, { minLength: 1 }),
  path: constantFrom(...PATHS),
  methods: constantFrom<readonly string[] | undefined>(undefined, ["GET"], ["POST"]),
}).map(({ hosts, path, methods }) => ({
  name: "r",
  match: { hosts, path, ...(methods === undefined ? {} : { methods }) },
  ai: false,
  public: false,
  handle: () => Promise.reject(new Error("not asked")),
}));

function found(table: RouteTable, host: string, path: string): Route | undefined {
  const answer = table.find({ host, path, method: "GET", headers: new Headers(), search: "" });
  return answer === undefined || isModelChoice(answer) ? undefined : answer;
}

test("a table made of another one finds what a new one finds, whatever was added, taken away or moved", () => {
  const routes = array(route, { maxLength: 12 });
  assert(
    property(
      routes,
      array(tuple(array(route, { maxLength: 3 }), integer({ min: 1, max: 4 }), boolean()), { maxLength: 4 }),
      (first, steps) => {
        let list: readonly Route[] = first;
        let table = createRouteTable(list);
        for (const [added, nth, turned] of steps) {
          const kept = list.filter((_, index) => index % nth !== 1);
          const at = Math.floor(kept.length / nth);
          list = (turned ? kept.toReversed() : kept).toSpliced(at, 0, ...added);
          const before = table;
          const [asked, told] = [answers(before), () => answers(before)];
          table = createRouteTable(list, before);
          expect(answers(table)).toEqual(answers(createRouteTable(list)));
          expect(told()).toEqual(asked);
          for (const one of [...first, ...added]) expect(table.has(one)).toBe(list.includes(one));
        }
      },
    ),
  );
});

function answers(table: RouteTable): (Route | undefined)[] {
  return ["a.example", "b.example", "c.example", "else"].flatMap((host) =>
    ["/", "/x", "/x/y/z", "/y"].map((path) => found(table, host, path)),
  );
}

test("what has the same routes is taken over, path by path", () => {
  const made = (host: string, prefix = "/"): Route => ({
    name: host,
    match: { hosts: [host], path: { prefix } },
    ai: false,
    public: false,
    handle: () => Promise.reject(new Error("not asked")),
  });
  const [a, b, c] = [made("a.example"), made("b.example"), made("b.example", "/c")];
  const before = createRouteTable([a, b, c]);
  const after = createRouteTable([made("b.example"), a, c], before);
  const group = (table: typeof before, host: string, prefix: string): unknown =>
    table.hosts.at(host)?.at(pathPlace({ prefix }));
  const paths = (table: typeof before, host: string): unknown => table.hosts.at(host);
  expect(paths(after, "a.example")).toBe(paths(before, "a.example"));
  expect(group(after, "b.example", "/c")).toBe(group(before, "b.example", "/c"));
  expect(group(after, "b.example", "/")).not.toBe(group(before, "b.example", "/"));
});
