import { describe, expect, test } from "bun:test";
import type { Json, JsonObject } from "#src/core/json.ts";
import { argsOf, converted, documentOf } from "./converted.ts";

/** What a schema becomes as a field of a body, with the definitions it refers to. */
async function written(
  schema: Json,
  version = "3.0.3",
  schemas: JsonObject = {},
): Promise<{ field: unknown; defs: unknown }> {
  const content = { "application/json": { schema: { type: "object", properties: { field: schema } } } };
  const document = documentOf({ requestBody: { content } }, { openapi: version, components: { schemas } });
  const { tools } = await converted(document);
  const { name: _, position: __, type, schema: whole, ...rest } = argsOf(tools["thing"])["field"] ?? { name: "" };
  return { field: { ...(type === undefined ? {} : { type }), ...rest, ...whole }, defs: tools["thing"]?.schemas };
}

describe("OpenAPI 3.0", () => {
  test.each<[Json, JsonObject]>([
    [{ type: "string", nullable: true }, { type: ["string", "null"] }],
    [
      { type: "string", nullable: true, enum: ["a"] },
      { type: ["string", "null"], enum: ["a", null] },
    ],
    [
      { nullable: true, oneOf: [{ type: "string" }, { type: "integer" }] },
      { anyOf: [{ type: "string" }, { type: "integer" }, { type: "null" }] },
    ],
    [{ nullable: true, allOf: [{ type: "string" }] }, { type: ["string", "null"] }],
    [
      { nullable: true, allOf: [{ type: "string", enum: ["a"] }] },
      { type: ["string", "null"], enum: ["a", null] },
    ],
    [
      { type: "number", minimum: 1, exclusiveMinimum: true },
      { type: "number", exclusiveMinimum: 1 },
    ],
    [
      { type: "number", minimum: 1, exclusiveMinimum: false },
      { type: "number", minimum: 1 },
    ],
    [
      { type: "number", maximum: 9, exclusiveMaximum: true },
      { type: "number", exclusiveMaximum: 9 },
    ],
    [
      { type: "string", format: "byte" },
      { type: "string", contentEncoding: "base64" },
    ],
    [
      { type: "string", format: "date-time", default: "now" },
      { type: "string", format: "date-time", default: "now" },
    ],
    [{ type: "string", default: null }, { type: "string" }],
    [
      { type: "string", example: "a", "x-y": 1, xml: {}, externalDocs: {} },
      { type: "string", examples: ["a"] },
    ],
    [{ type: "string", pattern: "[\\w-.]" }, { type: "string" }],
    [
      { type: "string", pattern: "^a+$" },
      { type: "string", pattern: "^a+$" },
    ],
    [
      { type: "string", enum: [1, true, "a", "a"] },
      { type: "string", enum: ["1", "true", "a"] },
    ],
    [{ type: "string", enum: [] }, { type: "string" }],
    [{ type: "string", required: true }, { type: "string" }],
    [{ type: "anything", minLength: -1 }, {}],
    [
      { type: "array", items: [{ type: "string" }] },
      { type: "array", prefixItems: [{ type: "string" }] },
    ],
    [{ type: "array", items: [] }, { type: "array" }],
    [{ properties: { a: { type: "string" } } }, { type: "object", properties: { a: { type: "string" } } }],
    [
      { type: "object", additionalProperties: { type: "string" } },
      { type: "object", additionalProperties: { type: "string" } },
    ],
    [{ oneOf: [{ type: "integer" }, { type: "number" }] }, { anyOf: [{ type: "integer" }, { type: "number" }] }],
    [
      { anyOf: [{ type: "string" }], oneOf: [{ type: "string" }, { minLength: 1 }] },
      { allOf: [{ anyOf: [{ type: "string" }, { minLength: 1 }] }, { type: "string" }] },
    ],
    [{ not: { type: "string" } }, { not: { type: "string" } }],
    ["nothing", {}],
    [7, {}],
  ])("%j becomes %j", async (schema, expected) => {
    expect((await written(schema)).field).toEqual(expected);
  });

  test("a property named __proto__ is one", async () => {
    const schema: JsonObject = JSON.parse('{"type":"object","properties":{"__proto__":{"type":"string"}}}');
    expect(JSON.stringify((await written(schema)).field)).toContain('"__proto__":{"type":"string"}');
  });
});

describe("OpenAPI 3.1", () => {
  test.each<[Json, JsonObject]>([
    [{ type: ["string", "null"] }, { type: ["string", "null"] }],
    [{ type: ["string"] }, { type: "string" }],
    [true, {}],
    [false, { not: {} }],
    [{ const: "a" }, { const: "a" }],
    [
      { type: "array", prefixItems: [{ type: "string" }], items: false },
      { type: "array", prefixItems: [{ type: "string" }], items: { not: {} } },
    ],
    [
      { type: "string", examples: ["a", "b"] },
      { type: "string", examples: ["a", "b"] },
    ],
    [
      { type: "object", dependentRequired: { a: ["b"] }, patternProperties: { "^x": { type: "string" } } },
      { type: "object", dependentRequired: { a: ["b"] }, patternProperties: { "^x": { type: "string" } } },
    ],
    [
      { $ref: "#/components/schemas/Name", minLength: 2 },
      { minLength: 2, allOf: [{ type: "string", maxLength: 9 }] },
    ],
    [
      { $ref: "#/components/schemas/Name", description: "Whose." },
      { type: "string", maxLength: 9, description: "Whose." },
    ],
  ])("%j becomes %j", async (schema, expected) => {
    expect((await written(schema, "3.1.0", { Name: { type: "string", maxLength: 9 } })).field).toEqual(expected);
  });
});

test("conditions are carried over", async () => {
  const schema: Json = JSON.parse('{"if":{"type":"string"},"then":{"minLength":1},"else":false}');
  expect((await written(schema, "3.1.0")).field).toEqual(schema);
});

describe("allOf", () => {
  test("of objects is one object", async () => {
    const { field } = await written(
      {
        allOf: [
          { $ref: "#/components/schemas/Base" },
          { type: "object", required: ["b"], properties: { b: { type: "integer" }, a: { description: "The first." } } },
        ],
        description: "Both.",
      },
      "3.0.3",
      {
        Base: {
          type: "object",
          required: ["a", "id"],
          properties: { a: { type: "string" }, id: { type: "string", readOnly: true } },
          additionalProperties: false,
        },
      },
    );
    expect(field).toEqual({
      description: "Both.",
      type: "object",
      properties: { a: { type: "string", description: "The first." }, b: { type: "integer" } },
      required: ["a", "b"],
    });
  });

  test("that is more than a list of properties stays one", async () => {
    const { field } = await written({ allOf: [{ type: "string", minLength: 1 }, { pattern: "^a" }] });
    expect(field).toEqual({ allOf: [{ type: "string", minLength: 1 }, { pattern: "^a" }] });
  });

  test("does not ask for what another part hides", async () => {
    const { field } = await written(
      { allOf: [{ $ref: "#/components/schemas/Base" }, { required: ["id", "a"] }] },
      "3.0.3",
      { Base: { type: "object", properties: { id: { type: "string", readOnly: true }, a: { type: "string" } } } },
    );
    expect(field).toEqual({ type: "object", properties: { a: { type: "string" } }, required: ["a"] });
  });
});

describe("references", () => {
  const SMALL = { type: "string" };
  const LARGE = {
    type: "object",
    properties: Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`p${index}`, { type: "string" }])),
  };

  test("to what is small or used once stand in their place", async () => {
    const { field, defs } = await written(
      { type: "object", properties: { a: ref("Small"), b: ref("Small"), c: ref("Large") } },
      "3.0.3",
      { Small: SMALL, Large: LARGE },
    );
    expect(field).toEqual({ type: "object", properties: { a: SMALL, b: SMALL, c: LARGE } });
    expect(defs).toBeUndefined();
  });

  test("to what is large and used again are kept", async () => {
    const { field, defs } = await written(
      { type: "object", properties: { a: ref("Large"), b: ref("Large") } },
      "3.0.3",
      { Large: LARGE },
    );
    const kept = { $ref: "#/$defs/Large" };
    expect(field).toEqual({ type: "object", properties: { a: kept, b: kept } });
    expect(defs).toEqual({ Large: LARGE });
  });

  test("to what stands within itself are kept", async () => {
    const { field, defs } = await written(ref("Tree"), "3.0.3", {
      Tree: { type: "object", properties: { left: ref("Tree"), right: { nullable: true, allOf: [ref("Tree")] } } },
    });
    const tree = { $ref: "#/$defs/Tree" };
    expect(field).toEqual(tree);
    expect(defs).toEqual({
      Tree: { type: "object", properties: { left: tree, right: { anyOf: [tree, { type: "null" }] } } },
    });
  });

  test("of two schemas to each other come to an end", async () => {
    const { field, defs } = await written(ref("A"), "3.0.3", {
      A: { allOf: [ref("B"), { properties: { a: { type: "string" } } }] },
      B: { allOf: [ref("A"), { properties: { b: { type: "string" } } }] },
    });
    expect(field).toEqual({ $ref: "#/$defs/A" });
    // That A has to fit A says nothing.
    const [a = {}, b = {}] = ["a", "b"].map((name) => ({ type: "object", properties: { [name]: { type: "string" } } }));
    expect(defs).toEqual({ A: { allOf: [{ allOf: [{}, b] }, a] } });
  });

  test("through escapes, and into any part of the document", async () => {
    const { field } = await written({ $ref: "#/components/schemas/a~1b%20~0c/properties/d" }, "3.0.3", {
      "a/b ~c": { type: "object", properties: { d: { type: "boolean" } } },
    });
    expect(field).toEqual({ type: "boolean" });
  });

  test("to nothing are a problem, and take anything", async () => {
    const content = { "application/json": { schema: { properties: { a: ref("Gone") } } } };
    const { tools, problems } = await converted(documentOf({ requestBody: { content } }));
    expect(argsOf(tools["thing"])["a"]).toEqual({ name: "a", position: "body", schema: {} });
    expect(problems).toEqual(["POST /thing: There is no '#/components/schemas/Gone': anything is taken in its place."]);
  });

  test("to two schemas of one name have names of their own", async () => {
    const two = {
      type: "object",
      properties: { a: ref("Large"), b: ref("Large"), c: { $ref: "#/x/Large" }, d: { $ref: "#/x/Large" } },
    };
    const content = { "application/json": { schema: { properties: { field: two } } } };
    const { tools } = await converted(
      documentOf(
        { requestBody: { content } },
        { components: { schemas: { Large: LARGE } }, x: { Large: { ...LARGE, description: "other" } } },
      ),
    );
    expect(Object.keys(tools["thing"]?.schemas ?? {})).toEqual(["Large", "Large_2"]);
  });
});

describe("a discriminator", () => {
  const schemas = {
    Cat: { type: "object", properties: { kind: { type: "string" }, lives: { type: "integer" } } },
    Dog: { type: "object", properties: { kind: { type: "string" }, barks: { type: "boolean" } } },
  };
  const oneOf = [ref("Cat"), ref("Dog")];

  test("says in each branch which value names it", async () => {
    const mapping = { kitty: "#/components/schemas/Cat", puss: "Cat" };
    const { field } = await written({ oneOf, discriminator: { propertyName: "kind", mapping } }, "3.0.3", schemas);
    expect(field).toEqual({
      anyOf: [
        {
          type: "object",
          properties: { kind: { type: "string", enum: ["kitty", "puss"] }, lives: { type: "integer" } },
          required: ["kind"],
        },
        {
          type: "object",
          properties: { kind: { type: "string", const: "Dog" }, barks: { type: "boolean" } },
          required: ["kind"],
        },
      ],
    });
  });

  test("adds nothing where the branch says it itself", async () => {
    const named = { Cat: { type: "object", properties: { kind: { enum: ["meow"] } } } };
    const { field } = await written(
      { oneOf: [ref("Cat"), { type: "object" }], discriminator: { propertyName: "kind" } },
      "3.0.3",
      named,
    );
    expect(field).toEqual({
      anyOf: [{ type: "object", properties: { kind: { enum: ["meow"] } } }, { type: "object" }],
    });
  });

  test.each([
    ["OpenAPI 3's", { propertyName: "kind", mapping: { cat: "Cat" } }, "cat"],
    ["Swagger 2.0's", "kind", "Cat"],
  ])("of a base, %s, finds those that extend it", async (_, discriminator, tag) => {
    const kind = { type: "string" };
    const { field, defs } = await written({ type: "object", properties: { pet: ref("Pet") } }, "3.0.3", {
      Pet: { type: "object", required: ["kind"], properties: { kind, friend: ref("Pet") }, discriminator },
      Cat: { allOf: [ref("Pet"), { type: "object", properties: { lives: { type: "integer" } } }] },
      Dog: { allOf: [ref("Pet"), { type: "object", properties: { barks: { type: "boolean" } } }] },
      Other: { allOf: [ref("Dog")] },
    });
    const friend = { $ref: "#/$defs/Pet" };
    const branch = (value: string, more: JsonObject): JsonObject => ({
      type: "object",
      properties: { kind: { ...kind, const: value }, friend, ...more },
      required: ["kind"],
    });
    expect(field).toEqual({ type: "object", properties: { pet: friend } });
    expect(defs).toEqual({
      Pet: {
        anyOf: [
          branch(tag, { lives: { type: "integer" } }),
          branch("Dog", { barks: { type: "boolean" } }),
          { type: "object", properties: { kind, friend }, required: ["kind"] },
        ],
      },
    });
  });
});

function ref(name: string): JsonObject {
  return { $ref: `#/components/schemas/${name}` };
}
