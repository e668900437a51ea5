import { expect, test } from "bun:test";
import { HeaderList } from "#src/core/header-list.ts";

function listed(...lines: readonly (readonly [string, string])[]): HeaderList {
  const list = new HeaderList();
  for (const [name, value] of lines) list.append(name, value);
  return list;
}

const linesOf = (list: HeaderList): string[] => {
  const lines: string[] = [];
  list.forEach((value, name) => lines.push(`${name}: ${value}`));
  return lines;
};

test("a name that comes twice is one value, and two lines", () => {
  const list = listed(["a", "1"], ["b", "2"], ["a", "3"]);
  expect([list.get("a"), list.get("b"), list.get("c")]).toEqual(["1, 3", "2", null]);
  expect([list.has("a"), list.has("c")]).toEqual([true, false]);
  expect(linesOf(list)).toEqual(["a: 1", "b: 2", "a: 3"]);
});

test("set replaces every line of its name, or adds one", () => {
  const list = listed(["a", "1"], ["b", "2"], ["a", "3"]);
  list.set("a", "4");
  list.set("c", "5");
  expect(linesOf(list)).toEqual(["a: 4", "b: 2", "c: 5"]);
});

test("a value is not taken for a name", () => {
  const list = listed(["a", "b"], ["c", "a"]);
  expect([list.get("b"), list.has("b")]).toEqual([null, false]);
  list.delete("b");
  expect(linesOf(list)).toEqual(["a: b", "c: a"]);
});

test("delete takes every line of its name", () => {
  const list = listed(["a", "1"], ["a", "2"], ["b", "3"]);
  list.delete("a");
  list.delete("c");
  expect(linesOf(list)).toEqual(["b: 3"]);
});

test("toHeaders is the same as the runtime's own, which refuses what is no header", () => {
  const headers = listed(["a", "1"], ["a", "2"], ["set-cookie", "x"]).toHeaders();
  expect([...headers]).toEqual([
    ["a", "1, 2"],
    ["set-cookie", "x"],
  ]);
  expect(() => listed(["a", "1\n2"]).toHeaders()).toThrow(TypeError);
});
