import { expect, test } from "bun:test";
import { ResourceSet } from "#config/kubernetes/resource-set.ts";
import { resourceOf } from "#tests/support/kubernetes.ts";

const slice = (name: string, service: string, namespace = "default") =>
  resourceOf(
    `{ apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: { name: ${name}, namespace: ${namespace}, labels: { of: "${service}" } } }`,
  );

const KIND = "discovery.k8s.io/EndpointSlice";
const names = (set: ResourceSet, service: string): string[] =>
  set.list(KIND, "default", ["of", service]).map(({ metadata }) => metadata.name);

test("a list with a label holds what has it, at any time", () => {
  const set = new ResourceSet();
  for (const one of [slice("a", "shop"), slice("b", "cart"), slice("c", "shop"), slice("d", "shop", "other")])
    set.put(one);
  expect(names(set, "shop")).toEqual(["a", "c"]);
  expect(set.list(KIND, undefined, ["of", "shop"])).toHaveLength(3);
  set.put(slice("b", "shop"));
  set.delete(slice("a", "shop"));
  expect([names(set, "shop"), names(set, "cart"), names(set, "")]).toEqual([["b", "c"], [], []]);
});

test("a change touches the lists of labels that the object has or had, and no others", () => {
  const set = new ResourceSet();
  set.put(slice("a", "shop"));
  set.takeChanges();
  set.put(slice("a", "cart"));
  const changed = set.takeChanges();
  expect(changed).toContain(`${KIND} default/* of=shop`);
  expect(changed).toContain(`${KIND} default/* of=cart`);
  expect(changed).not.toContain(`${KIND} default/* of=other`);
  set.delete(slice("a", "unknown"));
  expect(set.takeChanges()).toContain(`${KIND} default/* of=cart`);
});

test("another status alone is no change, but the object is the new one", () => {
  const set = new ResourceSet();
  const one = slice("a", "shop");
  set.put(one);
  expect(set.list(KIND)).toEqual([one]);
  set.takeChanges();
  const two = { ...one, metadata: { ...one.metadata, resourceVersion: "2" }, status: { seen: true } };
  set.put(two);
  expect([...set.takeChanges()]).toEqual([]);
  expect([set.get(KIND, "default", "a"), ...set.list(KIND), ...set.list(KIND, "default", ["of", "shop"])]).toEqual([
    two,
    two,
    two,
  ]);
  set.put({ ...two, endpoints: [] });
  expect([...set.takeChanges()]).toContain(`${KIND} default/a`);
});
