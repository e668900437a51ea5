import { expect, test } from "bun:test";
import type { JsonObject } from "#src/core/json.ts";
import { fromOpenApi, toOpenApi } from "#src/protocols/json-schema/open-api.ts";
import { everySchema } from "#src/protocols/json-schema/walk.ts";

test("Gemini's OpenAPI subset is read", () => {
  expect(
    fromOpenApi({ type: "OBJECT", properties: { a: { type: "STRING", nullable: true, maxLength: "5" } } }),
  ).toEqual({
    type: "object",
    properties: { a: { type: ["string", "null"], maxLength: 5 } },
  });
});

test("references are put in place, recursive ones are a loss", () => {
  const schema = {
    type: "object",
    properties: { n: { $ref: "#/$defs/n" } },
    $defs: { n: { type: "object", properties: { n: { $ref: "#/$defs/n" } } } },
  };
  expect(toOpenApi(schema)).toEqual({
    schema: { type: "OBJECT", properties: { n: { type: "OBJECT", properties: { n: { type: "OBJECT" } } } } },
    lost: ["$ref"],
  });
});

test("references that multiply are put in place a thousand times, the rest is a loss", () => {
  const $defs: JsonObject = { d30: { type: "string" } };
  for (let level = 0; level < 30; level++) {
    const next = { $ref: `#/$defs/d${level + 1}` };
    $defs[`d${level}`] = { type: "object", properties: { a: next, b: next } };
  }
  const { schema, lost } = toOpenApi({ type: "object", properties: { d: { $ref: "#/$defs/d0" } }, $defs });
  expect(everySchema(schema).length).toBeLessThan(3000);
  expect(lost).toEqual(["$ref"]);
});

test("a reference that is used often is no loss", () => {
  const names = Array.from({ length: 500 }, (_, index) => `p${index}`);
  const properties = Object.fromEntries(names.map((name) => [name, { $ref: "#/$defs/text" }]));
  const { schema, lost } = toOpenApi({ type: "object", properties, $defs: { text: { type: "string" } } });
  expect(schema.properties).toEqual(Object.fromEntries(names.map((name) => [name, { type: "STRING" }])));
  expect(lost).toEqual([]);
});

test("properties are read in the order they are given", () => {
  const properties = { b: { type: "STRING" }, a: { type: "STRING" }, c: { type: "STRING" } };
  const schema = fromOpenApi({ type: "OBJECT", properties, propertyOrdering: ["c", "a", "c", "gone"] });
  expect(Object.keys(schema.properties ?? {})).toEqual(["c", "a", "b"]);
  expect(schema.propertyOrdering).toBeUndefined();
});

test("what OpenAPI says in other words is no loss, what it cannot say is", () => {
  expect(
    toOpenApi({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      properties: {
        kind: { const: "cat" },
        legs: { type: ["integer", "string"] },
        size: { oneOf: [{ type: "number" }, { type: "null" }] },
        tags: { type: "object", additionalProperties: { type: "string" } },
      },
      additionalProperties: false,
      allOf: [{ required: ["kind"] }],
    }),
  ).toEqual({
    schema: {
      type: "OBJECT",
      properties: {
        kind: { enum: ["cat"] },
        legs: { anyOf: [{ type: "INTEGER" }, { type: "STRING" }] },
        size: { anyOf: [{ type: "NUMBER" }, { nullable: true }] },
        tags: { type: "OBJECT" },
      },
      required: ["kind"],
    },
    lost: ["additionalProperties"],
  });
});
