import { describe, expect, test } from "bun:test";
import { assert, dictionary, jsonValue, property, string } from "fast-check";
import { spliceMember, splicePath } from "#src/core/json-splice.ts";

describe("spliceMember", () => {
  test("replaces a value and leaves every other byte", () => {
    const text = '{ "a" : [1, {"model":"inner"}],\n\t"model" :  "old" , "b":1.50e+2, "c":"}{\\"model\\":" }';
    expect(spliceMember(text, "model", '"new"')).toBe(text.replace('"old"', '"new"'));
  });

  test("replaces every occurrence, since parsers differ in which they take", () => {
    expect(spliceMember('{"model":"a","x":1,"model":"b"}', "model", '"m"')).toBe('{"model":"m","x":1,"model":"m"}');
  });

  test("sees through an escaped key", () => {
    expect(spliceMember('{"mod\\u0065l":"a"}', "model", '"m"')).toBe('{"mod\\u0065l":"m"}');
  });

  test("adds a member that is not there", () => {
    expect(spliceMember(' {"x":1}', "model", '"m"')).toBe(' {"model":"m","x":1}');
    expect(spliceMember("{ }", "model", '"m"')).toBe('{"model":"m" }');
  });

  test.each([
    ['{"k":true,"z":1}', '{"k":0,"z":1}'],
    ['{"k":null}', '{"k":0}'],
    ['{"k":-1.5e3 ,"z":1}', '{"k":0 ,"z":1}'],
    ['{"k":{"a":[1,"]"]},"z":1}', '{"k":0,"z":1}'],
    ['{"k":[],"z":1}', '{"k":0,"z":1}'],
    ['{"k":"\\\\","z":1}', '{"k":0,"z":1}'],
  ])("replaces any kind of value: %s", (before, after) => {
    expect(spliceMember(before, "k", "0")).toBe(after);
  });

  test("is what parsing, setting and writing would be", () => {
    assert(
      property(dictionary(string(), jsonValue()), string(), jsonValue(), (object, key, value) => {
        for (const indent of [0, 2]) {
          const text = JSON.stringify(object, null, indent);
          const spliced: unknown = JSON.parse(spliceMember(text, key, JSON.stringify(value)));
          const expected: unknown = JSON.parse(JSON.stringify({ ...object, ["__proto__x"]: 0 }));
          const wanted = new Map(Object.entries(expected as object));
          wanted.delete("__proto__x");
          wanted.set(key, JSON.parse(JSON.stringify(value)));
          expect(new Map(Object.entries(spliced as object))).toEqual(wanted);
        }
      }),
    );
  });
});

describe("splicePath", () => {
  test.each([
    ['{ "a": {"model" : "x", "n":1.0}, "b":2 }', ["a", "model"], '{ "a": {"model" : 0, "n":1.0}, "b":2 }'],
    ['{"b":2}', ["a", "c", "model"], '{"a":{"c":{"model":0}},"b":2}'],
    ['{"a":"text"}', ["a", "model"], '{"a":{"model":0}}'],
    ['{"a":{"m":1},"a":{"n":2}}', ["a", "model"], '{"a":{"model":0,"n":2},"a":{"model":0,"n":2}}'],
    ['{"a":[ {"m":1} , {"m":[2]}, 3 ]}', ["a", 1, "m", 0], '{"a":[ {"m":1} , {"m":[0]}, 3 ]}'],
    ['{"a":[1,"x]", null ]}', ["a", 2], '{"a":[1,"x]", 0 ]}'],
    ['{"a":[1]}', ["a", 1], '{"a":[1]}'],
    ['{"a":[ ]}', ["a", 0], '{"a":[ ]}'],
    ["[[1],[2]]", [1, 0], "[[1],[0]]"],
    ['{"model":1}', ["model"], '{"model":0}'],
  ] as const)("%s at %p", (before, path, after) => {
    expect(splicePath(before, path, "0")).toBe(after);
  });
});
