import { describe, expect, test } from "bun:test";
import { type Mapping, mapping } from "#config/check-values.ts";
import { readReference, readReferences, readVersion } from "#config/registries/nacos/mcp/kept-server.ts";
import { type KeptServer, readServer } from "#config/registries/nacos/mcp/read-server.ts";
import { restDocument } from "#config/registries/nacos/mcp/rest-document.ts";
import { registryConfig } from "#tests/support/registries/registry-config.ts";

const WHERE = { origins: ["http://10.0.0.1:80"], credentials: {} };
const kept = (spec: unknown): KeptServer => ({
  spec: typeof spec === "string" ? spec : JSON.stringify(spec),
  tools: undefined,
  credentials: new Map(),
  addresses: [{ host: "10.0.0.1", port: 80, secure: false }],
});
const toolOf = (template: unknown, tool: Mapping = {}): unknown => {
  const toolsMeta = { t: { templates: { "json-go-template": template } } };
  return restDocument({ name: "n" }, { tools: [{ name: "t", ...tool }], toolsMeta }, WHERE)["tools"];
};

describe("what Nacos keeps of an MCP server", () => {
  test("is of no use without a name, or with a protocol that is not run", () => {
    const config = registryConfig("nacos3", {});
    expect(readServer(kept("no json"), config)).toEqual({ reason: "its mcp-server.json names no server" });
    expect(readServer(kept({ name: "d", protocol: "dubbo" }), config)).toEqual({
      reason: "is of protocol dubbo: only http, https, mcp-sse, mcp-streamable are run",
    });
    const nowhere = { ...kept({ name: "d", protocol: "http" }), addresses: [] };
    expect(readServer(nowhere, config)).toEqual({ reason: "its service has no instances" });
  });

  test.each([
    [undefined, "/n"],
    ["/", "/n"],
    ["mcp", "/mcp/n"],
    ["/mcp/servers/", "/mcp/servers/n"],
  ])("below %p it is at %s", (mcpServerBaseUrl, path) => {
    const config = registryConfig("nacos3", mcpServerBaseUrl === undefined ? {} : { mcpServerBaseUrl });
    const server = mapping(readServer(kept({ name: "n", protocol: "https" }), config));
    expect(server["entry"]).toMatchObject({ path, rest: { server: { baseUrl: ["https://10.0.0.1:80"] } } });
  });

  test("has a version once one was published, and is served where its front is MCP's", () => {
    const written = { name: "n", latestPublishedVersion: "1", frontProtocol: "mcp-sse" };
    expect(readVersion(JSON.stringify(written))).toEqual({ name: "n", version: "1", served: true });
    expect(readVersion(JSON.stringify({ ...written, frontProtocol: "stdio" }))?.served).toBe(false);
    expect(readVersion(JSON.stringify({ ...written, latestPublishedVersion: "" }))).toBeUndefined();
    expect(readVersion("")).toBeUndefined();
  });

  test("names a service, of the default group and its own namespace where it says no other", () => {
    const reference = (serviceRef: unknown): unknown =>
      readReference(JSON.stringify({ remoteServerConfig: { serviceRef } }), "own");
    expect(reference({ serviceName: "s" })).toEqual({ name: "s", group: "DEFAULT_GROUP", namespace: "own" });
    expect(reference({ serviceName: "s", groupName: "g", namespaceId: "n" })).toEqual({
      name: "s",
      group: "g",
      namespace: "n",
    });
    expect(reference({})).toBeUndefined();
  });

  test("names configurations in its templates", () => {
    const { text, named } = readReferences(
      "{{ ${nacos.a-b.json/g}.key }} ${nacos.a_b.json/g} ${nacos.a-b.json/g} ${x.y/z}",
    );
    const place = ".config.credentials.g_a_b_json";
    expect(text).toBe(`{{ ${place}.key }} ${place}_2 ${place} \${x.y/z}`);
    expect([...named]).toEqual([
      ["g_a_b_json", { dataId: "a-b.json", group: "g" }],
      ["g_a_b_json_2", { dataId: "a_b.json", group: "g" }],
    ]);
  });
});

describe("tools of Nacos", () => {
  test("have security schemes, by either name of their id", () => {
    const security = { type: "key", credential: "c", passthrough: true };
    const document = restDocument({ name: "n" }, { securitySchemes: [{ id: "key", type: "apiKey" }] }, WHERE);
    expect(document["server"]).toMatchObject({ securitySchemes: [{ id: "key", type: "apiKey" }] });
    const template = { requestTemplate: { url: "/", security: { id: "key", credential: "" } }, security };
    expect(toolOf(template)).toEqual([
      {
        name: "t",
        requestTemplate: { url: "/", security: { id: "key" } },
        security: { id: "key", credential: "c", passthrough: true },
      },
    ]);
  });

  test("lose what is null, and keep what is said of errors", () => {
    const responseTemplate = { body: "b", prependBody: null };
    expect(
      toolOf({ requestTemplate: { url: "/", headers: null }, responseTemplate, errorResponseTemplate: "e" }),
    ).toEqual([
      { name: "t", requestTemplate: { url: "/" }, responseTemplate: { body: "b" }, errorResponseTemplate: "e" },
    ]);
  });

  test("of no list, or none at all, are none", () => {
    expect(restDocument({ name: "n" }, undefined, WHERE)["tools"]).toEqual([]);
    expect(restDocument({ name: "n" }, { tools: {}, toolsMeta: [] }, WHERE)["tools"]).toEqual([]);
  });
});
