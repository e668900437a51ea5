import { expect, test } from "bun:test";
import { array, assert, boolean, integer, property, tuple } from "fast-check";
import { SortedList } from "#src/core/sorted-list.ts";

interface Item {
  readonly rank: number;
}

test("the list is always in order and holds what was added and not taken out, however much changes at once", () => {
  const ITEMS: readonly Item[] = Array.from({ length: 200 }, (_, rank) => ({ rank }));
  const turn = array(tuple(integer({ min: 0, max: 199 }), boolean()), { maxLength: 150 });
  assert(
    property(array(turn, { maxLength: 6 }), (turns) => {
      const list = new SortedList<Item>((a, b) => a.rank - b.rank);
      const there = new Set<Item>();
      for (const steps of turns) {
        for (const [rank, adds] of steps) {
          const item = ITEMS[rank] as Item;
          if (adds === there.has(item)) continue;
          if (adds) {
            there.add(item);
            list.add(item);
          } else {
            there.delete(item);
            list.remove(item);
          }
        }
        expect(list.items).toEqual([...there].sort((a, b) => a.rank - b.rank));
      }
    }),
  );
});

test("while nothing changes it is the same array, and one that was given out stays as it is", () => {
  const list = new SortedList<Item>((a, b) => a.rank - b.rank, [{ rank: 2 }, { rank: 1 }]);
  const { items } = list;
  expect(list.items).toBe(items);
  list.add({ rank: 0 });
  expect([items.length, list.items.length]).toEqual([2, 3]);
});
