import { expect, test } from "bun:test";
import { array, assert, constantFrom, integer, option, property, record } from "fast-check";
import type { Resource } from "#config/kubernetes/resource.ts";
import { type EntryPlace, type Merged, merge, Merger } from "#config/kubernetes/merge.ts";
import type { PieceChange, Translated } from "#config/kubernetes/translated.ts";

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

test("pieces merged after others come to what they come to alone, whichever of them changed, came or went", () => {
  const change = record({
    name: constantFrom("x", "y", "z"),
    rank: constantFrom(0, 1),
    piece: option(piece, { nil: undefined }),
  });
  assert(
    property(array(array(change, { maxLength: 3 }), { minLength: 2, maxLength: 6 }), (rounds) => {
      const merger = new Merger(placeOfLast);
      const there = new Map<string, Translated>();
      for (const changes of rounds) {
        const told = new Map<string, PieceChange>();
        for (const { name, rank, piece: said } of changes) {
          const key = `${name}${rank}`;
          const before = told.has(key) ? told.get(key)?.before : there.get(key);
          there.delete(key);
          if (said !== undefined) {
            const { settings, ...lists } = said;
            const own = { findings: [], ...lists, ...(settings === undefined ? {} : { settings }) };
            there.set(key, { resource: resource(name), piece: own, rank });
          }
          told.set(key, { before, after: there.get(key) });
        }
        expect(shown(merger.update([...told.values()]))).toEqual(shown(merge([...there.values()], placeOfLast)));
      }
    }),
  );
});

/** Entries that say 3 go last. */
const placeOfLast: EntryPlace = ({ written }) => (written["says"] === 3 ? [1] : []);

test("a list that nothing changed in is the same list", () => {
  const merger = new Merger();
  const after = {
    resource: resource("a"),
    piece: { findings: [], routes: [{ name: "r" }], services: [{ name: "s" }] },
    rank: 0,
  };
  const first = merger.update([{ before: undefined, after }]);
  const second = merger.update([
    { before: after, after: { ...after, piece: { ...after.piece, routes: [{ name: "other" }] } } },
  ]);
  expect(second.lists.routes).not.toBe(first.lists.routes);
  expect(second.lists.plugins).toBe(first.lists.plugins);
});
