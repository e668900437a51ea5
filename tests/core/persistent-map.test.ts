import { expect, test } from "bun:test";
import { array, assert, constant, dictionary, integer, oneof, property } from "fast-check";
import { PersistentMap } from "#src/core/persistent-map.ts";

test("a map made of another one holds what a native one would, and the one before stays as it was", () => {
  const key = integer({ min: 0, max: 300 }).map((number) => `host-${number}.example`);
  const changes = dictionary(key, oneof(integer(), constant(undefined)), { maxKeys: 200 });
  assert(
    property(array(changes, { maxLength: 6 }), (all) => {
      let map = PersistentMap.from<number>([["first", 1]]);
      const native = new Map([["first", 1]]);
      for (const one of all) {
        const [before, was] = [map, new Map(native)];
        map = map.with(new Map(Object.entries(one)));
        for (const [name, value] of Object.entries(one)) {
          if (value === undefined) native.delete(name);
          else native.set(name, value);
        }
        expect(new Map(map.entries())).toEqual(native);
        expect(new Map(before.entries())).toEqual(was);
        expect(map.size).toBe(native.size);
        for (const [name, value] of native) expect(map.get(name)).toBe(value);
      }
    }),
    { numRuns: 50 },
  );
});
