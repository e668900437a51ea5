import { describe, expect, test } from "bun:test";
import { conditionsIn, GATEWAY, listenerStatuses, parentConditions, services, translate } from "./translated.ts";

/** A route that was made in the given second. */
function route(
  kind: "HTTPRoute" | "GRPCRoute",
  name: string,
  second: number,
  hostnames: string,
  parent = "main",
): string {
  return `
apiVersion: gateway.networking.k8s.io/v1
kind: ${kind}
metadata: { name: ${name}, namespace: infra, creationTimestamp: "2026-01-01T00:00:0${second}Z" }
spec:
  parentRefs: [{ name: ${parent} }]
  hostnames: [${hostnames}]
  rules: [{ backendRefs: [{ name: a, port: 8080 }] }]
---
`;
}

/** Names of the routes that are accepted. */
function accepted(...routes: readonly string[]): readonly string[] {
  const all = translate(GATEWAY + services("a") + routes.join(""));
  const names = [...all.status.keys()].filter((of) => /Route /.test(of));
  return names
    .filter((of) => parentConditions(all, of)[0]?.[0] === "Accepted=True Accepted")
    .map((of) => of.replace(" infra/", " "))
    .toSorted();
}

describe("of an HTTPRoute and a GRPCRoute with a hostname in common", () => {
  test.each([
    ["a.test", "a.test"],
    ["a.test", '"*.test"'],
    ['"*.test"', "x.a.test"],
    ["", "a.test"],
    ["a.test, b.test", "b.test, c.test"],
  ])("the older one counts: %s and %s", (one, other) => {
    expect(accepted(route("HTTPRoute", "web", 1, one), route("GRPCRoute", "rpc", 2, other))).toEqual(["HTTPRoute web"]);
    expect(accepted(route("HTTPRoute", "web", 2, one), route("GRPCRoute", "rpc", 1, other))).toEqual(["GRPCRoute rpc"]);
  });

  test("the first by name counts where both are as old", () => {
    expect(accepted(route("HTTPRoute", "b", 1, "a.test"), route("GRPCRoute", "a", 1, "a.test"))).toEqual([
      "GRPCRoute a",
    ]);
  });

  test("who is not accepted keeps nobody out", () => {
    const first = route("HTTPRoute", "first", 1, "a.test");
    const between = route("GRPCRoute", "between", 2, '"*.test"');
    const last = route("HTTPRoute", "last", 3, "b.test");
    expect(accepted(first, between, last)).toEqual(["HTTPRoute first", "HTTPRoute last"]);
  });

  test("the other one says so, has no routes, and is not counted", () => {
    const yaml = route("HTTPRoute", "web", 1, "a.test") + route("GRPCRoute", "rpc", 2, "a.test");
    const all = translate(GATEWAY + services("a") + yaml);
    expect(parentConditions(all, "GRPCRoute infra/rpc")).toEqual([
      ["Accepted=False HostnameConflict", "ResolvedRefs=True ResolvedRefs"],
    ]);
    expect(all.findings).toMatchObject([
      {
        of: "GRPCRoute infra/rpc",
        field: "spec.parentRefs[0]",
        message: "HostnameConflict: HTTPRoute infra/web is older and has hostnames of the route.",
        severity: "error",
      },
    ]);
    expect(all.routes.map(({ name }) => name)).toEqual(["HTTPRoute/infra/web/0"]);
    expect(listenerStatuses(all, "Gateway infra/main").get("web")).toMatchObject({ attachedRoutes: 1 });
  });

  test("both count at listeners of their own, and where names differ", () => {
    const routes = [route("HTTPRoute", "web", 1, "a.test"), route("GRPCRoute", "rpc", 2, "b.test")];
    expect(accepted(...routes)).toEqual(["GRPCRoute rpc", "HTTPRoute web"]);
  });

  test("one that has another listener left is accepted there", () => {
    const gateway = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: two, namespace: infra }
spec:
  gatewayClassName: higress
  listeners:
    - { name: a, port: 80, protocol: HTTP, hostname: a.test }
    - { name: b, port: 80, protocol: HTTP, hostname: b.test }
---
`;
    const yaml = route("HTTPRoute", "web", 1, "a.test", "two") + route("GRPCRoute", "rpc", 2, "a.test, b.test", "two");
    const all = translate(GATEWAY + gateway + services("a") + yaml);
    expect(parentConditions(all, "GRPCRoute infra/rpc")[0]?.[0]).toBe("Accepted=True Accepted");
    expect(all.findings.map(({ message }) => message)).toEqual([
      "HostnameConflict at a: HTTPRoute infra/web is older and has hostnames of the route.",
    ]);
    const match = all.routes.find(({ name }) => name === "GRPCRoute/infra/rpc/0")?.["match"];
    expect(match).toMatchObject({ hosts: ["b.test"] });
    const listeners = listenerStatuses(all, "Gateway infra/two");
    expect([...listeners.values()].map((one) => one["attachedRoutes"])).toEqual([1, 1]);
    expect(conditionsIn(listeners.get("a"))).toContain("Accepted=True Accepted");
  });
});
