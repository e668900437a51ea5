import { describe, expect, test } from "bun:test";
import type { SecurityRequirement } from "#mcp/rest/format.ts";
import type { ConvertOptions } from "#mcp/openapi/options.ts";
import type { JsonObject } from "#src/core/json.ts";
import { converted, documentOf } from "./converted.ts";

/** A document of operations without anything in them. */
function paths(...places: readonly string[]): JsonObject {
  const out: Record<string, JsonObject> = {};
  for (const place of places) {
    const [method = "", path = "", operationId, ...tags] = place.split(" ");
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
    const parameters = names.map((name) => ({ name, in: "path", schema: { type: "string" } }));
    const operation = {
      tags,
      parameters,
      ...(operationId === undefined || operationId === "-" ? {} : { operationId }),
    };
    out[path] = { ...out[path], [method.toLowerCase()]: operation };
  }
  return { openapi: "3.1.0", servers: [{ url: "https://h" }], paths: out };
}

describe("names", () => {
  test("are the operation's id, or its method and path", async () => {
    const { tools } = await converted(
      paths("GET /pets/{petId} -", "GET /pets repos/list-all", "POST / -", "PUT /a.b/c -"),
    );
    expect(Object.keys(tools)).toEqual(["get_pets_petId", "repos_list-all", "post", "put_a_b_c"]);
  });

  test("are short, legal, and each there once", async () => {
    const long = "x".repeat(70);
    const { tools } = await converted(
      paths(
        "GET /a same",
        "GET /b same",
        "GET /c Same",
        `GET /d ${long}1`,
        `GET /e ${long}2`,
        "GET /f äöü",
        "GET /g same_2",
      ),
      { prefix: "p_" },
    );
    const names = Object.keys(tools);
    expect(names.slice(0, 3)).toEqual(["p_same", "p_same_2", "p_Same_3"]);
    expect(names).toHaveLength(7);
    for (const name of names) expect(name).toMatch(/^p_[A-Za-z0-9_-]{1,62}$/);
  });

  test("and other things are what the settings say", async () => {
    const { tools, problems } = await converted(paths("GET /a one", "POST /b -"), {
      prefix: "x_",
      tools: {
        one: { name: "first", description: "The first.", title: "One" },
        "POST /b": { readOnly: true, response: { select: 'items.#(a=="b").{id,name}', maxBytes: 9 } },
        gone: { name: "gone" },
      },
    });
    expect(tools["x_first"]).toMatchObject({
      description: "The first.",
      annotations: { title: "One", readOnlyHint: true },
    });
    expect(tools["x_post_b"]).toMatchObject({
      responseTemplate: { body: '{{ gjson "items.#(a==\\"b\\").{id,name}" }}', maxBytes: 9 },
      annotations: { readOnlyHint: true },
    });
    expect(problems).toEqual(["'tools' names 'gone', which is no selected operation."]);
  });
});

describe("a selection", () => {
  const document = paths(
    "GET /pets listPets pets",
    "POST /pets addPet pets admin",
    "GET /pets/{id} showPet pets",
    "GET /pets/{id}/toys/{toy} - toys",
    "DELETE /stores/{id} dropStore stores admin",
  );

  test.each<[Partial<ConvertOptions>, string[]]>([
    [{}, ["listPets", "addPet", "showPet", "get_pets_id_toys_toy", "dropStore"]],
    [{ include: ["listPets", "show*"] }, ["listPets", "showPet"]],
    [{ include: ["GET /pets/*"] }, ["showPet"]],
    [{ include: ["GET /pets/**"] }, ["showPet", "get_pets_id_toys_toy"]],
    [{ include: [{ tag: "pets", method: "GET" }] }, ["listPets", "showPet"]],
    [{ include: [{ tag: "pets" }], exclude: [{ tag: "adm*" }] }, ["listPets", "showPet"]],
    [{ exclude: [{ method: "get, post" }] }, ["dropStore"]],
    [{ include: [{ path: "/pets/{id}" }, { operationId: "drop*" }] }, ["showPet", "dropStore"]],
    [{ include: [{ path: "/**" }], exclude: ["*Pet*", "GET /**"] }, ["dropStore"]],
    [{ include: [] }, []],
  ])("of %j takes %j", async (selection, names) => {
    const { tools, problems } = await converted(document, selection);
    expect(Object.keys(tools)).toEqual(names);
    expect(problems).toEqual([]);
  });

  test("that fits nothing is told", async () => {
    const { problems } = await converted(document, { include: ["listPets", "gone"], exclude: [{ tag: "gone" }] });
    expect(problems).toEqual(["'gone' selects no operation.", `'{"tag":"gone"}' selects no operation.`]);
  });

  test("takes deprecated operations, and says so, unless it is told not to", async () => {
    const deprecated = documentOf({ deprecated: true, summary: "Do it" });
    expect((await converted(deprecated)).tools["thing"]?.description).toBe("Deprecated. Do it");
    expect((await converted(deprecated, { deprecated: false })).tools).toEqual({});
  });
});

describe("servers", () => {
  const url = async (rest: JsonObject, options: Partial<ConvertOptions> = {}): Promise<unknown> =>
    (await converted(documentOf({}, rest), options)).tools["thing"]?.requestTemplate?.url;

  test.each<[JsonObject, Partial<ConvertOptions>, string]>([
    [{ servers: [{ url: "https://a/v1/" }, { url: "https://b" }] }, {}, "https://a/v1/thing"],
    [{ servers: [{ url: "/v1" }] }, {}, "/v1/thing"],
    [{ servers: [{ url: "/v1" }] }, { documentUrl: "https://c/docs/openapi.json" }, "https://c/v1/thing"],
    [{ servers: [{ url: "./v1" }] }, { documentUrl: "https://c/docs/openapi.json" }, "https://c/docs/v1/thing"],
    [{ servers: [] }, { documentUrl: "https://c/docs/openapi.json" }, "https://c/thing"],
    [{ servers: [{ url: "https://a" }] }, { server: "http://127.0.0.1:1/x" }, "http://127.0.0.1:1/x/thing"],
    [
      {
        servers: [
          { url: "https://{r}.a/{v}", variables: { r: { default: "eu", enum: ["eu", "us"] }, v: { default: "v2" } } },
        ],
      },
      { serverVariables: { r: "us" } },
      "https://us.a/v2/thing",
    ],
  ])("of %j with %j are called at %p", async (rest, options, expected) => {
    expect(await url(rest, options)).toBe(expected);
  });

  test("of the operation come before the path's, and those before the document's", async () => {
    const { tools } = await converted({
      openapi: "3.0.0",
      servers: [{ url: "https://document" }],
      paths: {
        "/a": {
          servers: [{ url: "https://path" }],
          get: { operationId: "a" },
          put: { operationId: "b", servers: [{ url: "https://operation" }] },
        },
      },
    });
    expect(Object.values(tools).map((tool) => tool.requestTemplate?.url)).toEqual([
      "https://path/a",
      "https://operation/a",
    ]);
  });

  test("with a variable of no value, or of a wrong one, are a problem", async () => {
    const servers = [{ url: "https://{r}.a/{w}", variables: { r: { default: "eu", enum: ["eu"] } } }];
    expect((await converted(documentOf({}, { servers }), { serverVariables: { r: "xx" } })).problems).toEqual([
      "https://{r}.a/{w}: 'xx' is none of the values of the server variable 'r': eu.",
      "https://{r}.a/{w}: The server variable 'w' has no value: give it one in 'serverVariables'.",
    ]);
  });

  test("of Swagger 2.0 are host, basePath and the best scheme", async () => {
    const swagger = {
      swagger: "2.0",
      host: "a.example",
      basePath: "v1",
      schemes: ["http", "https"],
      paths: { "/b": { get: { operationId: "b" } } },
    };
    expect((await converted(swagger)).tools["b"]?.requestTemplate?.url).toBe("https://a.example/v1/b");
    expect((await converted({ ...swagger, schemes: ["http"] })).tools["b"]?.requestTemplate?.url).toBe(
      "http://a.example/v1/b",
    );
  });

  test("no path is a template", async () => {
    const { tools } = await converted(paths("GET /a/{{x}} a"));
    expect(tools["a"]?.requestTemplate?.url).not.toContain("{{x");
  });
});

describe("security", () => {
  const securitySchemes = {
    basic: { type: "http", scheme: "Basic" },
    bearer: { type: "http", scheme: "bearer" },
    key: { type: "apiKey", in: "query", name: "k" },
    cookie: { type: "apiKey", in: "cookie", name: "sid" },
    oauth: { type: "oauth2", flows: {} },
    oidc: { type: "openIdConnect", openIdConnectUrl: "https://x" },
    tls: { type: "mutualTLS" },
    digest: { type: "http", scheme: "digest" },
  };

  test("schemes are those a call can show", async () => {
    const { document } = await converted(documentOf({}, { components: { securitySchemes } }), {
      credentials: { key: "s3cret" },
    });
    expect(document.server.securitySchemes).toEqual([
      { id: "basic", type: "http", scheme: "basic" },
      { id: "bearer", type: "http", scheme: "bearer" },
      { id: "cookie", type: "apiKey", in: "cookie", name: "sid" },
      { id: "key", type: "apiKey", in: "query", name: "k", defaultCredential: "s3cret" },
      { id: "oauth", type: "http", scheme: "bearer" },
      { id: "oidc", type: "http", scheme: "bearer" },
    ]);
  });

  test.each<[JsonObject[], ConvertOptions["credentials"], SecurityRequirement | undefined]>([
    [[{ bearer: [] }], {}, { id: "bearer" }],
    [[{ bearer: [] }, { key: [] }], {}, { id: "bearer" }],
    [[{ bearer: [] }, { key: [] }], { key: "x" }, { id: "key" }],
    [[{ bearer: [], key: [] }], { key: "x" }, { id: "bearer", and: [{ id: "key" }] }],
    [[{ bearer: [], key: [] }, { basic: [] }], { basic: "u:p" }, { id: "basic" }],
    [[{}], {}, undefined],
    [[{ bearer: [] }, {}], {}, undefined],
    [[{}, { bearer: [] }], { bearer: "t" }, { id: "bearer" }],
    [[{ tls: [] }, { key: [] }], {}, { id: "key" }],
    [[], { bearer: "t" }, undefined],
  ])("of %j with %j is %j", async (security, credentials, expected) => {
    const document = documentOf({ security }, { components: { securitySchemes }, security: [{ digest: [] }] });
    const { tools } = await converted(document, { credentials });
    expect(tools["thing"]).toBeDefined();
    expect(tools["thing"]?.requestTemplate?.security).toEqual(expected);
  });

  test("that no call can show leaves the operation out, unless it is waived", async () => {
    const document = documentOf(
      { security: [{ tls: [] }, { key: [], gone: [] }] },
      { components: { securitySchemes } },
    );
    const { tools, problems } = await converted(document);
    expect(tools).toEqual({});
    expect(problems).toEqual([
      "POST /thing: Left out: it asks for tls, or key and gone, which a call cannot show. 'security: false' takes it all the same.",
    ]);
    const waived = await converted(document, { security: false });
    expect(waived.tools["thing"]?.requestTemplate?.security).toBeUndefined();
    expect(waived.document.server.securitySchemes).toBeUndefined();
  });

  test("of the client itself is handed on where the settings say so", async () => {
    const document = documentOf({ security: [{ bearer: [] }] }, { components: { securitySchemes } });
    const { tools } = await converted(document, { credentials: { bearer: { passthrough: true } } });
    expect(tools["thing"]).toMatchObject({
      security: { id: "bearer", passthrough: true },
      requestTemplate: { security: { id: "bearer", passthrough: true } },
    });
  });

  test("credentials for no scheme are told without their values", async () => {
    const { problems } = await converted(documentOf({}, { components: { securitySchemes } }), {
      credentials: { beerer: "s3cret" },
    });
    expect(problems).toEqual(["'credentials' names 'beerer', which is no security scheme of the document."]);
  });
});

describe("answers", () => {
  const answered = async (
    schema: JsonObject,
    options: Partial<ConvertOptions> = {},
    code = "200",
  ): Promise<unknown> => {
    const responses = {
      default: { description: "no" },
      [code]: { description: "", content: { "application/json": { schema } } },
    };
    return (await converted(documentOf({ responses }), options)).tools["thing"]?.outputSchema;
  };

  test("show the schema of an object, without what would refuse an answer", async () => {
    const schema = {
      type: "object",
      required: ["id"],
      additionalProperties: false,
      properties: {
        id: { type: "integer", format: "int64", minimum: 1 },
        at: { type: "string", format: "date-time" },
        state: { enum: ["open", "closed"], type: "string" },
        secret: { type: "string", writeOnly: true },
        list: { type: "array", items: { oneOf: [{ type: "string" }, { const: 1 }] } },
      },
    };
    expect(await answered(schema, {}, "2XX")).toEqual({
      type: "object",
      properties: {
        id: { type: ["number", "null"] },
        at: { type: ["string", "null"] },
        state: { type: ["string", "null"], examples: ["open", "closed"] },
        list: { type: ["array", "null"], items: { anyOf: [{ type: ["string", "null"] }, { examples: [1] }] } },
      },
    });
  });

  test.each<[JsonObject, boolean]>([
    [{ type: "array", items: {} }, true],
    [{ anyOf: [{ type: "array" }, { type: "object" }] }, false],
    [{ type: "string" }, false],
    [{ oneOf: [{ type: "object" }, { type: "string" }] }, false],
    [{ oneOf: [{ type: "object" }, { properties: { a: {} } }] }, true],
    [{ type: "object", nullable: true }, true],
    [{ type: "object", description: "x".repeat(20_000) }, false],
  ])("of %j are structured: %p", async (schema, structured) => {
    expect((await answered(schema)) !== undefined).toBe(structured);
  });

  test("show no schema where one of them comes without any", async () => {
    const content = { "application/json": { schema: { type: "object" } } };
    const both = documentOf({ responses: { 200: { description: "", content }, 204: { description: "" } } });
    expect((await converted(both)).tools["thing"]?.outputSchema).toBeUndefined();
    const one = documentOf({ responses: { 200: { description: "", content }, 404: { description: "" } } });
    expect((await converted(one)).tools["thing"]?.outputSchema).toEqual({ type: "object" });
  });

  test("show no schema when told not to, or when a template changes them", async () => {
    const schema = { type: "object" };
    expect(await answered(schema, { response: { outputSchema: false } })).toBeUndefined();
    expect(await answered(schema, { response: { select: "id" } })).toBeUndefined();
    expect(await answered(schema, { response: { template: "{{.id}}" } })).toBeUndefined();
  });

  test("are described where that is asked for", async () => {
    const schema = {
      type: "object",
      properties: { pets: { type: "array", items: { $ref: "#/components/schemas/Pet" } } },
    };
    const responses = { 200: { description: "", content: { "application/json": { schema } } } };
    const Pet = {
      type: "object",
      properties: {
        id: { type: "integer", description: "Its number." },
        kind: { type: "string", enum: ["cat"] },
        friend: { $ref: "#/components/schemas/Pet" },
      },
    };
    const { tools } = await converted(documentOf({ responses }, { components: { schemas: { Pet } } }), {
      response: { describe: true },
    });
    const text = tools["thing"]?.responseTemplate?.prependBody ?? "";
    expect(text).toContain("- **pets**: (array)\n");
    expect(text).toContain("  - **pets[].id**: Its number. (integer)\n");
    expect(text).toContain('  - **pets[].kind**: (string, one of ["cat"])\n');
    expect(text.split("\n").length).toBeLessThan(220);
  });
});

describe("other documents", () => {
  const operation = { requestBody: { $ref: "parts/bodies.yaml#/thing" } };
  const files = {
    "parts/bodies.yaml": "thing: { content: { application/json: { schema: { $ref: '../schemas.json#/Thing' } } } }",
    "schemas.json":
      '{ "Thing": { "type": "object", "properties": { "a": { "$ref": "#/A" } } }, "A": { "type": "integer" } }',
  };

  test("below the document's folder are read", async () => {
    const { tools, problems } = await converted(documentOf(operation), {}, files);
    expect(problems).toEqual([]);
    expect(tools["thing"]?.args).toEqual([{ name: "a", type: "integer", position: "body" }]);
  });

  test.each([
    ["../secret.yaml", "only files below the document's own folder are read"],
    ["a/../../secret.yaml", "only files below the document's own folder are read"],
    ["..%2fsecret.yaml", "only files below the document's own folder are read"],
    ["%2e%2e/secret.yaml", "only files below the document's own folder are read"],
    ["%2fetc/passwd", "only files below the document's own folder are read"],
    ["/etc/passwd", "only files below the document's own folder are read"],
    ["file:///etc/passwd", "only files below the document's own folder are read"],
    ["https://example.com/a.yaml", "references to URLs are not followed unless 'urlReferences' allows it"],
    ["data:,a", "references to URLs are not followed unless 'urlReferences' allows it"],
    ["gone.yaml", "there is no gone.yaml"],
  ])("at %p are not: %s", async (reference, why) => {
    const any = { "secret.yaml": "a: 1", "../secret.yaml": "a: 1", "/etc/passwd": "a: 1", "etc/passwd": "a: 1" };
    const { problems } = await converted(documentOf({ requestBody: { $ref: `${reference}#/a` } }), {}, any);
    expect(problems).toContain(`${reference}#/a: cannot be read: ${why}`);
  });
});
