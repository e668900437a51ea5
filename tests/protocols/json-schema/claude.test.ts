import { expect, test } from "bun:test";
import { toClaude } from "#src/protocols/json-schema/claude.ts";

test("Claude's subset closes objects and tells in words what it has no keyword for", () => {
  expect(
    toClaude({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      properties: {
        age: { type: "integer", minimum: 0, description: "In years." },
        mail: { type: "string", format: "email" },
        tag: { type: "string", format: "slug", default: "x" },
        list: {
          type: "array",
          items: { oneOf: [{ type: "string" }, { $ref: "#/$defs/n" }] },
          minItems: 1,
          maxItems: 3,
        },
        map: { type: "object", additionalProperties: { type: "string" } },
      },
      required: ["age"],
      $defs: { n: { type: "object", properties: { minimum: { type: "number" } } } },
    }),
  ).toEqual({
    schema: {
      type: "object",
      properties: {
        age: { type: "integer", description: "In years.\nMust hold: minimum 0." },
        mail: { type: "string", format: "email" },
        tag: { type: "string", description: 'Must hold: format "slug".' },
        list: {
          type: "array",
          items: { anyOf: [{ type: "string" }, { $ref: "#/$defs/n" }] },
          minItems: 1,
          description: "Must hold: maxItems 3.",
        },
        map: { type: "object", additionalProperties: false },
      },
      required: ["age"],
      $defs: { n: { type: "object", properties: { minimum: { type: "number" } }, additionalProperties: false } },
      additionalProperties: false,
    },
    lost: ["minimum", "format", "maxItems", "additionalProperties"],
  });
});

test("a schema in the subset stays as it is", () => {
  const schema = {
    type: "object",
    properties: { a: { enum: ["x", null] }, b: { type: ["string", "null"] } },
    required: ["a"],
    additionalProperties: false,
  };
  expect(toClaude(schema)).toEqual({ schema, lost: [] });
});
