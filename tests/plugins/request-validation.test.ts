import { describe, expect, test } from "bun:test";
import { requestValidation } from "#plugins/request-validation.ts";
import { behind } from "./behind.ts";

const object = (name: string, schema: object): object => ({
  type: "object",
  required: [name],
  properties: { [name]: schema },
});

/** Higress' documented examples. */
const EXAMPLES: readonly (readonly [string, object, valid: unknown[], invalid: unknown[]])[] = [
  [
    "enum_payload",
    { type: "string", enum: ["enum_string_1", "enum_string_2"], default: "enum_string_1" },
    ["enum_string_2"],
    ["x", 1],
  ],
  ["boolean_payload", { type: "boolean", default: true }, [false], ["true"]],
  ["integer_payload", { type: "integer", minimum: 1, maximum: 10 }, [1, 10], [0, 11, 1.5, "1"]],
  ["string_payload", { type: "string", minLength: 1, maxLength: 10 }, ["a"], ["", "a".repeat(11)]],
  ["regex_payload", { type: "string", minLength: 1, maxLength: 10, pattern: "^[a-zA-Z0-9_]+$" }, ["a_1"], ["a b"]],
  [
    "array_payload",
    {
      type: "array",
      minItems: 1,
      items: { type: "integer", minimum: 1, maximum: 10 },
      uniqueItems: true,
      default: [1, 2, 3],
    },
    [[1, 2, 3]],
    [[], [1, 1], [11], ["1"]],
  ],
];

describe("bodies: Higress' examples", () => {
  test.each(EXAMPLES)("%s", async (name, schema, valid, invalid) => {
    const ask = await behind(requestValidation, { body_schema: object(name, schema) });
    const statusFor = async (body: unknown): Promise<number> =>
      (await ask({ method: "POST", body: JSON.stringify(body) })).status;
    for (const one of valid) expect([one, await statusFor({ [name]: one })]).toEqual([one, 200]);
    for (const one of invalid) expect([one, await statusFor({ [name]: one })]).toEqual([one, 403]);
    expect(await statusFor({})).toBe(403);
  });

  test("what is no JSON does not pass; what has no body does", async () => {
    const ask = await behind(requestValidation, { body_schema: { type: "object" } });
    for (const body of ["{", "a=b", "[]", new Uint8Array([0xff])]) {
      const { status, body: told, reply } = await ask({ method: "POST", body });
      expect([status, told, reply?.reason]).toEqual([403, "", "request-validation.invalid_body"]);
    }
    expect((await ask({ method: "POST" })).status).toBe(200);
    expect((await ask({ method: "POST", body: "{}" })).sent?.body).toBe("{}");
  });
});

describe("headers", () => {
  test("are an object of names and texts", async () => {
    const ask = await behind(requestValidation, {
      header_schema: {
        type: "object",
        required: ["x-version", ":authority"],
        properties: { "x-version": { type: "string", pattern: "^v\\d+$" }, ":path": { pattern: "^/api/" } },
      },
    });
    expect((await ask({ url: "/api/a", headers: { "X-Version": "v1" } })).status).toBe(200);
    expect((await ask({ url: "/api/a", headers: { "x-version": "1" } })).reply?.reason).toBe(
      "request-validation.invalid_headers",
    );
    expect((await ask({ url: "/other", headers: { "x-version": "v1" } })).status).toBe(403);
    expect((await ask({ url: "/api/a" })).status).toBe(403);
  });

  test("bodies are not read for them", async () => {
    const filter = await requestValidation.configure(
      requestValidation.options.parse({ header_schema: {} }),
      {} as never,
    );
    expect(Object.keys(filter)).toEqual(["requestHeaders"]);
  });
});

describe("the refusal", () => {
  test("in words of one's own", async () => {
    const ask = await behind(requestValidation, {
      body_schema: '{"type":"array"}',
      rejected_code: 400,
      rejected_msg: "Request rejected",
    });
    expect(await ask({ method: "POST", body: "1" })).toMatchObject({ status: 400, body: "Request rejected" });
  });

  test("says something on AI routes", async () => {
    const ask = await behind(requestValidation, { body_schema: { type: "array" } });
    expect((await ask({ method: "POST", body: "1", route: { ai: true } })).body).toBe(
      "The request's body cannot be accepted.",
    );
  });
});

test("Swagger's schemas are of draft 4", async () => {
  const body_schema = { const: 1, maximum: 3, exclusiveMaximum: true };
  const statusFor = async (config: object, body: string): Promise<number> =>
    (await (await behind(requestValidation, { body_schema, ...config }))({ method: "POST", body })).status;
  expect(await statusFor({ enable_swagger: true }, "2")).toBe(200);
  expect(await statusFor({ enable_swagger: true }, "3")).toBe(403);
  expect(await statusFor({ enable_oas3: true }, "2")).toBe(403);
});

test.each([
  [{ enable_swagger: true, enable_oas3: true }, "cannot both be true"],
  [{ body_schema: { type: "thing" } }, "body_schema: #/type has to be a type"],
  [{ header_schema: { $ref: "#/a" } }, "header_schema: #/$ref"],
  [{ body_schema: [] }, "must be a JSON Schema"],
  [{ body_schema: "type: object" }, "must be a JSON Schema"],
])("refuses the configuration %j", async (config, message) => {
  expect(await behind(requestValidation, config).catch(String)).toContain(message);
});
