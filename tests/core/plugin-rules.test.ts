import { describe, expect, test } from "bun:test";
import type { Plugin } from "#src/core/plugin.ts";
import { hostMatch, holdsOn } from "#src/core/plugin-rules.ts";
import { madePlugin } from "#tests/support/made-plugin.ts";
import { pluginStage } from "#tests/support/plugin-stage.ts";

/** Marks answers with what it is configured to say. */
const mark: Plugin = madePlugin("mark", ({ say }) => ({
  responseHeaders({ response }) {
    response?.headers.append("x-mark", String(say));
  },
}));

const routes = ["orders", "users"].map((name) => ({
  name,
  match: { path: { prefix: `/${name}` } },
  http: { services: [{ name: name === "orders" ? "backend" : "other" }] },
}));

async function marks(entry: object, path: string, host = "api.example.com"): Promise<string | null> {
  await using stage = await pluginStage({
    extra: [mark],
    plugins: [{ name: "mark", ...entry }],
    config: ({ http }) => ({
      routes,
      services: ["backend", "other"].map((name) => ({ name, endpoints: [http] })),
    }),
  });
  return (await stage.fetch(path, { headers: { host } })).headers.get("x-mark");
}

describe("an entry", () => {
  test.each([
    ["without a configuration is on everywhere", {}, "/orders", "undefined"],
    ["of rules alone is off elsewhere", { rules: [{ routes: ["users"], config: { say: 1 } }] }, "/orders", null],
    [
      "with both says its own elsewhere",
      { config: { say: 0 }, rules: [{ routes: ["users"], config: { say: 1 } }] },
      "/orders",
      "0",
    ],
    [
      "says the rule's where it holds",
      { config: { say: 0 }, rules: [{ routes: ["users"], config: { say: 1 } }] },
      "/users",
      "1",
    ],
    [
      "may be off where a rule holds",
      { config: { say: 0 }, rules: [{ routes: ["users"], disabled: true }] },
      "/users",
      null,
    ],
    [
      "may be off where none holds",
      { config: { say: 0 }, disabled: true, rules: [{ routes: ["users"], config: { say: 1 } }] },
      "/orders",
      null,
    ],
    ["matches by service", { rules: [{ services: ["other"], config: { say: 2 } }] }, "/users", "2"],
    [
      "matches by the beginning of a route's name",
      { rules: [{ routePrefixes: ["us"], config: { say: 3 } }] },
      "/users",
      "3",
    ],
    [
      "wants route and service both",
      { rules: [{ routes: ["users"], services: ["backend"], config: { say: 4 } }] },
      "/users",
      null,
    ],
    ["reads Higress' own form", { config: { say: 0, _rules_: [{ _match_route_: ["users"], say: 5 }] } }, "/users", "5"],
    [
      "takes the first of several",
      {
        rules: [
          { routePrefixes: ["u"], config: { say: 6 } },
          { routes: ["users"], config: { say: 7 } },
        ],
      },
      "/users",
      "6",
    ],
    [
      "matches by domain",
      { config: { say: 0 }, rules: [{ domains: ["*.example.com"], config: { say: 8 } }] },
      "/users",
      "8",
    ],
    [
      "goes on behind a domain that does not match",
      { config: { say: 0 }, rules: [{ domains: ["example.org"], config: { say: 8 } }] },
      "/users",
      "0",
    ],
    ["is on where there is no route", { config: { say: 9 } }, "/nowhere", "9"],
  ])("%s", async (_, entry, path, said) => {
    expect(await marks(entry, path)).toBe(said);
  });

  test("may be there several times", async () => {
    await using stage = await pluginStage({
      extra: [mark],
      plugins: [1, 2].map((say) => ({ name: "mark", config: { say } })),
    });
    expect((await stage.fetch("/x")).headers.get("x-mark")).toBe("2, 1");
  });
});

test.each([
  ["example.com", "example.com", true],
  ["example.com", "a.example.com", false],
  ["*.example.com", "a.b.example.com", true],
  ["*.example.com", "example.com", false],
  ["www.*", "www.example.com", true],
  ["*", "anything", true],
  ["Example.COM", "example.com", true],
])("the domain %s and the host %s: %p", (domain, host, matches) => {
  expect(hostMatch(domain, host)).toBe(matches);
});

test("routes go before domains, and domains before services", () => {
  const route = { name: "r", ai: false, mcp: false, services: ["s"] };
  expect(holdsOn({ routes: ["r"], domains: ["x"] }, route)).toBeTrue();
  expect(holdsOn({ domains: ["x"], services: ["s"] }, route)).toEqual(["x"]);
  expect(holdsOn({}, route)).toBeFalse();
});

test("a beginning of routes' names and a service must both match", () => {
  const place = { routePrefixes: ["shop/"], services: ["a.static"] };
  const route = { name: "shop/x", ai: false, mcp: false, services: ["a.static"] };
  expect(holdsOn(place, route)).toBe(true);
  expect(holdsOn(place, { ...route, services: ["b.static"] })).toBe(false);
});

test("a service is named with its port or without", () => {
  const on = (named: string, service: string) => holdsOn({ services: [named] }, { name: "r", services: [service] });
  expect(on("a.b.svc.cluster.local", "a.b.svc.cluster.local:8080")).toBe(true);
  expect(on("a.b.svc.cluster.local:8080", "a.b.svc.cluster.local:8080")).toBe(true);
  expect(on("a.b.svc.cluster.local:9090", "a.b.svc.cluster.local:8080")).toBe(false);
  expect(on("a.dns:443", "a.dns")).toBe(true);
  expect(on("a", "ab")).toBe(false);
});
