import { describe, expect, test } from "bun:test";
import { array, assert, constantFrom, integer, jsonValue, oneof, property, string } from "fast-check";
import { editPath, edited, EditError, valueAt } from "#src/core/gjson/edit.ts";
import { JsonNode } from "#src/core/gjson/node.ts";

const set = (json: string, path: string, raw = '"v"'): string => edited(JsonNode.of(json), editPath(path), () => raw);
const remove = (json: string, path: string): string => edited(JsonNode.of(json), editPath(path), () => undefined);
const replace = (json: string, path: string): string =>
  edited(JsonNode.of(json), editPath(path), (old) => (old === undefined ? undefined : '"v"'));

describe("setting", () => {
  test.each([
    ['{"a":1}', "a", '{"a":"v"}'],
    ["{}", "foo.bar", '{"foo":{"bar":"v"}}'],
    ["{}", "foo\\.bar", '{"foo.bar":"v"}'],
    ['{"a":[1,2]}', "a.1", '{"a":[1,"v"]}'],
    ['{"a":[1,2]}', "a.3", '{"a":[1,2,null,"v"]}'],
    ['{"a":[1]}', "a.-1", '{"a":[1,"v"]}'],
    ["{}", "a.1", '{"a":[null,"v"]}'],
    ["{}", "a.:1", '{"a":{"1":"v"}}'],
    ["{}", "a.-1", '{"a":["v"]}'],
    ['{"1":0}', "1", '{"1":"v"}'],
    ["[1,2]", "0", '["v",2]'],
    ['{"u":[{"a":1},{"b":2}]}', "u.#.a", '{"u":[{"a":"v"},{"b":2,"a":"v"}]}'],
    ["{}", "\\#", '{"#":"v"}'],
    ["{}", "u.#.a", "{}"],
    ['{"a":1,"a":2}', "a", '{"a":"v","a":2}'],
    ["{}", "", '{"":"v"}'],
  ])("%s at %s", (json, path, expected) => {
    expect(set(json, path)).toBe(expected);
  });

  test.each([
    ['{"a":1}', "a.b"],
    ['{"a":null}', "a.b"],
    ['{"a":[]}', "a.b"],
    ["{}", "a.5000"],
  ])("%s at %s cannot be", (json, path) => {
    expect(() => set(json, path)).toThrow(EditError);
  });

  test("what is beside it keeps its text", () => {
    expect(set('{"big":12345678901234567890,"e":1.50,"a":1}', "a")).toBe(
      '{"big":12345678901234567890,"e":1.50,"a":"v"}',
    );
  });
});

describe("removing", () => {
  test.each([
    ['{"a":1,"b":2}', "a", '{"b":2}'],
    ['{"users":[{"123":1},{"456":2}]}', "users.0", '{"users":[{"456":2}]}'],
    ['{"u":[{"a":1,"b":1},{"a":2}]}', "u.#.a", '{"u":[{"b":1},{}]}'],
    ['{"a":1}', "b.c", '{"a":1}'],
    ['{"a":1}', "a.b", '{"a":1}'],
    ['{"a":[1]}', "a.7", '{"a":[1]}'],
    ['{"a":[1]}', "a.b", '{"a":[1]}'],
  ])("%s at %s", (json, path, expected) => {
    expect(remove(json, path)).toBe(expected);
  });
});

test("replacing makes nothing that is not there", () => {
  expect(replace('{"u":[{"age":1},{}]}', "u.#.age")).toBe('{"u":[{"age":"v"},{}]}');
  expect(replace("{}", "a.b")).toBe("{}");
  expect(replace('{"a":5}', "a.b.c")).toBe('{"a":5}');
});

test("what is set is there, and is JSON", () => {
  const name = oneof(string(), constantFrom("a", "b.c", "0", "1", "-1", "#", ":1", "\\"));
  assert(
    property(jsonValue(), array(name, { minLength: 1, maxLength: 4 }), integer(), (value, names, number) => {
      const path = names.map((one) => one.replaceAll(/[.\\#:]/g, "\\$&")).join(".");
      const node = JsonNode.of(JSON.stringify(value));
      let text: string;
      try {
        text = edited(node, editPath(path), () => String(number));
      } catch (error) {
        expect(error).toBeInstanceOf(EditError);
        return;
      }
      const changed = JsonNode.parse(text);
      expect(changed).toBeDefined();
      expect(valueAt(changed, editPath(path))?.raw).toBe(String(number));
    }),
  );
});
