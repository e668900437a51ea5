import { expect, test } from "bun:test";
import { array, assert, integer, property, shuffledSubarray } from "fast-check";
import { changeOf, edited, editsBetween } from "#src/core/list-edits.ts";

interface Item {
  readonly id: number;
}

const ITEMS: readonly Item[] = Array.from({ length: 80 }, (_, id) => ({ id }));

/** A list as edits make it of another one. */
function applied(before: readonly Item[], after: readonly Item[]): readonly Item[] {
  return edited(before, editsBetween(before, after), (item) => item);
}

test("edits lead from one list to the other, whatever was added, taken away or moved", () => {
  const list = shuffledSubarray([...ITEMS]);
  assert(property(list, list, (before, after) => expect(applied(before, after)).toEqual(after)));
  const few = array(integer({ min: 0, max: 79 }), { maxLength: 6 });
  assert(
    property(few, few, (gone, new_) => {
      const before = ITEMS.filter(({ id }) => id % 3 > 0 || !new_.includes(id));
      const after = ITEMS.filter(({ id }) => !gone.includes(id));
      expect(applied(before, after)).toEqual(after);
      const { gone: away, come } = changeOf(editsBetween(before, after));
      expect([...away].toSorted((a, b) => a.id - b.id)).toEqual(before.filter((item) => !after.includes(item)));
      expect([...come].toSorted((a, b) => a.id - b.id)).toEqual(after.filter((item) => !before.includes(item)));
    }),
  );
});

test("one change among many is one edit, and what was moved is neither gone nor new", () => {
  const other = { id: 99 };
  const before = ITEMS;
  const after = ITEMS.with(40, other);
  expect(editsBetween(before, after)).toEqual([{ at: 40, removed: [{ id: 40 }], added: [other] }]);
  const moved = [...ITEMS.slice(1), ITEMS[0] as Item];
  expect(changeOf(editsBetween(before, moved))).toEqual({ gone: new Set(), come: new Set() });
});
