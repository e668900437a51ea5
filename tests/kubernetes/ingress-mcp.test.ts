import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { type Gateway, startGateway } from "#tests/support/gateway.ts";
import { type SessionBackend, startSessionBackend } from "#tests/support/mcp-session-backend.ts";

/** A Service whose pods are these backends. */
function service(name: string, backends: readonly SessionBackend[]): string {
  const slices = backends.map(({ address }, index) => {
    const [ip = "", port = ""] = address.split(":");
    return `
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: ${name}-${index}, labels: { kubernetes.io/service-name: ${name} } }
addressType: IPv4
ports: [{ port: ${port} }]
endpoints: [{ addresses: [${ip}] }]`;
  });
  return [
    `{ apiVersion: v1, kind: Service, metadata: { name: ${name} }, spec: { ports: [{ port: 80 }] } }`,
    ...slices,
  ].join("\n---\n");
}

function ingress(name: string, path: string, annotations: Readonly<Record<string, string>>, to = "servers"): string {
  const own = Object.entries(annotations).map(([key, value]) => [`higress.io/${key}`, value]);
  return JSON.stringify({
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name, annotations: Object.fromEntries(own) },
    spec: {
      ingressClassName: "higress",
      rules: [
        { http: { paths: [{ path, pathType: "Prefix", backend: { service: { name: to, port: { number: 80 } } } }] } },
      ],
    },
  });
}

const RULE = { "mcp-server": "true", "mcp-server-match-rule-type": "prefix", "mcp-server-enable-path-rewrite": "true" };

/** Higress' key-auth, for one Ingress. */
const GUARD = `
apiVersion: extensions.higress.io/v1alpha1
kind: WasmPlugin
metadata: { name: key-auth, namespace: higress-system }
spec:
  url: oci://higress-registry.cn-hangzhou.cr.aliyuncs.com/plugins/key-auth:1.0.0
  phase: AUTHN
  defaultConfig: { global_auth: false, keys: [x-key], in_header: true, consumers: [{ name: alice, credential: alices-key }] }
  matchRules: [{ ingress: [default/guarded], config: { allow: [alice] } }]
`;

let backends: readonly [SessionBackend, SessionBackend];
let gateway: Gateway;
let folder: string;

beforeAll(async () => {
  backends = [await startSessionBackend("a"), await startSessionBackend("b")];
  folder = mkdtempSync(join(tmpdir(), "sluice-mcp-"));
  const objects = [
    service("servers", backends),
    service("one", backends.slice(0, 1)),
    ingress("plain", "/", { "load-balance": "mcp-sse" }),
    ingress(
      "new",
      "/tools/new",
      {
        ...RULE,
        "mcp-server-match-rule-value": "/tools/new",
        "mcp-server-upstream-type": "streamable",
        "mcp-server-path-rewrite-prefix": "/mcp",
      },
      "one",
    ),
    ingress(
      "old",
      "/tools/old",
      {
        ...RULE,
        "mcp-server-match-rule-value": "/tools/old",
        "mcp-server-upstream-type": "sse",
      },
      "one",
    ),
    GUARD,
    ingress(
      "guarded",
      "/tools/guarded",
      {
        ...RULE,
        "mcp-server-match-rule-value": "/tools/guarded",
        "mcp-server-upstream-type": "streamable",
        "mcp-server-path-rewrite-prefix": "/mcp",
      },
      "one",
    ),
  ];
  writeFileSync(join(folder, "objects.yaml"), objects.join("\n---\n"));
  gateway = await startGateway({ args: ["--resources", folder] });
});

afterAll(async () => {
  await gateway?.stop();
  await Promise.all(backends.map((one) => one.close()));
  rmSync(folder, { recursive: true, force: true });
});

/** Begins a session, asks twice who answers, and ends it. */
async function whoAnswers(transport: SSEClientTransport | StreamableHTTPClientTransport): Promise<readonly string[]> {
  const client = new Client({ name: "test", version: "1" });

  await client.connect(transport);
  const ask = async (): Promise<string> => JSON.stringify((await client.callTool({ name: "whoami" })).content);
  const answers = [await ask(), await ask()];
  await client.close();
  return answers.map((answer) => /"text":"(\w+)"/.exec(answer)?.[1] ?? answer);
}

const at = (path: string): URL => new URL(path, gateway.origin);

describe("MCP servers behind Ingresses", () => {
  test("of streamable HTTP are there for clients of both transports", async () => {
    expect(await whoAnswers(new StreamableHTTPClientTransport(at("/tools/new")))).toEqual(["a", "a"]);
    expect(await whoAnswers(new SSEClientTransport(at("/tools/new/sse")))).toEqual(["a", "a"]);
  });

  test("of HTTP+SSE are too", async () => {
    expect(await whoAnswers(new StreamableHTTPClientTransport(at("/tools/old")))).toEqual(["a", "a"]);
    expect(await whoAnswers(new SSEClientTransport(at("/tools/old/sse")))).toEqual(["a", "a"]);
  });

  test("are kept by the plugins of their Ingress", async () => {
    const url = at("/tools/guarded");
    expect((await fetch(url, { method: "POST", body: "{}" })).status).toBe(401);
    const headers = { "x-key": "alices-key" };
    expect(await whoAnswers(new StreamableHTTPClientTransport(url, { requestInit: { headers } }))).toEqual(["a", "a"]);
  });

  test("with load-balance: mcp-sse keep a session at its endpoint, among several", async () => {
    const sessions = await Promise.all(Array.from({ length: 6 }, () => whoAnswers(new SSEClientTransport(at("/sse")))));
    for (const [first, second] of sessions) expect(second).toBe(first as string);
    expect(new Set(sessions.flat())).toEqual(new Set(["a", "b"]));
  });
});
