import { expect, test } from "bun:test";
import { array, assert, constantFrom, integer, option, property, record } from "fast-check";
import type { Resource } from "#config/kubernetes/resource.ts";
import { type Merged, merge, Merger } from "#config/kubernetes/merge.ts";
import type { Translated } from "#config/kubernetes/translation.ts";

function resource(name: string): Resource {
  const metadata = { name, namespace: "default", labels: {}, annotations: {}, creationTimestamp: "" };
  return { apiVersion: "v1", kind: "Said", metadata };
}

const entries = array(record({ name: constantFrom("a", "b", "c"), says: integer({ max: 3 }) }), { maxLength: 3 });

const piece = record({
  routes: entries,
  services: entries,
  settings: option(record({ store: constantFrom("memory", "other") }), { nil: undefined }),
});

/** What can be compared: entries with what they are of. */
function shown({ lists, certificates, settings }: Merged): unknown {
  const list = (one: keyof Merged["lists"]): unknown => [...lists[one]];
  return [list("routes"), list("services"), certificates, [...settings]];
}

test("pieces merged after others come to what they come to alone, whichever of them changed", () => {
  const state = array(piece, { minLength: 2, maxLength: 3 });
  assert(
    property(array(state, { minLength: 2, maxLength: 5 }), (states) => {
      const merger = new Merger();
      let last: readonly Translated[] = [];
      for (const pieces of states) {
        last = pieces.map(({ settings, ...lists }, index): Translated => {
          const before = last[index];
          // Some pieces stay the same objects.
          if (index === 0 && before !== undefined) return before;
          const own = { findings: [], ...lists, ...(settings === undefined ? {} : { settings }) };
          return { resource: resource(`r${index}`), piece: own };
        });
        expect(shown(merger.merge(last))).toEqual(shown(merge(last)));
      }
    }),
  );
});
