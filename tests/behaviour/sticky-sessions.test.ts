import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { JsonObject } from "#src/core/json.ts";
import { type Gateway, startGateway } from "#tests/support/gateway.ts";
import { type SessionBackend, startSessionBackend } from "#tests/support/mcp-session-backend.ts";
import { until, within } from "#tests/support/until.ts";

const NAMES = ["a", "b", "c"];
const KEY = "a-secret-that-two-replicas-share-0123456789";
const backends: SessionBackend[] = [];
const open: Client[] = [];
let gateways: Gateway[] = [];

/** Two services with weights; the second one is at `second`. */
function config(extra: JsonObject[] = [], second = "c"): JsonObject {
  const endpoints = (...names: string[]): string[] => names.map((name) => backends[NAMES.indexOf(name)]?.address ?? "");
  return {
    admin: { port: 0 },
    sessions: { keys: [KEY] },
    services: [
      { name: "first", endpoints: endpoints("a", "b") },
      { name: "second", endpoints: endpoints(second) },
    ],
    routes: [
      {
        name: "mcp",
        http: {
          services: [
            { name: "first", weight: 2 },
            { name: "second", weight: 1 },
          ],
          sticky: { query: "sessionId", header: "mcp-session-id" },
        },
      },
      {
        name: "below",
        match: { path: { prefix: "/below" } },
        http: {
          services: [{ name: "first" }],
          rewrite: { path: { prefix: "/" } },
          sticky: { query: "sessionId" },
        },
      },
      ...extra,
    ],
  };
}

beforeAll(async () => {
  backends.push(...(await Promise.all(NAMES.map(startSessionBackend))));
  gateways = await Promise.all([startGateway({ config: config() }), startGateway({ config: config() })]);
});
afterAll(async () => {
  await Promise.all(open.map((client) => client.close().catch(() => {})));
  await Promise.all(gateways.map((gateway) => gateway.stop()));
  await Promise.all(backends.map((backend) => backend.close()));
});

/** Sends each request to the other replica than the one before. */
function alternating(): (url: string | URL, init?: RequestInit) => Promise<Response> {
  let turn = 0;
  return (url, init) => {
    const { pathname, search } = new URL(url);
    return fetch(`${gateways[turn++ % 2]?.origin}${pathname}${search}`, init);
  };
}

const TRANSPORTS: readonly (readonly [string, () => SSEClientTransport | StreamableHTTPClientTransport])[] = [
  ["HTTP+SSE", () => new SSEClientTransport(new URL("/sse", gateways[0]?.origin), { fetch: alternating() })],
  [
    "streamable HTTP",
    () => new StreamableHTTPClientTransport(new URL("/mcp", gateways[0]?.origin), { fetch: alternating() }),
  ],
];

async function connected(transport: SSEClientTransport | StreamableHTTPClientTransport): Promise<Client> {
  const client = new Client({ name: "test", version: "1" });
  // The SDK's own types disagree about optional members.
  await within("the connection", client.connect(transport as Parameters<Client["connect"]>[0]));
  open.push(client);
  return client;
}

async function whoami(client: Client): Promise<unknown> {
  const { content } = await within("the answer", client.callTool({ name: "whoami" }));
  return Array.isArray(content) ? (content[0] as { text: string }).text : undefined;
}

describe.each(TRANSPORTS)("MCP over %s, its requests sent to two replicas in turn", (_, transport) => {
  test("meets the endpoint that began its session, however many there are", async () => {
    const clients = await Promise.all(Array.from({ length: 6 }, () => connected(transport())));
    const met = new Set<unknown>();
    for (const client of clients) {
      const name = await whoami(client);
      met.add(name);
      for (let time = 0; time < 4; time++) expect(await whoami(client)).toBe(name);
    }
    expect(met).toEqual(new Set(NAMES));
  });
});

test("clients see no endpoint's own session ids", async () => {
  const response = await fetch(`${gateways[0]?.origin}/sse`);
  const reader = response.body?.getReader();
  const text = new TextDecoder().decode((await reader?.read())?.value);
  await reader?.cancel();
  const [, key = ""] = /^event: endpoint\ndata: \/messages\?sessionId=([\w-]+)\n\n$/.exec(text) ?? [];
  expect(key.length).toBeGreaterThan(60);
  const own = backends.flatMap(({ sessions }) => sessions);
  expect(own).not.toContain(key);
  // An id of an endpoint's own, known from elsewhere, opens nothing.
  for (const id of [own[0] ?? "", key.slice(1)]) {
    const refused = await fetch(`${gateways[1]?.origin}/messages?sessionId=${id}`, { method: "POST", body: "{}" });
    expect(refused.status).toBe(404);
    expect(await refused.json()).toMatchObject({ error: { code: "session_not_found" } });
  }
});

test("where the route takes a prefix off, the stream tells the path with it", async () => {
  const url = new URL("/below/sse", gateways[0]?.origin);
  const client = await connected(new SSEClientTransport(url, { fetch: alternating() }));
  const name = await whoami(client);
  for (let time = 0; time < 3; time++) expect(await whoami(client)).toBe(name);
});

test("a reload cuts no stream and forgets no session", async () => {
  const client = await connected(
    new SSEClientTransport(new URL("/sse", gateways[0]?.origin), { fetch: alternating() }),
  );
  const name = await whoami(client);
  for (const gateway of gateways)
    gateway.rewrite(config([{ name: "new", match: { path: { prefix: "/new" } }, response: { status: 200 } }]));
  for (const gateway of gateways)
    await until("the reload", async () => (await fetch(`${gateway.origin}/new/`)).status === 200);
  for (let time = 0; time < 4; time++) expect(await whoami(client)).toBe(name);
});

test("sessions of an endpoint that is taken out or dies are over, and begin anew elsewhere", async () => {
  const of = async (name: string): Promise<StreamableHTTPClientTransport> => {
    for (;;) {
      const transport = new StreamableHTTPClientTransport(new URL("/mcp", gateways[0]?.origin));
      if ((await whoami(await connected(transport))) === name) return transport;
    }
  };
  const status = async ({ sessionId = "" }: StreamableHTTPClientTransport): Promise<number> => {
    const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
    const response = await fetch(`${gateways[0]?.origin}/mcp`, {
      method: "POST",
      headers: { ...headers, "mcp-session-id": sessionId },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" }),
    });
    await response.body?.cancel();
    return response.status;
  };
  const [dying, leaving, staying] = [await of("a"), await of("c"), await of("b")];
  expect(await Promise.all([dying, leaving, staying].map(status))).toEqual([200, 200, 200]);
  gateways[0]?.rewrite(config([], "b"));
  await until("the endpoint is taken out", async () => (await status(leaving)) === 404);
  await backends[0]?.close();
  expect(await status(dying)).toBe(404);
  expect(await status(staying)).toBe(200);
  const anew = await connected(new StreamableHTTPClientTransport(new URL("/mcp", gateways[0]?.origin)));
  expect(await whoami(anew)).toBe("b");
});
