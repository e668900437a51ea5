import { expect, test } from "bun:test";
import fc from "fast-check";
import { decodeHeaderValue, encodeHeaderValue } from "#mcp/wire/header-value.ts";

test("values are encoded as the specification's table says", () => {
  const table: readonly (readonly [string, string])[] = [
    ["us-west1", "us-west1"],
    ["Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="],
    [" padded ", "=?base64?IHBhZGRlZCA=?="],
    ["line1\nline2", "=?base64?bGluZTEKbGluZTI=?="],
    ["=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="],
  ];
  for (const [value, header] of table) expect(encodeHeaderValue(value)).toBe(header);
});

test("every value comes back, and every header can be sent", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (value) => {
      const header = encodeHeaderValue(value.toWellFormed());
      expect(decodeHeaderValue(header)).toBe(value.toWellFormed());
      expect(new Headers({ "mcp-name": header }).get("mcp-name")).toBe(header);
    }),
  );
});

test("what is not well formed is told from what is", () => {
  for (const header of ["=?base64?%%%?=", "=?base64?/w==?=", "caf\u00e9", "a\u0000b"])
    expect(decodeHeaderValue(header)).toBeUndefined();
});
