import { expect, test } from "bun:test";
import { placeOfExpression } from "#config/kubernetes/ingress/order-expressions.ts";
import { merge } from "#config/kubernetes/merge.ts";
import { resourceOf } from "#tests/support/kubernetes.ts";

function ordered(...routes: readonly (readonly [name: string, path: object, kind?: string])[]): string[] {
  const pieces = routes.map(([name, path, kind = "Ingress"]) => ({
    resource: resourceOf(`{ apiVersion: v1, kind: ${kind}, metadata: { name: a } }`),
    rank: kind === "Ingress" ? 0 : 1,
    piece: { routes: [{ name, match: { path } }], findings: [] },
  }));
  return [...merge(pieces, placeOfExpression).lists.routes.keys()];
}

test("longer expressions are asked first, behind the other routes of Ingresses", () => {
  expect(
    ordered(
      ["short", { regex: "/a.*" }],
      ["prefix", { prefix: "/a" }],
      ["of the Gateway API", { regex: "/" }, "HTTPRoute"],
      ["long", { regex: "/a/(b|c)/.*" }],
      ["middle", { regex: "/a/b.*" }],
    ),
  ).toEqual(["prefix", "long", "middle", "short", "of the Gateway API"]);
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
