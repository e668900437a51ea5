import { afterAll, beforeAll, expect, test } from "bun:test";
import type { JsonObject } from "#src/core/json.ts";
import { type Backend, startBackend } from "#tests/support/backend.ts";
import { type Gateway, startGateway } from "#tests/support/gateway.ts";
import { postLegacy, postModern } from "#tests/support/mcp-ask.ts";
import { FakeNacos } from "#tests/support/registries/fake-nacos.ts";
import { ECHO_TOOLS, mcpConfigs, type McpServerSpec } from "#tests/support/registries/nacos-mcp.ts";
import { until } from "#tests/support/until.ts";

/** REST APIs that say what they were asked, and who they are. */
const api = (name: string): Backend =>
  startBackend((request) => new Response(`${name} ${decodeURIComponent(new URL(request.url).pathname)}`));
const [a, b] = [api("a"), api("b")];

const instanceOf = (address: string): { readonly host: string; readonly port: number } => {
  const [host = "", port] = address.split(":");
  return { host, port: Number(port) };
};

/** The tool `echo` with another request. */
const echoWith = (requestTemplate: JsonObject): object => {
  const echo = { enabled: true, templates: { "json-go-template": { requestTemplate } } };
  return { ...ECHO_TOOLS, toolsMeta: { echo } };
};
const BROKEN = echoWith({ url: "/echo/{{.args.text", method: "GET" });
const KEY = "{{ ${nacos.api-key/secrets}.token }}";
const KEYED = echoWith({ url: "/echo/x", method: "GET", headers: [{ key: "x-key", value: KEY }] });

let nacos: FakeNacos;
let far: Gateway;
let gateway: Gateway;

const publish = (server: McpServerSpec): void => {
  for (const [group, dataId, content] of mcpConfigs(server)) nacos.configs.publish(group, dataId, content);
};

beforeAll(async () => {
  nacos = await FakeNacos.start();
  const tools = [{ name: "hello", responseTemplate: { body: "hello from afar" } }];
  far = await startGateway({
    config: {
      admin: { port: 0 },
      mcpServers: [{ name: "far", path: "/api", rest: { server: { name: "far" }, tools } }],
    },
  });
  nacos.put("echo", [instanceOf(a.address)]);
  nacos.put("far", [instanceOf(new URL(far.origin).host)]);
  publish({ id: "1", name: "echo", protocol: "http", tools: ECHO_TOOLS });
  publish({ id: "2", name: "far", protocol: "mcp-streamable", exportPath: "/api" });
  publish({ id: "3", name: "far-sse", protocol: "mcp-sse", exportPath: "/api/sse", service: { serviceName: "far" } });
  publish({ id: "4", name: "own", protocol: "mcp-streamable", service: { serviceName: "far" } });
  nacos.configs.publish("secrets", "api-key", { token: "first" });
  publish({ id: "5", name: "keyed", protocol: "http", tools: KEYED, service: { serviceName: "echo" } });
  publish({ id: "6", name: "broken", protocol: "http", tools: BROKEN, service: { serviceName: "echo" } });
  gateway = await startGateway({
    config: {
      admin: { port: 0 },
      mcpServers: [{ name: "own", path: "/mcp/own", rest: { server: { name: "own" }, tools } }],
      registries: [
        {
          type: "nacos3",
          name: "nacos",
          domain: "127.0.0.1",
          port: nacos.port,
          enableMCPServer: true,
          mcpServerBaseUrl: "/mcp",
          nacosRefreshInterval: "10s",
        },
      ],
    },
  });
});
afterAll(() => Promise.all([gateway?.stop(), far?.stop(), nacos?.stop(), a.close(), b.close()]));

const call = async (server: string, name: string, args: JsonObject = {}): Promise<unknown> => {
  const url = new URL(`/mcp/${server}`, gateway.origin);
  const response = await postModern(url, "tools/call", { name, arguments: args });
  if (!response.ok) return response.status;
  const { result } = (await response.json()) as { readonly result?: { readonly content: readonly JsonObject[] } };
  return result?.content[0]?.["text"];
};

/** Whether it is told that a server cannot be built. */
const told = (server: string): boolean =>
  gateway.output.split("\n").some((line) => line.includes("cannot be built") && line.includes(`"server":"${server}"`));

test("servers that Nacos has are served below the base path, over the registry's connection to it", async () => {
  await until("they are found", async () => (await call("far-sse", "hello")) !== 404);
  expect(await call("echo", "echo", { text: "one two" })).toBe("It said: a /echo/one two");
  expect(await call("far", "hello")).toBe("hello from afar");
  expect(await call("far-sse", "hello")).toBe("hello from afar");
});

test("a configuration that a template names is sent, and as it is now", async () => {
  const sent = async (): Promise<string | null | undefined> => {
    await call("keyed", "echo", { text: "x" });
    return a.seen.at(-1)?.headers.get("x-key");
  };
  await until("the key is sent", async () => (await sent()) === "first");
  nacos.configs.publish("secrets", "api-key", { token: "second" });
  await until("the new key is sent", async () => (await sent()) === "second");
});

test("what the configuration has itself wins, and the other one is told of", async () => {
  expect(await call("own", "hello")).toBe("hello from afar");
  await until("it is told", () => gateway.output.includes("there is an MCP server of this name already"));
});

test("a session goes on when the service behind it moves", async () => {
  const url = new URL("/mcp/echo", gateway.origin);
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "c", version: "1" } };
  const begun = await postLegacy(url, { jsonrpc: "2.0", id: 1, method: "initialize", params });
  const session = { "mcp-session-id": begun.headers.get("mcp-session-id") ?? "", "mcp-protocol-version": "2025-11-25" };
  await postLegacy(url, { jsonrpc: "2.0", method: "notifications/initialized" }, session);
  let id = 1;
  const asked = async (): Promise<string> => {
    const params = { name: "echo", arguments: { text: "x" } };
    return (await postLegacy(url, { jsonrpc: "2.0", id: ++id, method: "tools/call", params }, session)).text();
  };
  expect(await asked()).toContain("a /echo/x");
  nacos.put("echo", [instanceOf(b.address)]);
  await until("it has moved", async () => (await asked()).includes("b /echo/x"));
});

test("a server that cannot be built costs itself alone, and what it was before goes on", async () => {
  expect(await call("broken", "echo")).toBe(404);
  nacos.configs.publish("mcp-tools", "1-1.0.0-mcp-tools.json", BROKEN);
  await until("it is told", () => told("echo"));
  expect(await call("echo", "echo", { text: "y" })).toBe("It said: b /echo/y");
  nacos.configs.publish("mcp-server-versions", "3-mcp-versions.json", undefined);
  await until("others come and go meanwhile", async () => (await call("far-sse", "hello")) === 404);
});
