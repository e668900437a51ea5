import { afterEach, describe, expect, test } from "bun:test";
import { entries, type Mapping, mapping, strings } from "#config/check-values.ts";
import { nacos } from "#config/registries/nacos.ts";
import type { DiscoveredMcpServer } from "#config/registries/registry.ts";
import { hurriedClock } from "#tests/support/hurried-clock.ts";
import { keptLog } from "#tests/support/kept-log.ts";
import { FakeNacos, type Oddities } from "#tests/support/registries/fake-nacos.ts";
import { ECHO_TOOLS, mcpConfigs, type McpServerSpec } from "#tests/support/registries/nacos-mcp.ts";
import { HURRY, nacosConfig } from "#tests/support/registries/watched-nacos.ts";
import { rnacosMissing, RnacosServer } from "#tests/support/registries/rnacos-server.ts";
import { until } from "#tests/support/until.ts";

const A = { host: "10.0.0.1", port: 8080 };
const B = { host: "10.0.0.2", port: 8080 };
const ECHO: McpServerSpec = { id: "id-1", name: "echo", protocol: "http", tools: ECHO_TOOLS };

const fakes: FakeNacos[] = [];
afterEach(() => Promise.all(fakes.splice(0).map((fake) => fake.stop())));

async function started(oddities: Oddities = {}): Promise<FakeNacos> {
  const fake = await FakeNacos.start(oddities);
  fakes.push(fake);
  return fake;
}

function publish({ configs }: FakeNacos, server: McpServerSpec): void {
  for (const [group, dataId, content] of mcpConfigs(server)) configs.publish(group, dataId, content);
}

describe("MCP servers of Nacos 3", () => {
  test("a REST API's tools become a document; those that are off or have no template do not", async () => {
    const fake = await started();
    fake.put("echo", [B, A]);
    publish(fake, ECHO);
    await using watched = watch(fake, { mcpServerBaseUrl: "/mcp-servers/", mcpServerExportDomains: ["mcp.test", "*"] });
    await until("it is found", () => watched.told.length > 0);
    expect(watched.now()).toEqual([
      {
        name: "echo",
        entry: {
          name: "echo",
          path: "/mcp-servers/echo",
          hosts: ["mcp.test"],
          rest: {
            server: {
              name: "echo",
              description: "about echo",
              baseUrl: ["http://10.0.0.1:8080", "http://10.0.0.2:8080"],
              config: { credentials: {} },
            },
            tools: [
              {
                name: "echo",
                description: "says it again",
                args: [
                  { name: "text", type: "string", description: "what", required: true },
                  { name: "loud", schema: { type: ["boolean", "null"] }, position: "query" },
                ],
                requestTemplate: { url: "/echo/{{.args.text}}", method: "GET" },
                responseTemplate: { prependBody: "It said: " },
              },
            ],
          },
        },
      },
    ]);
  });

  test("servers of MCP are remote ones, at their export path; services may be in other groups and namespaces", async () => {
    const fake = await started();
    fake.put("far", [{ ...A, metadata: { protocol: "https" } }], { namespace: "ns-2", group: "mcp-endpoints" });
    fake.put("near", [{ host: "2001:db8::1", port: 80 }]);
    const service = { serviceName: "far", groupName: "mcp-endpoints", namespaceId: "ns-2" };
    publish(fake, { id: "1", name: "far", protocol: "mcp-streamable", service, exportPath: "/api/mcp" });
    publish(fake, { id: "2", name: "near", protocol: "mcp-sse", frontProtocol: "mcp-streamable" });
    publish(fake, { id: "3", name: "local", protocol: "stdio", service: { serviceName: "near" } });
    publish(fake, {
      id: "4",
      name: "hidden",
      protocol: "mcp-sse",
      frontProtocol: "stdio",
      service: { serviceName: "near" },
    });
    publish(fake, { id: "5", name: "off", protocol: "mcp-sse", enabled: false, service: { serviceName: "near" } });
    await using watched = watch(fake);
    await until("they are found", () => watched.now().length === 2);
    expect(watched.now().map(({ entry }) => entry)).toEqual([
      { name: "far", path: "/far", url: { transport: "http", endpoints: ["https://10.0.0.1:8080/api/mcp"] } },
      { name: "near", path: "/near", url: { transport: "sse", endpoints: ["http://[2001:db8::1]:80/sse"] } },
    ]);
    expect(watched.lines).toEqual([expect.stringContaining("is of protocol stdio: only http, https, mcp-sse")]);
  });

  test("changes are pushed: of the service, the tools, the version", async () => {
    const fake = await started();
    fake.put("echo", [A]);
    publish(fake, ECHO);
    await using watched = watch(fake, { nacosRefreshInterval: "1h" });
    await until("it is found", () => watched.bases() === "http://10.0.0.1:8080");
    fake.put("echo", [B]);
    await until("its service has moved", () => watched.bases() === "http://10.0.0.2:8080");
    fake.put("echo", []);
    fake.configs.publish("mcp-tools", "id-1-1.0.0-mcp-tools.json", { ...ECHO_TOOLS, tools: [] });
    await until("its tools are others, where it was last", () => watched.tools().length === 0);
    expect(watched.bases()).toBe("http://10.0.0.2:8080");
    const newer = { ...ECHO, version: "2.0.0", name: "echo" };
    publish(fake, newer);
    await until("the newer version is taken", () => watched.tools().length === 1);
    fake.configs.publish("mcp-tools", "id-1-1.0.0-mcp-tools.json", "broken");
    fake.configs.publish("mcp-tools", "id-1-2.0.0-mcp-tools.json", { ...ECHO_TOOLS, tools: [] });
    await until("its tools are followed", () => watched.tools().length === 0);
    fake.configs.publish("mcp-server-versions", "id-1-mcp-versions.json", undefined);
    await until("it is gone", () => watched.now().length === 0);
  });

  test("a server that is new, or gone from the list, is found by asking", async () => {
    const fake = await started();
    fake.put("echo", [A]);
    await using watched = watch(fake);
    await until("there is none", () => watched.told.length === 1);
    publish(fake, ECHO);
    await until("it is found", () => watched.now().length === 1);
    expect(fake.asked).toContain("/nacos/v3/admin/cs/config/list");
  });

  test("the list of Nacos 2 is asked where there is no other", async () => {
    const fake = await started({ without: ["/nacos/v3/admin/cs/config/list"] });
    fake.put("echo", [A]);
    publish(fake, ECHO);
    await using watched = watch(fake);
    await until("it is found", () => watched.now().length === 1);
  });

  test("more servers than a page of the list has", async () => {
    const fake = await started();
    fake.put("one", [A]);
    for (let id = 0; id < 150; id += 1) {
      publish(fake, { id: `n${id}`, name: `s${id}`, protocol: "mcp-sse", service: { serviceName: "one" } });
    }
    await using watched = watch(fake);
    await until("all are found", () => watched.now().length === 150);
  });

  test("only servers that are allowed, where some are named", async () => {
    const fake = await started();
    fake.put("echo", [A]);
    publish(fake, ECHO);
    publish(fake, { ...ECHO, id: "id-2", name: "other", service: { serviceName: "echo" } });
    await using watched = watch(fake, { enableScopeMcpServers: true, allowMcpServers: ["other"] });
    await until("it is found", () => watched.now().length > 0);
    expect(watched.now().map(({ name }) => name)).toEqual(["other"]);
  });

  test("configurations that templates name are credentials, and are followed", async () => {
    const fake = await started();
    fake.put("echo", [A]);
    fake.configs.publish("keys", "api.key-1", { token: "first" });
    fake.configs.publish("keys", "plain", "word");
    const headers = [
      { key: "x-key", value: "{{ ${nacos.api.key-1/keys}.token }}" },
      { key: "x-word", value: "{{ ${nacos.plain/keys} }}" },
    ];
    publish(fake, { ...ECHO, tools: withHeaders(headers) });
    await using watched = watch(fake, { nacosRefreshInterval: "1h" });
    await until("it is found", () => watched.now().length === 1);
    const credentials = (): unknown => watched.server()["config"];
    expect(credentials()).toEqual({ credentials: { keys_api_key_1: { token: "first" }, keys_plain: "word" } });
    expect(JSON.stringify(watched.tools())).toContain("{{ .config.credentials.keys_plain }}");
    fake.configs.publish("keys", "api.key-1", { token: "second" });
    await until("it is followed", () => JSON.stringify(credentials()).includes("second"));
    expect(watched.lines.join()).not.toMatch(/first|second|word/);
  });

  test("what was found stays while Nacos is away, and services are not held up by MCP servers", async () => {
    const fake = await started();
    fake.put("echo", [A]);
    publish(fake, ECHO);
    await using watched = watch(fake);
    await until("it is found", () => watched.now().length === 1);
    await fake.stop();
    await until("it is away", () => !watched.healthy());
    await fake.start();
    await until("it is back", () => watched.healthy());
    expect(watched.told).toHaveLength(1);
    fake.refused.add("/nacos/v3/admin/cs/config/list");
    await until("the list is refused", () => watched.lines.some((line) => line.includes("list of MCP servers")));
    expect(watched.now()).toHaveLength(1);
    fake.put("later", [B]);
    await until("services go on", () => watched.services().includes("later.DEFAULT-GROUP.public.nacos"));
  });

  test("none are looked for when nobody asks for them", async () => {
    const fake = await started();
    fake.put("echo", [A]);
    publish(fake, ECHO);
    await using watched = watch(fake, { enableMCPServer: false });
    await until("services are found", () => watched.services() !== "");
    expect(fake.asked.some((what) => what.includes("config") || what.startsWith("Config"))).toBe(false);
  });

  test.skipIf(rnacosMissing !== undefined)(
    "an R-Nacos keeps them as well",
    async () => {
      const server = await RnacosServer.start();
      try {
        await server.put("echo", [A]);
        for (const [group, dataId, content] of mcpConfigs(ECHO)) await server.publish(group, dataId, content);
        await using watched = watch(server, { nacosRefreshInterval: "1h" });
        await until("it is found", () => watched.bases() === "http://10.0.0.1:8080");
        await server.publish("mcp-tools", "id-1-1.0.0-mcp-tools.json", { ...ECHO_TOOLS, tools: [] });
        await until("a change is pushed", () => watched.tools().length === 0);
      } finally {
        await server.close();
      }
    },
    30_000,
  );
});

function withHeaders(headers: readonly object[]): object {
  const requestTemplate = { url: "/echo", method: "GET", headers };
  const echo = { enabled: true, templates: { "json-go-template": { requestTemplate } } };
  return { ...ECHO_TOOLS, toolsMeta: { echo } };
}

function watch({ port }: { readonly port: number }, written: Readonly<Record<string, unknown>> = {}) {
  const { log, lines } = keptLog();
  const told: (readonly DiscoveredMcpServer[])[] = [];
  let services = "";
  const config = nacosConfig("nacos3", { port, enableMCPServer: true, ...written });
  const world = { clock: hurriedClock(HURRY), fetch, random: Math.random, log };
  const watcher = nacos.watch(config, world, {
    services: (all) => void (services = all.map(({ name }) => name).join(" ")),
    mcpServers: (all) => void told.push(all),
  });
  const now = (): readonly DiscoveredMcpServer[] => told.at(-1) ?? [];
  const rest = (): Mapping => mapping(now()[0]?.entry["rest"]);
  const server = (): Mapping => mapping(rest()["server"]);
  return {
    told,
    lines,
    now,
    server,
    tools: () => entries(rest()["tools"]).map(([, tool]) => tool),
    bases: () =>
      strings(server()["baseUrl"])
        .map(([, url]) => url)
        .join(" "),
    services: () => services,
    healthy: () => watcher.status.healthy,
    [Symbol.asyncDispose]: () => watcher.close(),
  };
}
