import { describe, expect, test } from "bun:test";
import type { JsonObject } from "#src/core/json.ts";
import type { ArgWire } from "#mcp/rest/format.ts";
import { FILE_SCHEMA } from "#mcp/openapi/file-argument.ts";
import { argsOf, converted, documentOf } from "./converted.ts";

/** The one tool of an operation. */
async function toolOf(
  operation: JsonObject,
  rest: JsonObject = {},
): Promise<NonNullable<Awaited<ReturnType<typeof converted>>["tools"][string]>> {
  const { tools } = await converted(documentOf(operation, rest));
  const tool = tools["thing"];
  if (tool === undefined) throw new Error("There is no tool.");
  return tool;
}

function body(mediaType: string, schema: JsonObject, rest: JsonObject = {}, media: JsonObject = {}): JsonObject {
  return { requestBody: { ...rest, content: { [mediaType]: { schema, ...media } } } };
}

const OBJECT = { type: "object", properties: { a: { type: "string" } } };

describe("parameters", () => {
  test.each<[JsonObject, ArgWire | undefined]>([
    [{ in: "query", schema: { type: "string" } }, undefined],
    [
      { in: "query", schema: { type: "array", items: {} } },
      { style: "form", explode: true },
    ],
    [
      { in: "query", explode: false, schema: { type: "array", items: {} } },
      { style: "form", explode: false },
    ],
    [
      { in: "query", style: "pipeDelimited", schema: { type: "array", items: {} } },
      { style: "pipeDelimited", explode: false },
    ],
    [
      { in: "query", style: "deepObject", schema: { type: "object" } },
      { style: "deepObject", explode: true },
    ],
    [
      { in: "query", style: "nonsense", schema: { type: "object" } },
      { style: "form", explode: true },
    ],
    [{ in: "query", allowReserved: true, schema: { type: "string" } }, { allowReserved: true }],
    [
      { in: "query", schema: { oneOf: [{ type: "string" }, { type: "array", items: {} }] } },
      { style: "form", explode: true },
    ],
    [
      { in: "query", schema: {} },
      { style: "form", explode: true },
    ],
    [{ in: "query", content: { "application/json": { schema: OBJECT } } }, { contentType: "application/json" }],
    [
      { in: "header", schema: { type: "object" } },
      { style: "simple", explode: false },
    ],
    [
      { in: "cookie", schema: { type: "array", items: {} } },
      { style: "form", explode: true },
    ],
  ])("%j is written with %j", async (parameter, wire) => {
    const { p } = argsOf(await toolOf({ parameters: [{ name: "p", ...parameter }] }));
    expect(p?.wire).toEqual(wire);
    expect(p?.position).toBe(parameter["in"] as "query");
  });

  test("that a header's own field settles are not asked for", async () => {
    const parameters = ["Accept", "content-type", "Authorization", "X-Trace"].map((name) => ({
      name,
      in: "header",
      schema: { type: "string" },
    }));
    expect(Object.keys(argsOf(await toolOf({ parameters })))).toEqual(["X-Trace"]);
  });

  test("that the security or the settings give are not asked for", async () => {
    const parameters = ["key", "version", "q"].map((name) => ({
      name,
      in: name === "q" ? "query" : "header",
      schema: {},
    }));
    const document = documentOf(
      { parameters, security: [{ k: [] }] },
      { components: { securitySchemes: { k: { type: "apiKey", in: "header", name: "Key" } } } },
    );
    const { tools } = await converted(document, { headers: { Version: "{{2}}" } });
    expect(Object.keys(argsOf(tools["thing"]))).toEqual(["q"]);
    expect(tools["thing"]?.requestTemplate?.headers).toEqual([{ key: "Version", value: '{{"{{"}}2}}' }]);
  });

  test("of one name each have their own, and names are ones that models' vendors take", async () => {
    const parameters = [
      { name: "id", in: "query", schema: { type: "string" } },
      { name: "id", in: "header", schema: { type: "string" } },
      { name: "filter[name]", in: "query", schema: { type: "string" } },
      { name: "größe", in: "query", schema: { type: "string" } },
      { name: "x".repeat(80), in: "query", schema: { type: "string" } },
    ];
    const tool = await toolOf({ parameters, ...body("application/json", { properties: { id: { type: "string" } } }) });
    const seen = (tool.args ?? []).map(({ name, wire }) => [name, wire?.name]);
    expect(seen.slice(0, 4)).toEqual([
      ["id", undefined],
      ["id_header", "id"],
      ["filter_name", "filter[name]"],
      ["gr_e", "größe"],
    ]);
    expect(seen[4]?.[0]).toMatch(/^x{56}_\w{7}$/);
    expect(seen[5]).toEqual(["id_body", "id"]);
  });

  test("of the operation take the place of the path's", async () => {
    const { tools } = await converted({
      openapi: "3.1.0",
      paths: {
        "/a/{id}": {
          parameters: [
            { name: "id", in: "path", schema: { type: "string" } },
            { name: "q", in: "query", schema: { type: "string" } },
          ],
          get: {
            operationId: "a",
            parameters: [{ name: "q", in: "query", required: true, schema: { type: "integer" } }],
          },
        },
      },
    });
    expect(tools["a"]?.args).toEqual([
      { name: "id", type: "string", required: true, position: "path" },
      { name: "q", type: "integer", required: true, position: "query" },
    ]);
  });

  test("of the path stand in its URL by the argument's name, declared or not", async () => {
    const paths = {
      "/a/{user-id}/{b.c}/{+rest}": {
        get: { operationId: "a", parameters: [{ name: "b.c", in: "path", schema: {} }] },
      },
    };
    const { tools, problems } = await converted({ openapi: "3.1.0", servers: [{ url: "http://h" }], paths });
    expect(tools["a"]?.requestTemplate?.url).toBe("http://h/a/{user-id}/{b.c}/{rest}");
    expect(problems).toHaveLength(2);
  });

  test("that are none are problems", async () => {
    const { problems } = await converted(
      documentOf({ parameters: [{ in: "query" }, { name: "x", in: "matrix" }, { $ref: "#/gone" }] }),
    );
    expect(problems).toEqual([
      'POST /thing: A parameter is none, and left out: {"in":"query"}.',
      'POST /thing: A parameter is none, and left out: {"$ref":"#/gone"}.',
      "POST /thing: The parameter 'x' is in 'matrix', which there is not; it is left out.",
    ]);
  });
});

describe("a JSON body", () => {
  test("of fields is one argument each", async () => {
    const schema = {
      type: "object",
      required: ["a"],
      properties: { a: { type: "string" }, b: { type: "integer", minimum: 1 } },
    };
    const tool = await toolOf(body("application/vnd.x+json; charset=utf-8", schema));
    expect(tool.args).toEqual([
      { name: "a", type: "string", required: true, position: "body" },
      { name: "b", type: "integer", position: "body", schema: { type: "integer", minimum: 1 } },
    ]);
    expect(tool.requestTemplate?.headers).toEqual([
      { key: "Content-Type", value: "application/vnd.x+json; charset=utf-8" },
    ]);
  });

  test("that must be there is sent though no field is given", async () => {
    expect((await toolOf(body("application/json", OBJECT, { required: true }))).requestTemplate?.argsToJsonBody).toBe(
      true,
    );
    expect((await toolOf(body("application/json", OBJECT))).requestTemplate?.argsToJsonBody).toBeUndefined();
  });

  test("that need not be there asks for no field of it", async () => {
    const schema = { ...OBJECT, required: ["a"] };
    expect(argsOf(await toolOf(body("application/json", schema, { required: false })))["a"]?.required).toBeUndefined();
    expect(argsOf(await toolOf(body("application/json", schema)))["a"]?.required).toBe(true);
  });

  test.each<[JsonObject]>([
    [{ type: "array", items: { type: "string" } }],
    [{ type: "string" }],
    [{ oneOf: [OBJECT, { type: "string" }] }],
    [{ type: "object", additionalProperties: { type: "string" } }],
    [{ ...OBJECT, additionalProperties: true }],
    [{ type: "object" }],
  ])("%j is one argument as a whole", async (schema) => {
    const tool = await toolOf(body("application/json", schema, { required: true, description: "All of it." }));
    expect(tool.args).toMatchObject([
      { name: "body", description: "All of it.", required: true, position: "body", wire: { whole: true } },
    ]);
  });

  test("keeps its fields apart from rules on which go together", async () => {
    const schema = {
      ...OBJECT,
      anyOf: [{ required: ["a"] }, { type: "object", required: ["b"] }],
      additionalProperties: false,
    };
    expect(Object.keys(argsOf(await toolOf(body("application/json", schema))))).toEqual(["a"]);
  });

  test("stands before other ways of writing the same", async () => {
    const content = {
      "text/plain": { schema: {} },
      "multipart/form-data": { schema: OBJECT },
      "application/json": { schema: OBJECT },
    };
    const tool = await toolOf({ requestBody: { content } });
    expect(tool.requestTemplate?.headers).toEqual([{ key: "Content-Type", value: "application/json" }]);
  });

  test("is what any type means", async () => {
    expect((await toolOf(body("*/*", OBJECT))).requestTemplate?.headers).toEqual([
      { key: "Content-Type", value: "application/json" },
    ]);
  });

  test("is left out where no client may send one", async () => {
    const get = { operationId: "g", ...body("application/json", OBJECT) };
    const { tools, problems } = await converted({ openapi: "3.1.0", paths: { "/a": { get } } });
    expect(tools["g"]?.args).toEqual([]);
    expect(problems).toEqual(["GET /a: Its body is left out: no client may send one with this method."]);
  });
});

describe("a form", () => {
  const list = { type: "array", items: { type: "string" } };

  test("writes lists one by one, or as its encoding says", async () => {
    const schema = { type: "object", properties: { a: list, b: list, c: OBJECT, d: { type: "string" } } };
    const encoding = { b: { style: "pipeDelimited" }, c: { style: "deepObject" } };
    const args = argsOf(await toolOf(body("application/x-www-form-urlencoded", schema, {}, { encoding })));
    expect(Object.values(args).map(({ wire }) => wire)).toEqual([
      { style: "form", explode: true },
      { style: "pipeDelimited", explode: false },
      { style: "deepObject", explode: true },
      undefined,
    ]);
  });

  test.each<[string, JsonObject]>([
    ["3.0.3", { type: "string", format: "binary" }],
    ["3.1.0", { type: "string", contentMediaType: "image/png" }],
    ["3.1.0", {}],
  ])("in %s takes %j as a file", async (openapi, photo) => {
    const schema = { type: "object", properties: { photo, meta: OBJECT, name: { type: "string" } } };
    const tool = await toolOf(
      body("multipart/form-data", schema, {}, { encoding: { photo: { contentType: "image/png, image/jpeg" } } }),
      { openapi },
    );
    const args = argsOf(tool);
    expect(args["photo"]).toMatchObject({ schema: FILE_SCHEMA, wire: { file: true, contentType: "image/png" } });
    expect(args["meta"]?.wire).toEqual({ contentType: "application/json" });
    expect(args["name"]?.wire).toBeUndefined();
  });

  test("of no fields that the document names is one argument", async () => {
    const tool = await toolOf(body("application/x-www-form-urlencoded", { type: "object", additionalProperties: {} }));
    expect(tool.args).toMatchObject([{ name: "body", type: "object", wire: { whole: true } }]);
  });

  test("of parts is one of form-data, whatever the document calls it", async () => {
    const { tools, problems } = await converted(documentOf(body("multipart/mixed", OBJECT)));
    expect(tools["thing"]?.requestTemplate?.headers).toEqual([{ key: "Content-Type", value: "multipart/form-data" }]);
    expect(problems).toEqual(["POST /thing: Its body of multipart/mixed is sent as multipart/form-data."]);
  });

  test("takes lists of files, and files that another schema brings", async () => {
    const schema = {
      allOf: [{ $ref: "#/components/schemas/F" }, { type: "object", properties: { n: { type: "string" } } }],
    };
    const files = { type: "array", items: { type: "string", format: "binary" }, description: "All." };
    const tool = await toolOf(body("multipart/form-data", schema), {
      components: { schemas: { F: { type: "object", properties: { files } } } },
    });
    expect(argsOf(tool)["files"]).toEqual({
      name: "files",
      description: "All.",
      type: "array",
      items: FILE_SCHEMA,
      position: "body",
      wire: { file: true, style: "form", explode: true },
    });
  });

  test("of Swagger 2.0 is multipart when there is a file in it", async () => {
    const operation = (parameters: JsonObject[]): JsonObject => ({
      swagger: "2.0",
      paths: { "/a": { post: { operationId: "a", parameters } } },
    });
    const note = { name: "note", in: "formData", type: "string", required: true };
    const tags = { name: "tags", in: "formData", type: "array", items: { type: "string" }, collectionFormat: "pipes" };
    const plain = await converted(operation([note, tags]));
    expect(plain.tools["a"]?.requestTemplate?.headers).toEqual([
      { key: "Content-Type", value: "application/x-www-form-urlencoded" },
    ]);
    expect(argsOf(plain.tools["a"])).toMatchObject({
      note: { required: true },
      tags: { wire: { style: "pipeDelimited" } },
    });
    const files = await converted(operation([note, { name: "file", in: "formData", type: "file" }]));
    expect(files.tools["a"]?.requestTemplate?.headers).toEqual([{ key: "Content-Type", value: "multipart/form-data" }]);
    expect(argsOf(files.tools["a"])["file"]?.wire).toEqual({ file: true });
  });
});

test("a text and a file as a body are one argument", async () => {
  const text = await toolOf(body("text/plain", { type: "string" }));
  expect(text.args).toEqual([
    { name: "body", type: "string", required: true, position: "body", wire: { whole: true } },
  ]);
  const file = await toolOf(body("application/octet-stream", { type: "string", format: "binary" }));
  expect(file.args).toMatchObject([{ name: "file", schema: FILE_SCHEMA, wire: { whole: true, file: true } }]);
});
