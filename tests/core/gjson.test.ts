import { describe, expect, test } from "bun:test";
import { constant, constantFrom, array, assert, jsonValue, oneof, property, string } from "fast-check";
import { getPath } from "#src/core/gjson/get.ts";
import { JsonNode } from "#src/core/gjson/node.ts";
import { Path } from "#src/core/gjson/path.ts";
import { matchesWildcards } from "#src/core/gjson/wildcards.ts";
// What GJSON 1.18, the version of Higress, answers.
import facts from "#tests/fixtures/mcp-rest/gjson.json" with { type: "json" };

function get(json: string, path: string): string | null {
  return getPath(JsonNode.parse(json), Path.of(path))?.raw ?? null;
}

describe("paths lead where GJSON's do", () => {
  for (const { document, results } of facts) {
    test(`in ${document.slice(0, 20)}…`, () => {
      const got = Object.fromEntries(Object.keys(results).map((path) => [path, get(document, path)]));
      expect(got).toEqual({ ...results });
    });
  }

  test("and several conditions are joined, as Higress' documents write them", () => {
    const users = '{"users":[{"n":"a","on":true,"age":28},{"n":"b","on":false,"age":35},{"n":"c","on":true,"age":42}]}';
    expect(get(users, "users.#(on==true && age>30)#.n")).toBe('["c"]');
    expect(get(users, 'users.#(n=="a&&b" && age>30)#.n')).toBe("[]");
  });
});

describe("documents", () => {
  test("keep their numbers, their order and the first of two members with one name", () => {
    const text = '{"2": 1.50, "1": 1e3, "a": 12345678901234567890, "2": 7}';
    expect(get(text, "2")).toBe("1.50");
    expect(get(text, "1")).toBe("1e3");
    expect(get(text, "a")).toBe("12345678901234567890");
    expect(get(text, "@keys")).toBe('["2","1","a","2"]');
  });

  test("that are none are nothing", () => {
    for (const text of ["", "{", "<html>", '{"a":}', "nan"]) expect(JsonNode.parse(text)).toBeUndefined();
  });

  test("are taken apart as they were put together", () => {
    assert(
      property(jsonValue({ noUnicodeString: false }), (value) => {
        const node = JsonNode.parse(JSON.stringify(value, null, 1))!;
        expect(JSON.parse(get(node.raw, "@ugly")!)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(JSON.parse(get(node.raw, "@pretty")!)).toEqual(JSON.parse(JSON.stringify(value)));
        if (node.kind === "array") expect(node.items.map(({ raw }) => JSON.parse(raw))).toEqual(JSON.parse(node.raw));
        if (node.kind === "object") expect(node.size).toBe(Object.keys(JSON.parse(node.raw)).length);
      }),
    );
  });
});

test("no path breaks anything, and what it finds is JSON", () => {
  const piece = oneof(
    constantFrom(
      "a",
      "0",
      "#",
      ".",
      "|",
      "*",
      "?",
      "\\",
      "(",
      ")",
      "[",
      "]",
      "{",
      "}",
      '"',
      ":",
      ",",
      "!",
      "==",
      "~true",
    ),
    constantFrom(
      "@this",
      "@keys",
      "@flatten",
      "@join",
      "@tostr",
      "@fromstr",
      "@group",
      "@dig:a",
      "@pretty",
      "@reverse",
    ),
    string({ maxLength: 2 }),
  );
  const documents = constantFrom('{"a":[{"a":1},{"a":[2,"x"]},null],"0":{"a":"[1]"}}', '[[1,{"a":true}],"a",2]', '"a"');
  assert(
    property(documents, array(piece, { maxLength: 12 }), (document, pieces) => {
      const found = get(document, pieces.join(""));
      if (found !== null) JSON.parse(found);
    }),
    { numRuns: 2000 },
  );
});

test("a deep nest of paths ends", () => {
  expect(get('{"a":1}', `${"[".repeat(5000)}a${"]".repeat(5000)}`)).not.toContain("a");
  expect(get(`${"[".repeat(400)}1${"]".repeat(400)}`, Array.from({ length: 400 }, () => "0").join("."))).toBeNull();
});

test("wildcards take no more than text times pattern", () => {
  assert(property(string(), string(), (before, after) => matchesWildcards(`${before}x${after}`, "*x*")));
  assert(property(constant("a".repeat(5000)), (text) => !matchesWildcards(text, `${"*a".repeat(500)}*b`)));
});
