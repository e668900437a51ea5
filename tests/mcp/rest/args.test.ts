import { describe, expect, test } from "bun:test";
import type { JsonObject } from "#src/core/json.ts";
import { coercionOf, inputSchemaOf } from "#mcp/rest/args.ts";
import type { RestArg } from "#mcp/rest/format.ts";

describe("the arguments of a tool", () => {
  test("are shown as JSON Schema", () => {
    const args: readonly RestArg[] = [
      { name: "q", description: "what", required: true },
      { name: "n", type: "integer", default: 10 },
      { name: "e", enum: ["a", "b"], default: "a" },
      { name: "l", type: "array", items: { type: "string" } },
      { name: "o", type: "object", properties: { k: { type: "number" } } },
      { name: "own", schema: { $ref: "#/$defs/X" } },
    ];
    expect(inputSchemaOf({ name: "t", args, schemas: { X: { type: "string" } } })).toEqual({
      type: "object",
      properties: {
        q: { type: "string", description: "what" },
        n: { type: "integer", default: 10 },
        e: { type: "string", enum: ["a", "b"], default: "a" },
        l: { type: "array", items: { type: "string" } },
        o: { type: "object", properties: { k: { type: "number" } } },
        own: { $ref: "#/$defs/X" },
      },
      required: ["q"],
      $defs: { X: { type: "string" } },
    });
  });

  test("whose schemas are mended where people write it otherwise", () => {
    const properties = {
      a: { type: "int", required: true },
      b: { type: "object", properties: { c: { type: "bool", required: true } } },
    };
    const args: readonly RestArg[] = [
      { name: "o", type: "object", properties },
      { name: "l", type: "array", items: { properties } },
    ];
    const mended = {
      a: { type: "integer" },
      b: { type: "object", properties: { c: { type: "boolean" } }, required: ["c"] },
    };
    expect(inputSchemaOf({ name: "t", args })["properties"]).toEqual({
      o: { type: "object", properties: mended, required: ["a"] },
      l: { type: "array", items: { properties: mended, required: ["a"] } },
    });
  });

  test("are coerced from texts, and have defaults", () => {
    const coerce = coercionOf({
      name: "t",
      args: [
        { name: "i", type: "integer" },
        { name: "f", type: "number", default: 1.5 },
        { name: "b", type: "boolean", default: false },
        { name: "s" },
      ],
    })!;
    const cases: readonly (readonly [given: JsonObject, made: JsonObject])[] = [
      [{}, { f: 1.5, b: false }],
      [
        { i: "-5", f: "2e3", b: "true", s: "1" },
        { i: -5, f: 2000, b: true, s: "1" },
      ],
      [
        { i: "5.5", f: "x", b: "yes" },
        { i: "5.5", f: "x", b: "yes" },
      ],
      [
        { i: 5, f: 0, b: true, s: null },
        { i: 5, f: 0, b: true, s: null },
      ],
      [{ i: "12345678901234567890" }, { i: "12345678901234567890", f: 1.5, b: false }],
    ];
    for (const [given, made] of cases) expect(coerce(given)).toEqual(made);
  });
});
