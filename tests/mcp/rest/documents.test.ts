import { describe, expect, test } from "bun:test";
import { restKind } from "#mcp/rest/kind.ts";
import { checkRestDocument, readRestDocument } from "#mcp/rest/read.ts";
import { fullUrl, spreadPlan } from "#mcp/rest/request.ts";
import { JsonNode } from "#src/core/gjson/node.ts";
import { proxySettings, setSettings } from "#mcp/rest/remote-document.ts";
import { documentOf } from "#mcp/rest/settings.ts";
import { restTools } from "#mcp/rest/tools.ts";
import { CONTEXT } from "./template/context.ts";
import { mcpCall } from "#tests/support/mcp-call.ts";
import { mcpWorld } from "#tests/support/mcp-world.ts";

const TOOL = { name: "t", requestTemplate: { url: "https://a.example/" } };

describe("reading a document", () => {
  test("a WasmPlugin of Higress' has it as its configuration", () => {
    const yaml = [
      "apiVersion: extensions.higress.io/v1alpha1",
      "kind: WasmPlugin",
      "metadata: { name: mcp-server }",
      "spec:",
      "  defaultConfig:",
      "    server: { name: s }",
      "    tools: [{ name: t, requestTemplate: { url: 'https://a.example/' } }]",
    ].join("\n");
    expect(readRestDocument(yaml)).toEqual({ server: { name: "s" }, tools: [TOOL] });
  });

  const faults: readonly (readonly [yaml: string, message: string])[] = [
    ["server: { name: s }\ntools: [{ named: t }]", "tools[0] has no field 'named'"],
    ["server: { name: s }\ntools: [{ name: t, args: [{ name: a, type: { a: 1 } }] }]", "tools[0].args[0].type"],
    ["server: { name: s }\ntools: [{ description: x }]", "tools[0].name is required"],
    ["server: { name: s }\ntools: [{ name: t, args: [{ name: a, type: text }] }]", "tools[0].args[0].type"],
    ["server: { name: s }\ntools: [{ name: t, args: [{ name: a, position: url }] }]", "tools[0].args[0].position"],
    ["server: { name: s, securitySchemes: [{ id: a, type: oauth }] }", "server.securitySchemes[0].type"],
    ["server: { name: s\ntools: [", "line 2"],
    ["- 1", "the document"],
  ];
  for (const [yaml, message] of faults) {
    test(`tells where it is wrong: ${message}`, () => expect(() => readRestDocument(yaml)).toThrow(message));
  }

  test("but a field that is not known is only mentioned", () => {
    const heard: string[] = [];
    const yaml =
      "server: { name: s }\ntools: [{ name: t, legacyOnly: true, args: [{ name: u, format: uri }], requestTemplate: { url: 'https://a.example/' } }]";
    expect(readRestDocument(yaml, (field) => heard.push(field))).toEqual({
      server: { name: "s" },
      tools: [{ ...TOOL, args: [{ name: "u" }] }],
    });
    expect(heard.toSorted()).toEqual(["tools[0] has no field 'legacyOnly'", "tools[0].args[0] has no field 'format'"]);
  });

  test("and what says nothing, as programs write it, is left out", () => {
    const security = { id: "", credential: "", passthrough: false };
    const written = {
      server: { name: "s", type: "", securitySchemes: null, defaultUpstreamSecurity: security },
      tools: [
        {
          name: "t",
          security,
          args: [{ name: "n", type: "int", position: "", default: null, enum: null, properties: null }],
          requestTemplate: { url: "https://a.example/", method: "", headers: null, body: "", security },
          responseTemplate: { body: "", prependBody: "" },
        },
      ],
      allowTools: null,
    };
    const { server, tools = [], allowTools } = checkRestDocument(written);
    expect([server, allowTools]).toEqual([{ name: "s" }, undefined]);
    expect(tools[0]?.args).toEqual([{ name: "n", type: "integer" }]);
    expect(tools[0]?.requestTemplate).toEqual({ url: "https://a.example/", method: "", body: "" });
    expect(restTools(checkRestDocument(written), mcpWorld()).length).toBe(1);
  });

  test("and never what stood there", () => {
    expect(() =>
      checkRestDocument({
        server: { name: "s", securitySchemes: [{ id: "a", type: "http", defaultCredential: { no: "hush-hush" } }] },
      }),
    ).toThrow(/^(?!.*hush-hush).*defaultCredential/);
  });
});

describe("settings", () => {
  const yaml =
    "server:\n  name: s\n  config: { a: 1, b: 2 }\n  securitySchemes: [{ id: k, type: http, scheme: bearer }]\ntools: [{ name: t, requestTemplate: { url: 'https://a.example/' } }]";
  const world = mcpWorld({
    readFile(path) {
      if (path !== "w.yaml") throw new Error("there is none");
      return yaml;
    },
  });

  test("name a file, with what the configuration adds to it", () => {
    expect(documentOf("w.yaml", world).tools).toEqual([TOOL]);
    const settings = restKind.schema.parse({
      file: "w.yaml",
      config: { b: 3 },
      credentials: { k: "tok" },
      network: { allow: ["10.0.0.0/8"] },
    });
    const { server, network } = documentOf(settings, world);
    expect(server.config).toEqual({ a: 1, b: 3 });
    expect(server.securitySchemes).toEqual([{ id: "k", type: "http", scheme: "bearer", defaultCredential: "tok" }]);
    expect(network?.allow).toEqual(["10.0.0.0/8"]);
  });

  test("hear in the log of fields that are not known", () => {
    const warnings: string[] = [];
    const log = { info() {}, error() {}, warn: (message: string) => void warnings.push(message) };
    documentOf({ tool: [], tools: [TOOL] }, mcpWorld({ log }));
    expect(warnings).toEqual([
      "The document has a field that is not known, and is ignored: the document has no field 'tool'.",
    ]);
  });

  test("say what paths are paths of", () => {
    const relative = yaml.replace("https://a.example/", "/notes/{{.args.id}}");
    const read = mcpWorld({ readFile: () => relative });
    expect(() => restKind.create("n", "w.yaml", read)).toThrow("'baseUrl' says what it is a path of");
    const [tool] =
      documentOf(restKind.schema.parse({ file: "w.yaml", baseUrl: "https://b.example/v1/" }), read).tools ?? [];
    expect(fullUrl(tool?.requestTemplate?.url ?? "", "https://b.example/v1/")).toBe(
      "https://b.example/v1/notes/{{.args.id}}",
    );
    expect(restKind.create("n", { file: "w.yaml", baseUrl: "https://b.example/v1/" }, read)).toBeDefined();
  });

  test("may have several bases, which take turns", () => {
    const baseUrl = ["https://a.example/v1/", "https://b.example"];
    const written = { server: { name: "s", baseUrl }, tools: [{ name: "t", requestTemplate: { url: "/x" } }] };
    const { server, tools = [] } = documentOf(restKind.schema.parse(written), world);
    const [tool] = tools;
    if (tool === undefined) throw new Error("the document has no tool");
    const plan = spreadPlan(tool, server.baseUrl);
    const urls = [1, 2, 3].map(() => plan({}, JsonNode.of("{}"), CONTEXT).url);
    expect(urls).toEqual(["https://a.example/v1/x", "https://b.example/x", "https://a.example/v1/x"]);
    expect(() => documentOf({ ...written, server: { name: "s", baseUrl: [] } }, world)).toThrow("baseUrl");
  });

  test("or are the document", () => {
    const settings = restKind.schema.parse({ server: { name: "s" }, tools: [TOOL] });
    expect(documentOf(settings, world).tools).toEqual([TOOL]);
  });

  test("tell what is wrong", () => {
    expect(() => documentOf("x.yaml", world)).toThrow("The file 'x.yaml' cannot be used: there is none");
    expect(() => documentOf({ file: "w.yaml", credentials: { z: "" } }, world)).toThrow("has no security scheme 'z'");
    expect(() => restKind.create("n", { server: { name: "s" } }, world)).toThrow("has no tools");
    const set = { toolSet: { name: "x", serverTools: [{ serverName: "a", tools: ["b"] }] } };
    expect(() => restKind.create("n", set, world)).toThrow("no MCP server 'a'");
    const wrong = { server: { name: "s" }, tools: [{ name: "bad", requestTemplate: { url: "{{.args.a" } }] };
    expect(() => restKind.create("n", wrong, world)).toThrow(
      "The tool 'bad': requestTemplate.url: an action is not closed by }}",
    );
    const none = { server: { name: "s" }, tools: [{ name: "bad" }] };
    expect(() => restKind.create("n", none, world)).toThrow("needs a responseTemplate.body");
    const both = { server: { name: "s" }, tools: [{ ...TOOL, responseTemplate: { body: "a", appendBody: "b" } }] };
    expect(() => restKind.create("n", both, world)).toThrow("body cannot stand beside");
  });
});

describe("the tools of a document", () => {
  test("are those that are allowed, in their order", () => {
    const tools = ["c", "a", "b"].map((name) => Object.assign({}, TOOL, { name }));
    const names = (allowTools?: readonly string[]): readonly string[] =>
      restTools({ server: { name: "s" }, tools, ...(allowTools !== undefined && { allowTools }) }, mcpWorld()).map(
        (tool) => tool.definition.name,
      );
    expect(names()).toEqual(["c", "a", "b"]);
    expect(names(["b", "c"])).toEqual(["c", "b"]);
    expect(names([])).toEqual([]);
  });
});

describe("documents of other kinds", () => {
  const proxy = {
    name: "p",
    type: "mcp-proxy",
    transport: "http",
    mcpServerURL: "https://b.example/mcp",
    timeout: 5000,
    defaultUpstreamSecurity: { id: "k" },
    securitySchemes: [{ id: "k", type: "apiKey", in: "header", name: "X-Backend-Key", defaultCredential: "backend" }],
  } as const;

  test("mcp-proxy becomes settings of url", () => {
    expect(proxySettings({ server: proxy })).toEqual({
      endpoints: ["https://b.example/mcp"],
      transport: "http",
      timeout: 5000,
      headers: { "x-backend-key": "backend" },
    });
    const inQuery = { ...proxy, securitySchemes: [{ ...proxy.securitySchemes[0], in: "query", name: "k" }] } as const;
    expect(proxySettings({ server: inQuery })).toMatchObject({ endpoints: ["https://b.example/mcp?k=backend"] });
  });

  test("and what cannot be had of it is told", () => {
    const refused =
      (server: object, tools: readonly object[] = []): (() => unknown) =>
      () =>
        proxySettings(checkRestDocument({ server: { ...proxy, ...server }, tools }));
    expect(refused({ mcpServerURL: "/mcp" })).toThrow("is a path");
    expect(refused({ passthroughAuthHeader: true })).toThrow("not passed on");
    expect(refused({ defaultDownstreamSecurity: { id: "k", passthrough: true } })).toThrow("not passed on");
    expect(refused({ securitySchemes: [{ id: "k", type: "http", scheme: "bearer" }] })).toThrow(
      "'k' has no credential",
    );
    expect(refused({}, [{ name: "own", requestTemplate: { security: { id: "k" } } }])).toThrow(
      "'own' has credentials of its own",
    );
  });

  test("mcp-proxy makes a remote server of which the listed tools are seen", async () => {
    const document = {
      server: { name: "p", type: "mcp-proxy", mcpServerURL: "http://127.0.0.1:4/mcp" },
      tools: [{ name: "seen" }],
    };
    const server = await restKind.create("p", document, mcpWorld());
    const request = { method: "tools/call", params: { name: "hidden", arguments: {} } };
    const hidden = (async () => server.handle(request, mcpCall()))().catch((error: unknown) => String(error));
    expect(await hidden).toContain("There is no tool 'hidden'");
    await server.close();
  });

  test("toolSet becomes members of a set", () => {
    const toolSet = { name: "x", serverTools: [{ serverName: "a", tools: ["b"] }, { serverName: "c" }] };
    expect(setSettings({ server: { name: "" }, toolSet })).toEqual({
      servers: [
        { server: "a", prefix: "a___", tools: ["b"] },
        { server: "c", prefix: "c___" },
      ],
      timeout: 10_000,
    });
  });
});
