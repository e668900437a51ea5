import { describe, expect, test } from "bun:test";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import {
  type Arbitrary,
  array,
  assert,
  asyncProperty,
  boolean,
  constant,
  constantFrom,
  dictionary,
  integer,
  jsonValue,
  letrec,
  oneof,
  record,
  tuple,
} from "fast-check";
import type { Json, JsonObject } from "#src/core/json.ts";
import { compileSchema } from "#plugins/json-schema/validator.ts";

const validOf = async (schema: Json, value: Json, draft: 4 | 7 = 7): Promise<boolean> =>
  (await compileSchema(schema, draft))(value);

/** From text: the linter takes an object with `then` for a promise, as whoever awaits it does. */
function conditional(condition: Json, yes: Json, no: Json): JsonObject {
  const [one, two, three] = [condition, yes, no].map((part) => JSON.stringify(part));
  return JSON.parse(`{ "if": ${one}, "then": ${two}, "else": ${three} }`);
}

/** Small names and values, so that schemas and values meet. */
const name = constantFrom("a", "b", "c");
const value = letrec<{ one: Json }>((tie) => ({
  one: oneof(
    { maxDepth: 3 },
    constantFrom<Json>(null, true, false, 0, 1, 2, 3, 1.5, -1, 0.3, "", "a", "ab", "é", "😀x"),
    array(tie("one"), { maxLength: 3 }),
    dictionary(name, tie("one"), { maxKeys: 3 }),
  ),
})).one.map((found): Json => JSON.parse(JSON.stringify(found)));

const schema: Arbitrary<Json> = letrec<{ one: Json; some: Json[]; named: JsonObject }>((tie) => {
  const count = integer({ min: 0, max: 3 });
  const keyword = <T>(key: string, argument: Arbitrary<T>): Arbitrary<JsonObject> =>
    argument.map((one) => JSON.parse(JSON.stringify({ [key]: one })) as JsonObject);
  const flat = oneof(
    keyword(
      "type",
      oneof(
        constantFrom("null", "boolean", "number", "integer", "string", "array", "object"),
        constant(["string", "object", "array"]),
      ),
    ),
    keyword("enum", array(value, { minLength: 1, maxLength: 3 })),
    keyword("const", value),
    ...["maxLength", "minLength", "maxItems", "minItems", "maxProperties", "minProperties"].map((key) =>
      keyword(key, count),
    ),
    ...["maximum", "minimum", "exclusiveMaximum", "exclusiveMinimum"].map((key) =>
      keyword(key, integer({ min: -1, max: 3 })),
    ),
    keyword("multipleOf", constantFrom(1, 2, 0.5)),
    keyword("pattern", constantFrom("^a", "b$", "^[ab]*$", "")),
    keyword("uniqueItems", boolean()),
    keyword(
      "required",
      array(name, { maxLength: 2 }).map((names) => Array.from(new Set(names))),
    ),
  );
  const nested = oneof(
    keyword("items", oneof(tie("one"), tie("some"))),
    record({ items: tie("some"), additionalItems: tie("one") }),
    keyword("contains", tie("one")),
    keyword("properties", tie("named")),
    record({ properties: tie("named"), additionalProperties: tie("one") }),
    record({ patternProperties: dictionary(constantFrom("^a", "[bc]"), tie("one")), additionalProperties: tie("one") }),
    keyword("propertyNames", tie("one")),
    keyword(
      "dependencies",
      dictionary(
        name,
        oneof(
          tie("one"),
          array(name, { maxLength: 2 }).map((names) => Array.from(new Set(names))),
        ),
      ),
    ),
    ...["allOf", "anyOf", "oneOf"].map((key) => keyword(key, tie("some"))),
    keyword("not", tie("one")),
    tuple(tie("one"), tie("one"), tie("one")).map((parts) => conditional(...parts)),
  );
  return {
    one: oneof({ maxDepth: 4, withCrossShrink: true }, boolean(), flat, constant({ $ref: "#/definitions/d" }), nested),
    some: array(tie("one"), { minLength: 1, maxLength: 3 }),
    named: dictionary(name, tie("one"), { maxKeys: 3 }),
  };
}).one;

test("says what Ajv says of schemas of draft 7", async () => {
  const ajv = new Ajv({ strict: false, addUsedSchema: false, validateSchema: false, logger: false });
  await assert(
    asyncProperty(schema, array(value, { minLength: 1, maxLength: 8 }), async (one, values) => {
      const whole = { allOf: [one], definitions: { d: { type: ["string", "array"] } } };
      const reference = ajv.compile(whole);
      const validator = await compileSchema(whole, 7);
      for (const found of values) expect([found, validator(found)]).toEqual([found, reference(found)]);
    }),
    { numRuns: 300 },
  );
});

describe("what the property above meets seldom", () => {
  test.each([
    [{ properties: { a: {} }, additionalProperties: false }, { a: 1 }, true],
    [{ properties: { a: {} }, additionalProperties: false }, { a: 1, b: 1 }, false],
    [{ patternProperties: { "^a": {} }, additionalProperties: false }, { ab: 1 }, true],
    [{ oneOf: [{ type: "number" }, { minimum: 2 }] }, 3, false],
    [{ oneOf: [{ type: "number" }, { minimum: 2 }] }, 1, true],
    [{ items: [{ type: "null" }], additionalItems: { type: "string" } }, [null, "a"], true],
    [{ items: [{ type: "null" }], additionalItems: { type: "string" } }, [null, null], false],
    [{ dependencies: { a: ["b"], c: { required: ["d"] } } }, { a: 1, b: 1 }, true],
    [{ dependencies: { a: ["b"], c: { required: ["d"] } } }, { c: 1 }, false],
    [conditional({ type: "number" }, { minimum: 2 }, { type: "null" }), 1, false],
    [conditional({ type: "number" }, { minimum: 2 }, { type: "null" }), "a", false],
    [{ maxLength: 2 }, "😀😀", true],
    [{ minLength: 3 }, "😀😀", false],
  ] as const)("%j and %j: %p", async (one, found, valid) => {
    expect(await validOf(JSON.parse(JSON.stringify(one)), JSON.parse(JSON.stringify(found)))).toBe(valid);
  });
});

describe("drafts", () => {
  test.each([
    [{ maximum: 3, exclusiveMaximum: true }, 3, 4, false],
    [{ maximum: 3, exclusiveMaximum: false }, 3, 4, true],
    [{ minimum: 3, exclusiveMinimum: true }, 3.5, 4, true],
    [{ maximum: 3, exclusiveMaximum: true }, 3, 7, false],
    [{ exclusiveMaximum: 3 }, 3, 7, false],
    [{ const: 1 }, 2, 4, true],
    [{ const: 1 }, 2, 7, false],
    [{ $schema: "http://json-schema.org/draft-04/schema#", const: 1 }, 2, 7, true],
    [{ additionalProperties: false }, { a: 1 }, 4, false],
  ] as const)("%j and %j in draft %d: %p", async (one, found, draft, valid) => {
    expect(await validOf(JSON.parse(JSON.stringify(one)), found, draft)).toBe(valid);
  });
});

describe("references", () => {
  const tree = {
    properties: { value: { type: "number" }, children: { type: "array", items: { $ref: "#" } } },
    required: ["value"],
  };
  test.each([
    ["to the whole", tree, { value: 1, children: [{ value: 2, children: [{ value: 3 }] }] }, true],
    ["to the whole, deep inside", tree, { value: 1, children: [{ value: 2, children: [{}] }] }, false],
    ["by pointer", { $ref: "#/definitions/a~1b%25", definitions: { "a/b%": { type: "null" } } }, 1, false],
    ["through lists", { $ref: "#/anyOf/1", anyOf: [true, { type: "null" }] }, 1, false],
    ["by name", { allOf: [{ $ref: "#n" }], definitions: { n: { $id: "#n", type: "null" } } }, 1, false],
    [
      "by URL",
      {
        $id: "https://a.example/root.json",
        allOf: [{ $ref: "parts/n.json" }],
        definitions: { n: { $id: "parts/n.json", type: "null" } },
      },
      1,
      false,
    ],
    [
      "relative to the nearest id",
      {
        $id: "https://a.example/root.json",
        allOf: [{ $id: "sub/", items: { $ref: "n.json" } }],
        definitions: { n: { $id: "sub/n.json", type: "null" } },
      },
      [1],
      false,
    ],
    [
      "what stands beside one does not count",
      { $ref: "#/definitions/any", type: "null", definitions: { any: {} } },
      1,
      true,
    ],
    ["one that is a property's name", { properties: { $ref: { type: "string" } } }, { $ref: 1 }, false],
    ["nothing in enum is one", { enum: [{ $ref: "#/nowhere" }] }, { $ref: "#/nowhere" }, true],
  ])("%s", async (_, one, found, valid) => {
    expect(await validOf(one, found)).toBe(valid);
  });
});

describe("values that would make others slow", () => {
  test("a pattern that goes back and forth", async () => {
    expect(await validOf({ pattern: "^(a+)+$" }, `${"a".repeat(20_000)}!`)).toBe(false);
    expect(await validOf({ patternProperties: { "^(a|a)*$": false } }, { [`${"a".repeat(5000)}!`]: 1 })).toBe(true);
  });

  test("many different items", async () => {
    const items = Array.from({ length: 20_000 }, (_, at) => ({ at }));
    expect(await validOf({ uniqueItems: true }, items)).toBe(true);
    expect(await validOf({ uniqueItems: true }, [...items, { at: 5 }])).toBe(false);
  });

  test("alternatives that all go into the depth", async () => {
    const step = (last: JsonObject): JsonObject => ({ type: "array", items: { $ref: "#/definitions/node" }, ...last });
    const one: JsonObject = {
      $ref: "#/definitions/node",
      definitions: {
        node: { anyOf: [step({ minItems: 2 }), step({ maxItems: 0 }), step({ contains: { type: "null" } }), step({})] },
      },
    };
    let nested: Json = ["no list"];
    for (let depth = 0; depth < 200; depth++) nested = [nested];
    expect(await validOf(one, nested)).toBe(false);
  });

  test("depth itself", async () => {
    let nested: Json = [];
    for (let depth = 0; depth < 20_000; depth++) nested = [nested];
    expect(await validOf({ items: { $ref: "#" } }, nested)).toBe(false);
    expect(await validOf({}, nested)).toBe(false);
  });

  test("names that objects have anyway", async () => {
    const value: Json = JSON.parse('{"__proto__":1,"toString":2}');
    expect(await validOf({ required: ["constructor"] }, {})).toBe(false);
    expect(await validOf({ properties: { toString: { type: "string" } } }, {})).toBe(true);
    expect(await validOf(JSON.parse('{"properties":{"__proto__":{"type":"string"}}}'), value)).toBe(false);
    expect(await validOf({ additionalProperties: false, properties: { toString: {} } }, value)).toBe(false);
  });
});

test.each([
  [0.0075, 0.0001, true],
  [0.00751, 0.0001, false],
  [1e308, 0.5, true],
  [19.99, 0.01, true],
  [-9, 3, true],
  [1e-7, 1e-8, true],
])("%d is a multiple of %d: %p", async (found, of, valid) => {
  expect(await validOf({ multipleOf: of }, found)).toBe(valid);
});

describe("formats", () => {
  const ajv = new Ajv({ strict: false });
  addFormats.default(ajv);
  const SAMPLES = [
    "2024-02-29",
    "2023-02-29",
    "2024-13-01",
    "2024-04-31",
    "2000-02-29",
    "1900-02-29",
    "12:00:00Z",
    "24:00:00Z",
    "12:00:00.5+01:00",
    "12:00:00",
    "23:59:60Z",
    "22:59:60Z",
    "00:29:60+00:30",
    "12:00:61Z",
    "2024-02-29T12:00:00Z",
    "2024-02-29t12:00:00z",
    "2024-02-30T12:00:00Z",
    "2024-02-29 12:00:00Z",
    "2024-02-29T12:00:00Z ",
    "127.0.0.1",
    "127.0.0.01",
    "127.0.0.256",
    "1.2.3",
    "::1",
    "::ffff:1.2.3.4",
    "1::2::3",
    "fe80::1%eth0",
    "12345::",
    "example.com",
    "a-b.example",
    "-a.example",
    "a_b",
    "a..b",
    `${"a".repeat(64)}.example`,
    "xn--nxasmq6b",
    "a@example.com",
    "a.b+c@example.com",
    "@example.com",
    "a@",
    "a",
    "a b@example.com",
    "a@-x.example",
    "https://example.com/a?b#c",
    "urn:isbn:1",
    "//example.com/a",
    "/a/b",
    "a b",
    "https://example.com/%zz",
    "https://a b/",
    "",
    "mailto:a@b.c",
    "/a/~0b/~1",
    "/a/~2",
    "a",
    "#",
    "0#",
    "1/a",
    "01",
    "-1",
    "^[a-z]+$",
    "[",
    "(?=a)",
    "{a}/b",
    "/{a",
    "/a{?b*}",
  ];
  test.each([
    "date",
    "time",
    "date-time",
    "ipv4",
    "ipv6",
    "hostname",
    "email",
    "uri",
    "uri-reference",
    "uri-template",
    "json-pointer",
    "relative-json-pointer",
    "regex",
  ])("%s: as Ajv", async (format) => {
    const reference = ajv.compile({ format });
    const validator = await compileSchema({ format }, 7);
    for (const sample of SAMPLES) expect([sample, validator(sample)]).toEqual([sample, reference(sample)]);
  });

  test("unknown ones, and what is no text, fit", async () => {
    expect(await validOf({ format: "phone" }, "x")).toBe(true);
    expect(await validOf({ format: "toString" }, "x")).toBe(true);
    expect(await validOf({ format: "date" }, 5)).toBe(true);
  });
});

test.each([
  [{ type: "text" }, "#/type has to be a type"],
  [{ properties: { a: 5 } }, "#/properties/a is no schema: it is 5."],
  [{ items: [{ minimum: "1" }] }, "#/items/0/minimum has to be a number."],
  [{ maxLength: -1 }, "#/maxLength has to be a whole number."],
  [{ required: "a" }, "#/required has to be a list of names."],
  [{ anyOf: [] }, "#/anyOf has to be a list of schemas."],
  [{ multipleOf: 0 }, "#/multipleOf has to be a number above 0."],
  [{ pattern: "(?=a)" }, '"(?=a)" is not valid'],
  [{ enum: 1 }, "#/enum has to be a list."],
  [{ $ref: "https://example.com/schema.json" }, "nothing is fetched"],
  [{ items: { $ref: "#/definitions/a" } }, '#/items/$ref: "#/definitions/a" is nothing in the schema'],
  [{ $ref: "#" }, "A $ref leads back to itself without end."],
  [{ allOf: [{ $ref: "#/definitions/a" }], definitions: { a: { not: { $ref: "#/definitions/a" } } } }, "without end"],
  [{ $schema: "https://json-schema.org/draft/2020-12/schema" }, "is a draft that is not known"],
])("refuses the schema %j", async (one, message) => {
  expect(await compileSchema(one, 7).catch(String)).toContain(message);
});

test("any JSON can be looked at", async () => {
  const validator = await compileSchema({ type: "object", additionalProperties: { uniqueItems: true, enum: [{}] } }, 7);
  await assert(asyncProperty(jsonValue(), async (found) => void validator(found as Json)));
});
