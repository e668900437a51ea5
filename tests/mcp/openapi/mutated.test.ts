import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { assert, asyncProperty, constantFrom, integer, jsonValue, record, array, oneof } from "fast-check";
import { parseDocument } from "#mcp/openapi/parse.ts";
import type { Json, JsonObject } from "#src/core/json.ts";
import { converted } from "./converted.ts";
import { faultsOf } from "./schema-properties.ts";

const EXAMPLES = new URL("../../../node_modules/@readme/oas-examples/", import.meta.url).pathname;

const FILES = [
  "2.0/json/petstore.json",
  "3.0/json/discriminators.json",
  "3.0/json/complex-nesting.json",
  "3.0/json/circular-request-bodies.json",
  "3.0/json/file-uploads.json",
  "3.0/json/polymorphism.json",
  "3.1/json/train-travel.json",
  "3.1/json/parameters-style.json",
];
const DOCUMENTS = FILES.map((file) => parseDocument(readFileSync(EXAMPLES + file, "utf8")));

/** What stands where it should not. */
const STRANGE = oneof(
  jsonValue({ maxDepth: 2 }).map((value): Json => JSON.parse(JSON.stringify(value))),
  constantFrom<Json>(
    { $ref: "#" },
    { $ref: "#/paths" },
    { $ref: "#/components/schemas/Pet" },
    { allOf: [{ $ref: "#/components/schemas/Pet" }] },
    { $ref: "%" },
    { type: [] },
    { type: "array", items: [] },
    { anyOf: [] },
    { required: "all", properties: [] },
    { pattern: "(" },
    { enum: [{}] },
    { discriminator: { propertyName: "a", mapping: { x: 1 } }, oneOf: [{}] },
    -1,
    "",
  ),
);

/** A change: the place as numbers that pick a member at each level, and what is put there. */
const CHANGE = record({
  place: array(integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 12 }),
  value: STRANGE,
});

/** Puts a value somewhere. */
function changed(document: Json, place: readonly number[], value: Json): Json {
  const [first, ...rest] = place;
  if (first === undefined || typeof document !== "object" || document === null) return value;
  const keys = Object.keys(document);
  const key = keys[first % Math.max(keys.length, 1)];
  if (key === undefined) return value;
  const entries = Object.entries(document).map(([name, inner]): [string, Json] => [
    name,
    name === key ? changed(inner, rest, value) : inner,
  ]);
  return Array.isArray(document) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
}

test("no document, however broken, makes it throw or write what is no schema", async () => {
  await assert(
    asyncProperty(
      constantFrom(...DOCUMENTS),
      array(CHANGE, { minLength: 1, maxLength: 6 }),
      async (document, changes) => {
        const { openapi, swagger } = document;
        const broken = changes.reduce<Json>((whole, { place, value }) => changed(whole, place, value), document);
        // Only a version that is none is an error.
        const versioned = {
          ...(broken as JsonObject),
          ...(openapi === undefined ? { swagger: swagger ?? "" } : { openapi }),
        };
        const { document: made } = await converted(versioned);
        expect(faultsOf(made.tools ?? [])).toEqual([]);
      },
    ),
    { numRuns: 40 },
  );
}, 30_000);
