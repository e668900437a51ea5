import { describe, expect, test } from "bun:test";
import { array, assert, constantFrom, integer, oneof, property, record } from "fast-check";
import type { Resource } from "#config/kubernetes/resource.ts";
import { ResourceSet } from "#config/kubernetes/resource-set.ts";
import { Translation } from "#config/kubernetes/translation.ts";
import type { Piece, Translator } from "#config/kubernetes/translator.ts";
import { TEST_OPTIONS } from "./options.ts";

function object(kind: string, name: string, spec: unknown = {}): Resource {
  const metadata = { name, namespace: "default", labels: {}, annotations: {}, creationTimestamp: "" };
  return { apiVersion: "v1", kind, metadata, spec };
}

/** Translates a Route into what the Target it names says, and counts how often it was asked. */
function counting(): { readonly translator: Translator; readonly asked: string[] } {
  const asked: string[] = [];
  const translator: Translator = {
    kind: "/Route",
    translate({ metadata, spec }, lookup): Piece {
      asked.push(metadata.name);
      const target = lookup.get("/Target", "default", String(spec));
      const all = lookup.list("/Extra").map((extra) => extra.metadata.name);
      return { findings: [], routes: [{ name: metadata.name, target: target?.spec, all }] };
    },
  };
  return { translator, asked };
}

function translationOf(set: ResourceSet, translator: Translator): Translation {
  return new Translation(set, { translators: [translator], joiners: [], options: TEST_OPTIONS });
}

describe("an object is translated again", () => {
  test("when it changed, when what it looked up changed, appeared or went, and not otherwise", () => {
    const set = new ResourceSet();
    const { translator, asked } = counting();
    const translation = translationOf(set, translator);
    set.put(object("Route", "a", "x"));
    set.put(object("Route", "b", "y"));
    translation.update();
    expect(asked.splice(0)).toEqual(["a", "b"]);
    set.put(object("Target", "x", 1));
    translation.update();
    expect(asked.splice(0)).toEqual(["a"]);
    set.put(object("Other", "x", 1));
    translation.update();
    expect(asked.splice(0)).toEqual([]);
    set.put(object("Route", "b", "x"));
    translation.update();
    expect(asked.splice(0)).toEqual(["b"]);
    set.put(object("Extra", "e"));
    translation.update();
    expect(asked.splice(0).sort()).toEqual(["a", "b"]);
    set.delete(object("Target", "x"));
    translation.update();
    expect(asked.splice(0).sort()).toEqual(["a", "b"]);
    set.delete(object("Route", "a"));
    translation.update();
    expect(translation.pieces.map(({ resource }) => resource.metadata.name)).toEqual(["b"]);
    expect(asked).toEqual([]);
  });

  test("and its piece is the one a new translation would make, whatever happened before", () => {
    const step = oneof(
      record({
        kind: constantFrom("Route", "Target", "Extra"),
        name: constantFrom("a", "b"),
        spec: constantFrom("a", "b"),
      }),
      record({ gone: constantFrom("Route", "Target", "Extra"), name: constantFrom("a", "b") }),
      record({ update: integer() }),
    );
    assert(
      property(array(step, { maxLength: 30 }), (steps) => {
        const set = new ResourceSet();
        const translation = translationOf(set, counting().translator);
        for (const one of steps) {
          if ("kind" in one) set.put(object(one.kind, one.name, one.spec));
          else if ("gone" in one) set.delete(object(one.gone, one.name));
          else translation.update();
        }
        const fresh = translationOf(set, counting().translator);
        for (const one of [translation, fresh]) one.update();
        expect(translation.pieces).toEqual(fresh.pieces);
      }),
    );
  });
});

test("a translator that throws costs its object alone", () => {
  const set = new ResourceSet();
  const translator: Translator = {
    kind: "/Route",
    translate({ metadata }) {
      if (metadata.name === "bad") throw new Error("of itself");
      return { findings: [], routes: [{ name: metadata.name }] };
    },
  };
  set.put(object("Route", "bad"));
  set.put(object("Route", "good"));
  const translation = translationOf(set, translator);
  translation.update();
  const pieces = translation.pieces.map(({ piece }) => piece);
  expect(pieces[0]?.findings[0]?.message).toBe("could not be translated: of itself");
  expect(pieces[1]?.routes).toEqual([{ name: "good" }]);
});
