import { expect, test } from "bun:test";
import { fromOpenApi, toOpenApi, toStrict } from "#src/protocols/json-schema.ts";

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

test("a strict schema is closed", () => {
  expect(toStrict({ type: "object", properties: { a: { type: "string" } } })).toEqual({
    type: "object",
    properties: { a: { type: ["string", "null"] } },
    required: ["a"],
    additionalProperties: false,
  });
});
