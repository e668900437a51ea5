import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { parseDocument } from "#mcp/openapi/parse.ts";
import { shortArgs } from "#mcp/openapi/short-args.ts";
import { shortened } from "#mcp/openapi/schema/shorten.ts";
import type { JsonObject } from "#src/core/json.ts";
import { converted, documentOf, inputSchemaOf } from "./converted.ts";
import { sampleOf } from "./sample.ts";
import { faultsOf } from "./schema-properties.ts";

const LONG = "The first sentence. And then a second one, which nobody needs.";
const SET = {
  schemas: {
    a: {
      type: "object",
      description: LONG,
      required: ["b"],
      properties: {
        b: { type: "object", description: LONG, properties: { c: { type: "array", items: { $ref: "#/$defs/D" } } } },
        t: { $ref: "#/$defs/T" },
      },
    },
  },
  defs: {
    D: { type: "object", required: ["t"], properties: { t: { $ref: "#/$defs/T" } } },
    T: { type: "object", properties: { again: { $ref: "#/$defs/T" }, e: { type: "string", enum: ["x".repeat(200)] } } },
  },
};

test("what is short enough stays as it is", () => {
  expect(shortened(SET, 10_000)).toBe(SET);
});

test("inner descriptions go first", () => {
  const full = JSON.stringify(SET).length;
  const { schemas, defs } = shortened(SET, full - 60);
  expect(defs).toEqual(SET.defs);
  expect(schemas).toEqual({
    a: {
      ...SET.schemas.a,
      properties: {
        ...SET.schemas.a.properties,
        b: { ...SET.schemas.a.properties.b, description: "The first sentence." },
      },
    },
  });
});

test("then what lies deep is left open, and what only that uses goes", () => {
  const { schemas, defs } = shortened(SET, 400);
  expect(schemas).toEqual({
    a: {
      type: "object",
      description: LONG,
      required: ["b"],
      properties: { b: { type: "object", description: "The first sentence." }, t: { $ref: "#/$defs/T" } },
    },
  });
  expect(defs).toEqual({ T: { type: "object" } });
});

test("a tool with too long a schema gets a shorter one", async () => {
  const deep = (depth: number): JsonObject => ({
    type: "object",
    properties: Object.fromEntries(
      Array.from({ length: 6 }, (_, at) => [`p${at}`, depth === 0 ? { type: "string" } : deep(depth - 1)]),
    ),
  });
  const content = { "application/json": { schema: deep(5) } };
  const { tools } = await converted(documentOf({ requestBody: { content } }));
  const tool = tools["thing"];
  if (tool === undefined) throw new Error("There is no tool.");
  expect(Object.keys(tool.args ?? {})).toHaveLength(6);
  expect(JSON.stringify(inputSchemaOf(tool)).length).toBeLessThan(33_000);
  expect(faultsOf([tool])).toEqual([]);
});

test("whatever fits the long schema fits the short one", async () => {
  const document = parseDocument(
    readFileSync(fileURLToPath(import.meta.resolve("@netlify/open-api/dist/swagger.json")), "utf8"),
  );
  const { document: made } = await converted(document);
  const ajv = new Ajv2020({ strict: false, addUsedSchema: false, logger: false });
  addFormats.default(ajv);
  const tools = (made.tools ?? []).filter(({ args = [] }) => JSON.stringify(args).length > 1000);
  expect(tools.length).toBeGreaterThan(5);
  for (const longest of [800, 50]) {
    const short = tools.map((tool) => ({ ...tool, ...shortArgs(tool.args ?? [], tool.schemas ?? {}, longest) }));
    expect(faultsOf(short)).toEqual([]);
    for (const [at, tool] of tools.entries()) {
      const sample = sampleOf(inputSchemaOf(tool), tool.schemas ?? {});
      const fits = ajv.validate(inputSchemaOf(short[at] ?? tool), sample);
      expect([tool.name, fits]).toEqual([tool.name, true]);
    }
  }
});
