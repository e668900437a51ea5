import { describe, expect, test } from "bun:test";
import { ResourceReader, resourceOf } from "#config/kubernetes/read-resources.ts";

const A = "apiVersion: v1\nkind: Service\nmetadata: { name: a }\n";
const B =
  "apiVersion: v1\nkind: Service\nmetadata: { name: b, namespace: shop, annotations: { on: true, port: 80 } }\n";

describe("texts", () => {
  test("hold objects, lists of them and nothing", () => {
    const list = `apiVersion: v1\nkind: List\nitems:\n  - { apiVersion: v1, kind: Secret, metadata: { name: s } }\n`;
    const { resources, problems } = new ResourceReader().read("f", `---\n${A}---\n# only a comment\n--- \n${list}`);
    expect(problems).toEqual([]);
    expect(resources.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`)).toEqual([
      "Service default/a",
      "Secret default/s",
    ]);
  });

  test("with something broken lose that alone, and tell its line", () => {
    const { resources, problems } = new ResourceReader().read("f", `${A}---\na: [\n---\nkind: x\n---\n- 1\n---\n${B}`);
    expect(resources.map(({ metadata }) => metadata.name)).toEqual(["a", "b"]);
    expect(problems.map(({ line }) => line)).toEqual([6, 7, 9]);
    expect(problems[1]?.message).toBe("is no object: it needs apiVersion and kind");
  });

  test("that change in one place keep the other objects as they are", () => {
    const reader = new ResourceReader();
    const [a, b] = reader.read("f", `${A}---\n${B}`).resources;
    const [again, changed] = reader.read("f", `${A}---\n${B}spec: {}\n`).resources;
    expect(again).toBe(a as NonNullable<typeof a>);
    expect(changed).not.toBe(b as NonNullable<typeof b>);
  });
});

describe("metadata", () => {
  test("is filled in, and annotations are text", () => {
    const [b] = new ResourceReader().read("f", B).resources;
    expect(b?.metadata).toEqual({
      name: "b",
      namespace: "shop",
      labels: {},
      annotations: { on: "true", port: "80" },
      creationTimestamp: "",
    });
  });

  test("of what belongs to no namespace has none", () => {
    const read = resourceOf({ apiVersion: "networking.k8s.io/v1", kind: "IngressClass", metadata: { name: "x" } });
    expect(read).toMatchObject({ metadata: { namespace: "" } });
  });

  test("must name the object", () => {
    expect(resourceOf({ apiVersion: "v1", kind: "Secret", metadata: {} })).toBe("is a Secret without metadata.name");
  });
});
