import { expect, test } from "bun:test";
import { lookupOf, resourceOf, resourcesOf, translatorOptions } from "./kubernetes.ts";

const TEXT = `
apiVersion: v1
kind: List
items:
  - { apiVersion: v1, kind: Service, metadata: { name: young, creationTimestamp: "2026-02-01T00:00:00Z" } }
  - { apiVersion: v1, kind: Service, metadata: { name: old, creationTimestamp: "2026-01-01T00:00:00Z" } }
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: { name: higress, annotations: { ingressclass.kubernetes.io/is-default-class: true } }
---
`;

test("objects get all of their metadata, lists are taken apart", () => {
  const resources = resourcesOf(TEXT);
  expect(resources.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`)).toEqual([
    "Service default/young",
    "Service default/old",
    "IngressClass /higress",
  ]);
  expect(resources[2]?.metadata).toEqual({
    name: "higress",
    namespace: "",
    labels: {},
    annotations: { "ingressclass.kubernetes.io/is-default-class": "true" },
    creationTimestamp: "",
  });
});

test("a lookup finds objects, the older first, and remembers what it was asked for", () => {
  const lookup = lookupOf(TEXT);
  expect(lookup.get("/Service", "default", "old")?.metadata.name).toBe("old");
  expect(lookup.get("/Service", "other", "old")).toBeUndefined();
  expect(lookup.list("/Service").map(({ metadata }) => metadata.name)).toEqual(["old", "young"]);
  expect([...lookup.asked]).toEqual(["/Service default/old", "/Service other/old", "/Service */*"]);
});

test("one object is one object", () => {
  expect(resourceOf("{ apiVersion: v1, kind: Secret, metadata: { name: a } }").kind).toBe("Secret");
  expect(() => resourceOf(TEXT)).toThrow("exactly one");
  expect(translatorOptions({ ingressClass: "nginx" }).ingressClass).toBe("nginx");
});
