import { afterEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { parse } from "yaml";
import { openapiKind } from "#mcp/openapi/kind.ts";
import { openApiSettings } from "#mcp/openapi/settings.ts";
import type { McpWorld } from "#src/core/mcp/kind.ts";
import type { McpServer } from "#src/core/mcp/server.ts";
import type { Json, JsonObject } from "#src/core/json.ts";
import { mcpCall } from "#tests/support/mcp-call.ts";
import { describeMcpServer } from "#tests/contracts/mcp-server.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { until } from "#tests/support/until.ts";
import { mcpWorld } from "#tests/support/mcp-world.ts";
import { type FakeApi, fakeApi } from "./fake-api.ts";

const DOCUMENT: JsonObject = parse(`
openapi: 3.0.3
info: { title: Things, version: "1" }
components:
  securitySchemes:
    token: { type: http, scheme: bearer }
    key: { type: apiKey, in: cookie, name: key }
    user: { type: http, scheme: basic }
security: [{ token: [], key: [] }, { user: [] }]
paths:
  /things/{ids}/of/{owner}:
    get:
      operationId: list
      parameters:
        - { name: ids, in: path, required: true, schema: { type: array, items: { type: integer } } }
        - { name: owner, in: path, required: true, schema: { type: string } }
        - { name: tags, in: query, schema: { type: array, items: { type: string } } }
        - { name: "filter[name]", in: query, schema: { type: string } }
        - { name: where, in: query, style: deepObject, schema: { type: object, properties: { color: { type: string } } } }
        - { name: owner, in: query, schema: { type: string } }
        - { name: X-Trace, in: header, schema: { type: array, items: { type: string } } }
        - { name: lang, in: cookie, schema: { type: string } }
      responses:
        200: { description: All, content: { application/json: { schema: { $ref: "#/x/list" } } } }
  /things:
    post:
      operationId: add
      security: [{}]
      requestBody:
        required: true
        content: { application/json: { schema: { type: object, required: [name], properties: { name: { type: string }, size: { type: integer } } } } }
      responses: { 201: { description: Done, content: { application/json: { schema: { type: object, properties: { id: { type: integer } } } } } } }
    put:
      operationId: replace
      security: []
      requestBody: { content: { application/json: { schema: { type: array, items: { type: string } } } } }
      responses: { 204: { description: Done } }
  /forms:
    post:
      operationId: form
      security: []
      requestBody:
        content: { application/x-www-form-urlencoded: { schema: { type: object, properties: { a: { type: array, items: { type: string } }, b: { type: string } } } } }
      responses: {}
    put:
      operationId: free
      security: []
      requestBody: { content: { application/x-www-form-urlencoded: { schema: { type: object } } } }
      responses: {}
  /files:
    post:
      operationId: upload
      security: []
      requestBody:
        content:
          multipart/form-data:
            schema:
              type: object
              properties:
                note: { type: string }
                meta: { type: object, properties: { a: { type: integer } } }
                photo: { type: string, format: binary }
                more: { type: array, items: { type: string, format: binary } }
      responses: {}
    put:
      operationId: store
      security: []
      requestBody: { content: { application/octet-stream: { schema: { type: string, format: binary } } } }
      responses: {}
    patch:
      operationId: write
      security: []
      requestBody: { content: { text/plain: { schema: { type: string } } } }
      responses: {}
x:
  list: { type: array, items: { $ref: "#/x/tree" } }
  tree: { type: object, properties: { id: { type: integer }, children: { type: array, items: { $ref: "#/x/tree" } } } }
`);

const open: (FakeApi | McpServer)[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await ("stop" in one ? one.stop() : one.close());
});

/** A server of the document in front of an API that it describes. */
async function served(
  settings: JsonObject = {},
  world: McpWorld = mcpWorld(),
): Promise<{ api: FakeApi; server: McpServer }> {
  const api = fakeApi(DOCUMENT);
  open.push(api);
  const read = openApiSettings.parse({ document: DOCUMENT, server: api.url, ...settings });
  const server = await openapiKind.create("things", read, world);
  open.push(server);
  return { api, server };
}

async function call(server: McpServer, name: string, args: JsonObject): Promise<JsonObject> {
  return server.handle({ method: "tools/call", params: { name, arguments: args } }, mcpCall());
}

describeMcpServer("openapi", async () => {
  const api = fakeApi(DOCUMENT);
  api.answer = () =>
    api.seen.at(-1)?.operationId === "free" ? new Promise(() => {}) : Response.json({ name: "thing seven" });
  return {
    server: await openapiKind.create(
      "things",
      openApiSettings.parse({ document: DOCUMENT, server: api.url }),
      mcpWorld(),
    ),
    tool: { name: "add", arguments: { name: "n" }, says: "thing seven" },
    endless: { name: "free", arguments: { body: { a: "1" } } },
    close: () => api.stop(),
  };
});

describe("a call", () => {
  test("is written as the document says, with all credentials of one way", async () => {
    const { api, server } = await served({
      credentials: { token: "t0k", key: "k3y" },
      headers: { "x-app": "{{sluice}}" },
    });
    api.answer = () => Response.json([{ id: 1, children: null }]);
    const result = await call(server, "list", {
      ids: [1, 2],
      owner: "a/b c",
      tags: ["x", "y&z"],
      filter_name: "n",
      where: { color: "red" },
      owner_query: "q",
      "X-Trace": ["a", "b"],
      lang: "de",
    });
    expect(result["isError"]).toBeUndefined();
    const [seen] = api.seen;
    expect(seen?.path).toBe("/things/1,2/of/a%2Fb%20c");
    expect([...new URLSearchParams(seen?.query)]).toEqual([
      ["tags", "x"],
      ["tags", "y&z"],
      ["filter[name]", "n"],
      ["where[color]", "red"],
      ["owner", "q"],
    ]);
    const header = (name: string): unknown => seen?.headers.get(name);
    expect([header("x-trace"), header("authorization"), header("x-app")]).toEqual(["a,b", "Bearer t0k", "{{sluice}}"]);
    expect(header("cookie")?.toString().split("; ").sort()).toEqual(["key=k3y", "lang=de"]);
  });

  test("shows other credentials where only those are there", async () => {
    const { api, server } = await served({ credentials: { user: "u:p" } });
    await call(server, "list", { ids: [1], owner: "o" });
    expect(api.seen[0]?.headers.get("authorization")).toBe(`Basic ${btoa("u:p")}`);
  });

  test("does not go out without its credentials", async () => {
    const { api, server } = await served();
    expect((await call(server, "list", { ids: [1], owner: "o" }))["isError"]).toBe(true);
    expect(api.seen).toEqual([]);
  });

  test("does not climb up the path", async () => {
    const { api, server } = await served({ credentials: { user: "u:p" } });
    expect((await call(server, "list", { ids: [1], owner: ".." }))["isError"]).toBe(true);
    expect(api.asked).toEqual([]);
  });

  test("is given up when it takes longer than it may", async () => {
    const clock = new FakeClock();
    const { api, server } = await served({ timeout: "5s" }, mcpWorld({ clock }));
    const hung = Promise.withResolvers<Response>();
    api.answer = () => hung.promise;
    const result = call(server, "add", { name: "n" });
    await until("the API is asked", () => api.seen.length === 1);
    clock.advance(5000);
    expect((await result)["isError"]).toBe(true);
    hung.resolve(new Response());
  });

  test("whose arguments do not fit does not go out", async () => {
    const { api, server } = await served();
    const result = await call(server, "add", { size: 1 });
    expect(result["isError"]).toBe(true);
    expect(JSON.stringify(result["content"])).toContain("name");
    expect(api.seen).toEqual([]);
  });

  test.each<[string, JsonObject, Json]>([
    ["add", { name: "n", size: 2 }, { name: "n", size: 2 }],
    ["replace", { body: ["a", "b"] }, ["a", "b"]],
    ["form", { a: ["1", "2"], b: "x y" }, "a=1&a=2&b=x+y"],
    ["free", { body: { a: "1", b: "x y" } }, "a=1&b=x+y"],
    ["write", { body: "hello" }, "hello"],
    ["store", { file: { text: "bytes" } }, "bytes"],
    [
      "upload",
      {
        note: "n",
        meta: { a: 1 },
        photo: { base64: btoa("pixels"), filename: "p.png", mediaType: "image/png" },
        more: [{ text: "1" }, { text: "2", filename: "two", mediaType: "text/csv" }],
      },
      [
        ["note", "n"],
        ["meta", '{"a":1}'],
        ["photo", "p.png", "image/png", "pixels"],
        ["more", "file", "application/octet-stream", "1"],
        ["more", "two", "text/csv", "2"],
      ],
    ],
  ])("of %s has its body", async (name, args, body) => {
    const { api, server } = await served();
    const result = await call(server, name, args);
    expect(result["isError"]).toBeUndefined();
    expect(api.seen.map(({ operationId }) => operationId)).toEqual([name]);
    expect(api.seen[0]?.body).toEqual(body);
  });
});

describe("answers", () => {
  test("are structured as the tool's schema says, lists in 'data'", async () => {
    const { api, server } = await served({ credentials: { user: "u:p" } });
    api.answer = () => Response.json({ id: 7 }, { status: 201 });
    expect((await call(server, "add", { name: "n" }))["structuredContent"]).toEqual({ id: 7 });
    api.answer = () => Response.json([{ id: 1, children: [{ id: 2 }] }]);
    const list = await call(server, "list", { ids: [1], owner: "o" });
    expect(list["structuredContent"]).toEqual({ data: [{ id: 1, children: [{ id: 2 }] }] });
  });

  test("are what a path picks out of them", async () => {
    const { api, server } = await served({ tools: { add: { response: { select: "items.#.{id,name}" } } } });
    api.answer = () =>
      Response.json({
        items: [
          { id: 1, name: "a", more: 1 },
          { id: 2, name: "b" },
        ],
      });
    const result = await call(server, "add", { name: "n" });
    expect(result["content"]).toEqual([{ type: "text", text: '[{"id":1,"name":"a"},{"id":2,"name":"b"}]' }]);
    expect(result["structuredContent"]).toBeUndefined();
  });

  test("are cut where they are longer than they may be", async () => {
    const { api, server } = await served({ response: { maxBytes: "20", outputSchema: false } });
    api.answer = () => new Response("x".repeat(100));
    expect(JSON.stringify(await call(server, "add", { name: "n" }))).toContain(`"${"x".repeat(20)}\\n[cut here`);
  });

  test("that tell of a failure are errors for the model", async () => {
    const { api, server } = await served();
    api.answer = () => Response.json({ why: "taken" }, { status: 409 });
    const result = await call(server, "add", { name: "n" });
    expect(result["isError"]).toBe(true);
    expect(JSON.stringify(result["content"])).toContain("taken");
  });
});

describe("a server", () => {
  test("lists its tools", async () => {
    const { server } = await served({
      include: [{ path: "/things/**" }, { path: "/things" }],
      exclude: ["replace"],
      prefix: "t_",
    });
    const { tools } = await server.handle({ method: "tools/list", params: {} }, mcpCall());
    expect(tools).toMatchObject([
      {
        name: "t_list",
        annotations: { readOnlyHint: true },
        outputSchema: {
          type: "object",
          properties: { data: { type: "array", items: { $ref: "#/$defs/tree" } } },
          $defs: { tree: { properties: { children: { items: { $ref: "#/$defs/tree" } } } } },
        },
      },
      { name: "t_add", inputSchema: { type: "object", required: ["name"] }, annotations: { readOnlyHint: false } },
    ]);
  });

  test("of a file reads it beside the configuration", async () => {
    const files: Record<string, string> = { "apis/things.json": JSON.stringify(DOCUMENT) };
    const world = mcpWorld({ readFile: (path) => files[path] ?? "" });
    const { server } = await served({ document: "apis/things.json" }, world);
    expect(await server.describe(mcpCall())).toMatchObject({
      serverInfo: { name: "things", version: "1", description: "Things" },
    });
  });

  test("of a URL takes relative servers from there, and calls what it names", async () => {
    const own = fakeApi({ paths: { "/docs/openapi.json": { get: {} }, "/things": { post: { operationId: "add" } } } });
    open.push(own);
    own.answer = () => Response.json({ ...DOCUMENT, servers: [{ url: "/" }] });
    const settings = openApiSettings.parse({ document: `${own.url}/docs/openapi.json`, include: ["add"] });
    const server = await openapiKind.create("things", settings, mcpWorld());
    open.push(server);
    own.answer = () => Response.json({});
    await call(server, "add", { name: "n" });
    expect(own.seen.map(({ operationId }) => operationId)).toEqual(["get /docs/openapi.json", "add"]);
  });

  test("of a URL is not sent into the private network by its document", async () => {
    const inner = fakeApi(DOCUMENT);
    const own = fakeApi({ paths: { "/openapi.json": { get: {} } } });
    open.push(inner, own);
    own.answer = () => Response.json({ ...DOCUMENT, servers: [{ url: inner.url }] });
    const document = `${own.url}/openapi.json`;
    const closed = await openapiKind.create("things", openApiSettings.parse({ document }), mcpWorld());
    expect((await call(closed, "add", { name: "n" }))["isError"]).toBe(true);
    expect(inner.seen).toEqual([]);
    const network = { allow: ["127.0.0.0/8"] };
    const allowed = await openapiKind.create("things", openApiSettings.parse({ document, network }), mcpWorld());
    expect((await call(allowed, "add", { name: "n" }))["isError"]).toBeUndefined();
    open.push(closed, allowed);
  });

  test("tells what of its document was not taken over", async () => {
    const told: unknown[] = [];
    const world = mcpWorld({
      log: { info() {}, error() {}, warn: (message, fields) => void told.push([message, fields]) },
    });
    await served({ include: ["add", "gone"] }, world);
    expect(told).toEqual([
      ["The OpenAPI document was not taken over whole.", { server: "things", problem: "'gone' selects no operation." }],
    ]);
  });
});

test.each<[JsonObject, string]>([
  [{ document: { openapi: "3.1.0", paths: {} } }, "The document gives no tools."],
  [{ document: { swagger: "1.0" } }, "OpenAPI 1.0 is not known"],
  [{ document: DOCUMENT, include: ["gone"] }, "The document gives no tools. 'gone' selects no operation."],
  [
    { document: DOCUMENT },
    "The document does not say where its API is ('/things/{ids}/of/{owner}' is relative): set 'server'.",
  ],
  [{ document: "gone.yaml" }, "ENOENT"],
])("%# cannot be made: %s", async (settings, why) => {
  const made = async (): Promise<McpServer> => openapiKind.create("x", openApiSettings.parse(settings), mcpWorld());
  expect(made()).rejects.toThrow(why);
});

describe("the settings", () => {
  test("are a document, or a document with more", () => {
    expect(openApiSettings.parse("a.yaml")).toEqual({ document: "a.yaml" });
    expect(openApiSettings.parse({ document: "https://x/a", response: { maxBytes: "10KB" } })).toEqual({
      document: "https://x/a",
      response: { maxBytes: 10_000 },
    });
  });

  test.each<[Json]>([
    [{}],
    [{ document: 1 }],
    [{ document: "a", sever: "x" }],
    [{ document: "a", server: "example.com" }],
    [{ document: "a", include: [{ operation: "x" }] }],
    [{ document: "a", credentials: { key: { passthrough: false } } }],
    [{ document: "a", headers: { a: "b\r\nc" } }],
    [{ document: "a", tools: { x: { readonly: true } } }],
  ])("%j are none", (settings) => {
    expect(openApiSettings.safeParse(settings).success).toBe(false);
  });

  test("have a JSON Schema for editors", () => {
    expect(z.toJSONSchema(openApiSettings, { io: "input", unrepresentable: "any" })).toHaveProperty("anyOf");
  });

  test("of the page are ones", () => {
    const page = readFileSync(new URL("../../../docs/mcp-openapi.md", import.meta.url), "utf8");
    const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, block = ""]) => parse(block));
    const servers = blocks.flatMap(({ mcpServers = [] }) => mcpServers.map(({ openapi }: JsonObject) => openapi));
    const answers = blocks.flatMap(({ response }) => (response === undefined ? [] : [{ document: "a", response }]));
    const settings = [...servers, ...answers];
    expect(settings).toHaveLength(3);
    for (const one of settings) expect(openApiSettings.safeParse(one)).toMatchObject({ success: true });
  });
});
