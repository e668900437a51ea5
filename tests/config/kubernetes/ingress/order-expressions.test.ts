import { expect, test } from "bun:test";
import { orderExpressions } from "#config/kubernetes/ingress/order-expressions.ts";
import { merge } from "#config/kubernetes/merge.ts";
import { resourceOf } from "#tests/support/kubernetes.ts";

function ordered(...routes: readonly (readonly [name: string, path: object, kind?: string])[]): string[] {
  const pieces = routes.map(([name, path, kind = "Ingress"]) => ({
    resource: resourceOf(`{ apiVersion: v1, kind: ${kind}, metadata: { name: a } }`),
    piece: { routes: [{ name, match: { path } }], findings: [] },
  }));
  return [...orderExpressions(merge(pieces)).lists.routes.keys()];
}

test("longer expressions are asked first, at the places of expressions", () => {
  expect(
    ordered(
      ["short", { regex: "/a.*" }],
      ["prefix", { prefix: "/a" }],
      ["of the Gateway API", { regex: "/" }, "HTTPRoute"],
      ["long", { regex: "/a/(b|c)/.*" }],
      ["middle", { regex: "/a/b.*" }],
    ),
  ).toEqual(["long", "prefix", "of the Gateway API", "middle", "short"]);
});

test("without regard to case, the path counts, and a whole one goes before the prefix", () => {
  expect(
    ordered(
      ["/a prefix", { regex: "(?i)/a(?:/.*)?" }],
      ["/a", { regex: "(?i)/a" }],
      ["/abc", { regex: "(?i)/abc" }],
      ["/ab.*", { regex: "/ab.*" }],
    ),
  ).toEqual(["/abc", "/ab.*", "/a", "/a prefix"]);
});

test("a list that did not change comes to the same list", () => {
  const path = (regex: string): object => ({ match: { path: { regex } } });
  const resource = resourceOf("{ apiVersion: v1, kind: Ingress, metadata: { name: a } }");
  const routes = [
    { name: "short", ...path("/a") },
    { name: "long", ...path("/ab") },
  ];
  const merged = merge([{ resource, piece: { routes, findings: [] } }]);
  expect(orderExpressions({ ...merged }).lists.routes).toBe(orderExpressions(merged).lists.routes);
});

test("what is in order stays as it is", () => {
  const merged = merge([]);
  expect(orderExpressions(merged)).toBe(merged);
});
