import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Config } from "#config/model.ts";
import { byHost, coveringHosts, inOrder } from "#src/control/envoy/precedence.ts";
import type { Route, RouteMatch, ValueMatch } from "#src/core/route.ts";
import { createRouteTable, isModelChoice } from "#src/traffic/route-table.ts";
import { firstMatch } from "#tests/support/envoy-first-match.ts";
import { configOf, translatorOf } from "#tests/support/envoy-translation.ts";
import { isObject, type JsonObject } from "#src/core/json.ts";

const HOSTS = ["a.example.com", "b.example.com", "*.example.com", "*.com", "*", "deep.a.example.com"];
const PATHS = ["/", "/a", "/a/b", "/ab", "/a/b/c", "/x"];

const value: fc.Arbitrary<ValueMatch> = fc.oneof(
  fc.record({ name: fc.constantFrom("x-one", "x-two"), exact: fc.constantFrom("1", "2") }),
  fc.record({ name: fc.constantFrom("x-one", "x-two"), prefix: fc.constantFrom("", "1") }),
  fc.record({ name: fc.constantFrom("x-one", "x-two"), regex: fc.constantFrom("[12]", "\\d+") }),
  fc.record({ name: fc.constantFrom("x-one", "x-two"), present: fc.constant(true as const) }),
);

const match: fc.Arbitrary<RouteMatch> = fc.record(
  {
    hosts: fc.uniqueArray(fc.constantFrom(...HOSTS), { minLength: 1, maxLength: 2 }),
    path: fc.oneof(
      fc.constantFrom(...PATHS).map((exact) => ({ exact })),
      fc.constantFrom(...PATHS, "/a/").map((prefix) => ({ prefix })),
      fc.constantFrom("/a.*", "/[ab]+", "/.*/c").map((regex) => ({ regex })),
    ),
    methods: fc.uniqueArray(fc.constantFrom("GET", "POST", "PUT"), { minLength: 1, maxLength: 2 }),
    headers: fc.array(value, { maxLength: 2 }),
    query: fc.array(value, { maxLength: 2 }),
    listeners: fc.uniqueArray(fc.constantFrom("one", "two"), { minLength: 1, maxLength: 2 }),
  },
  { requiredKeys: ["hosts", "path"] },
);

const request = fc.record({
  host: fc.constantFrom("a.example.com", "b.example.com", "c.example.com", "deep.a.example.com", "x.com", "other.org"),
  method: fc.constantFrom("GET", "POST"),
  path: fc.constantFrom(...PATHS, "/a/b/c/d", "/zz"),
  search: fc.constantFrom("", "?x-one=1", "?x-one=2&x-two=1"),
  headers: fc.constantFrom<Record<string, string>>({}, { "x-one": "1" }, { "x-one": "12", "x-two": "2" }),
  listener: fc.constantFrom("one", "two"),
});

const base = configOf({});

/** Both ways to look a request up, for the same routes. */
function lookUps(matches: readonly RouteMatch[]) {
  const config: Config = {
    ...base,
    routes: matches.map((one, index) => ({
      name: `r${index}`,
      match: one,
      public: false,
      strict: false,
      response: { status: 200, headers: {} },
    })),
  };
  const routes = config.routes.map((one): Route => ({ ...one, ai: false, handle: () => Promise.reject(new Error()) }));
  const [rds] = translatorOf().translate(config).resources.rds.values();
  const hosts = Array.isArray(rds?.["virtual_hosts"]) ? rds["virtual_hosts"].filter(isObject) : [];
  return { table: createRouteTable(routes), hosts };
}

describe("the order of Envoy's routes", () => {
  test("leads every request to the route that the gateway itself takes", () => {
    fc.assert(
      fc.property(
        fc.array(match, { minLength: 1, maxLength: 8 }),
        fc.array(request, { minLength: 8 }),
        (matches, asked) => {
          const { table, hosts } = lookUps(matches);
          for (const { listener, headers, ...one } of asked) {
            const found = table.find({ ...one, headers: new Headers(headers), listener });
            const own = found === undefined || isModelChoice(found) ? undefined : found.name;
            const envoys = firstMatch(hosts, { ...one, headers: { ...headers, "x-sluice-listener": listener } });
            expect(envoys).toBe(own);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  test("is told apart from another one by the property above", () => {
    const { hosts } = lookUps([
      { hosts: ["*"], path: { prefix: "/" } },
      { hosts: ["*"], path: { prefix: "/a" } },
    ]);
    const reversed = hosts.map((host): JsonObject => ({
      ...host,
      routes: [...(host["routes"] as JsonObject[])].reverse(),
    }));
    const asked = { host: "x.com", method: "GET", path: "/a", search: "", headers: {} };
    expect(firstMatch(hosts, asked)).toBe("r1");
    expect(firstMatch(reversed, asked)).toBe("r0");
  });

  test("puts what is for models before what is not, where all else is equal", () => {
    const plain = { name: "plain", match: { hosts: ["*"], path: { prefix: "/" } } };
    const models = { name: "models", match: { hosts: ["*"], path: { prefix: "/" }, models: ["gpt-*"] } };
    expect(inOrder([plain, models]).map(({ name }) => name)).toEqual(["models", "plain"]);
  });
});

describe("virtual hosts", () => {
  test("have the patterns that are wider than theirs, the narrower first", () => {
    expect(coveringHosts("a.b.example.com")).toEqual(["*.b.example.com", "*.example.com", "*.com", "*"]);
    expect(coveringHosts("*.example.com")).toEqual(["*.com", "*"]);
    expect(coveringHosts("*")).toEqual([]);
  });

  test("are made for hosts that only plugins tell apart, where a route is for them", () => {
    const routes = [{ match: { hosts: ["*.example.com"], path: { prefix: "/" } } }];
    expect([...byHost(routes, ["a.example.com", "a.example.org"]).keys()]).toEqual(["*.example.com", "a.example.com"]);
  });
});
