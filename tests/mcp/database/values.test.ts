import { describe, expect, test } from "bun:test";
import { assert, bigInt, double, jsonValue as anyJson, property } from "fast-check";
import { firstWord } from "#mcp/database/first-word.ts";
import { anyValue, floatValue, integerValue, jsonValue } from "#mcp/database/values.ts";
import { wildcard } from "#mcp/database/wildcard.ts";

describe("values", () => {
  test("whole numbers lose no digit", () => {
    assert(
      property(bigInt(), (number) => expect(`${integerValue(String(number)) as string | number}`).toBe(String(number))),
    );
  });

  test("floating-point numbers are JSON, or text", () => {
    assert(
      property(double(), (number) => {
        const value = JSON.parse(JSON.stringify(floatValue(number))) as unknown;
        expect(Number(value)).toBe(Object.is(number, -0) ? 0 : number);
      }),
    );
  });

  test("JSON is what it was, but for numbers that JavaScript cannot hold", () => {
    assert(
      property(anyJson(), (value) =>
        expect(jsonValue(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value))),
      ),
    );
    expect(jsonValue('{"id": 12345678901234567890, "part": 0.12345678901234567890, "n": 1.50}')).toEqual({
      id: "12345678901234567890",
      part: "0.12345678901234567890",
      n: 1.5,
    });
    expect(jsonValue("no json")).toBe("no json");
  });

  test("everything else is JSON as well", () => {
    expect(anyValue([new Uint8Array([1]), 10n ** 20n, new Date(0), undefined, { a: Number.NaN }])).toEqual([
      { base64: "AQ==" },
      "100000000000000000000",
      "1970-01-01T00:00:00.000Z",
      null,
      { a: "NaN" },
    ]);
  });
});

test.each([
  ["select 1", "SELECT"],
  ["  -- note\n /* copy */ ( COPY t TO STDOUT", "COPY"],
  [";; # note\n Attach 'x'", "ATTACH"],
  ["-- only a comment", ""],
  ["", ""],
])("the first word of %p", (sql, word) => {
  expect(firstWord(sql)).toBe(word);
});

test.each([
  ["orders", "orders", true],
  ["orders", "sales.orders", false],
  ["sales.*", "sales.orders", true],
  ["sales.*", "sales.orders.more", false],
  ["*", "orders", true],
  ["o*s", "orders", true],
  ["a+b", "aab", false],
])("the pattern %s and the table %s", (pattern, table, fits) => {
  expect(wildcard(pattern).test(table)).toBe(fits);
});
