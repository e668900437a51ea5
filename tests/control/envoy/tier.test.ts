import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { translatorOf, configOf } from "#tests/support/envoy-translation.ts";
import { type Asked, type Backend, namedBackend, startBackend } from "#tests/support/backend.ts";
import { isObject } from "#src/core/json.ts";
import { firstMatch } from "#tests/support/envoy-first-match.ts";
import { certificateOf } from "#tests/support/certificates.ts";
import { envoyMissing } from "#tests/support/envoy.ts";
import { type EnvoyStage, envoyStage } from "#tests/support/envoy-stage.ts";
import { startGateway } from "#tests/support/gateway.ts";
import { startTier } from "#tests/support/tier.ts";
import { until } from "#tests/support/until.ts";

const PATIENCE = 60_000;

const CONFIG = {
  listeners: [{ name: "one", port: 0 }],
  disableXEnvoyHeaders: true,
  providers: [{ id: "echo", type: "echo" }],
  services: [{ name: "a", endpoints: ["127.0.0.1:4"] }],
  routes: [
    { name: "chat", match: { path: { prefix: "/v1" } }, ai: { upstreams: [{ provider: "echo" }] } },
    {
      name: "sticky",
      match: { path: { prefix: "/sticky" } },
      http: { services: [{ name: "a" }], sticky: { query: "session", whenGone: "rebalance" } },
    },
    { name: "keyed", match: { path: { prefix: "/keyed" } }, http: { services: [{ name: "a" }] } },
  ],
  plugins: [
    { name: "key-auth", config: { keys: ["x-key"], in_header: true, consumers: [] }, rules: [{ routes: ["keyed"] }] },
  ],
  mcpServers: [],
};

function withoutRules(config: typeof CONFIG): object {
  const { plugins: _, ...rest } = config;
  return { ...rest, routes: rest.routes.slice(0, 2) };
}

function endpointsOf(replicas: readonly Backend[]) {
  return replicas.map(({ address }) => {
    const [host = "", port] = address.split(":");
    return { host, port: Number(port) };
  });
}

describe.skipIf(envoyMissing !== undefined)("Sluice behind a real Envoy", () => {
  test(
    "answers AI routes",
    async () => {
      const gateway = await startGateway({
        config: {
          admin: { port: 0 },
          // The other one is Envoy's: this process does not open it.
          listeners: [
            { name: "tier", host: "127.0.0.1", port: 0, behindEnvoy: true },
            { name: "one", port: 80 },
          ],
          providers: [{ id: "echo", type: "echo" }],
          routes: [{ name: "chat", match: { listeners: ["one"] }, ai: { upstreams: [{ provider: "echo" }] } }],
        },
      });
      const { hostname: host, port } = new URL(gateway.origin);
      const readyPort = Number(new URL(gateway.admin).port);
      const tier = { endpoints: [{ host, port: Number(port) }], protocol: "http" as const, readyPort };
      await using envoy = await envoyStage(withoutRules(CONFIG), { tier });
      const openai = new OpenAI({ baseURL: `${envoy.url("one")}/v1`, apiKey: "none", maxRetries: 0 });
      const stream = await openai.chat.completions.create({
        model: "any",
        stream: true,
        messages: [{ role: "user", content: "Say this" }],
      });
      let said = "";
      for await (const chunk of stream) said += chunk.choices[0]?.delta.content ?? "";
      expect(said).toContain("Say this");
      await gateway.stop();
    },
    PATIENCE,
  );

  test(
    "knows the client, its listener and whether it came by TLS",
    async () => {
      const backend = namedBackend("a");
      const written = {
        listeners: [
          { name: "one", port: 0 },
          { name: "two", port: 0, tls: { certificates: [certificateOf("a.test")] } },
        ],
        services: [{ name: "a", endpoints: [backend.address] }],
        routes: ["one", "two"].map((listener) => ({
          name: listener,
          match: { listeners: [listener], path: { prefix: "/" } },
          // A limit on bodies keeps it from Envoy.
          maxBodySize: "1KiB",
          http: { services: [{ name: "a" }], requestHeaders: { set: { "x-route": listener } } },
        })),
      };
      await using replica = await startTier(configOf(written));
      await using envoy = await envoyStage(written, { tier: { endpoints: [replica], protocol: "http" } });
      const seen = async (listener: string): Promise<Asked["headers"]> => {
        const answer = await fetch(`${envoy.url(listener)}/x`, {
          headers: { "x-forwarded-for": "192.0.2.1", "x-sluice-listener": "forged" },
          tls: { rejectUnauthorized: false },
        });
        return ((await answer.json()) as Asked).headers;
      };
      const forwarded = { "x-forwarded-for": "192.0.2.1,127.0.0.1" };
      expect(await seen("one")).toMatchObject({ ...forwarded, "x-route": "one", "x-forwarded-proto": "http" });
      expect(await seen("two")).toMatchObject({ ...forwarded, "x-route": "two", "x-forwarded-proto": "https" });
      expect(await seen("two")).not.toHaveProperty("x-sluice-listener");
      await backend.close();
    },
    PATIENCE,
  );

  describe("of two replicas", () => {
    const gates: (() => void)[] = [];
    const replica = (name: string): Backend =>
      startBackend((request) => {
        if (new URL(request.url).pathname !== "/v1/stream") {
          return Response.json({ name, headers: Object.fromEntries(request.headers) });
        }
        const body = new ReadableStream({
          async start(controller) {
            controller.enqueue("data: one\n\n");
            await new Promise<void>((resolve) => gates.push(resolve));
            controller.enqueue("data: two\n\n");
            controller.close();
          },
        });
        return new Response(body, { headers: { "content-type": "text/event-stream" } });
      });
    const replicas = [replica("r1"), replica("r2")];
    let envoy: EnvoyStage;
    beforeAll(async () => {
      envoy = await envoyStage(withoutRules(CONFIG), { tier: { endpoints: endpointsOf(replicas), protocol: "http" } });
    }, PATIENCE);
    afterAll(async () => {
      await envoy[Symbol.asyncDispose]();
      await Promise.all(replicas.map((one) => one.close()));
    });

    test("streams pass piece by piece", async () => {
      const answer = await envoy.fetch("/v1/stream");
      const reader = (answer.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream()).getReader();
      expect((await reader.read()).value).toBe("data: one\n\n");
      for (const open of gates) open();
      expect((await reader.read()).value).toBe("data: two\n\n");
    });

    test("one keeps the requests of a session", async () => {
      const names = async (path: string, headers: Record<string, string>): Promise<Set<unknown>> => {
        const all = Array.from({ length: 12 }, async () => {
          const answer: unknown = await (await envoy.fetch(path, { headers })).json();
          return (answer as { name: string }).name;
        });
        return new Set(await Promise.all(all));
      };
      expect((await names("/v1/x", { "mcp-session-id": "s1" })).size).toBe(1);
      expect((await names("/sticky?session=7", {})).size).toBe(1);
      const many = await Promise.all(
        Array.from({ length: 12 }, (_, n) => names("/v1/x", { "mcp-session-id": `s${n}` })),
      );
      expect(new Set(many.flatMap((one) => Array.from(one))).size).toBe(2);
    });

    test("they are told the listener, the client and the host, and nothing of Envoy's", async () => {
      const answer = await envoy.fetch("/v1/x", { headers: { host: "ai.example.com" } });
      const { headers } = (await answer.json()) as { headers: Record<string, string> };
      expect(headers).toMatchObject({
        host: "ai.example.com",
        "x-sluice-listener": "one",
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-proto": "http",
      });
      expect(Object.keys(headers).filter((name) => name.startsWith("x-envoy"))).toEqual([]);
    });
  });

  test(
    "gets no request where it says that it is not ready",
    async () => {
      let ready = true;
      const replica = startBackend((request) => {
        const asked = new URL(request.url).pathname === "/ready";
        return new Response(null, { status: asked && !ready ? 503 : 200 });
      });
      const [first] = endpointsOf([replica]);
      const endpoints = first === undefined ? [] : [first];
      const readyPort = first?.port ?? 0;
      await using envoy = await envoyStage(withoutRules(CONFIG), { tier: { endpoints, protocol: "http", readyPort } });
      const status = async (): Promise<number> => (await envoy.fetch("/v1/x")).status;
      await until("the replica is known to be ready", async () => (await status()) === 200);
      ready = false;
      const healthy = () => envoy.stat("cluster.sluice/tier.membership_healthy");
      await until("the replica is known not to be ready", async () => (await healthy()) === 0);
      await replica.close();
    },
    PATIENCE,
  );
});

describe("what is answered where", () => {
  test("is told for every route, with the reason", () => {
    const written = {
      ...CONFIG,
      mcpServers: [{ name: "files", path: "/mcp/files", url: "http://127.0.0.1:4/mcp" }],
      plugins: [
        {
          name: "key-auth",
          config: { consumers: [{ name: "c", credential: "k" }], keys: ["x-key"], in_header: true },
          rules: [{ routes: ["keyed"], config: { allow: ["c"] } }],
        },
      ],
    };
    const placements = translatorOf().translate(configOf(written)).placements();
    expect(Object.fromEntries(placements.map(({ route, why }) => [route, why]))).toMatchObject({
      chat: "it speaks to models",
      sticky: "its sessions are sealed (sticky)",
      keyed: "the plugin key-auth is none of Envoy's own",
      "mcp:files": "it is an MCP server",
    });
  });
});

test("MCP servers are found on their hosts alone, with their pages", () => {
  const mcpServers = [{ name: "files", path: "/mcp/files", hosts: ["mcp.example.com"], url: "http://127.0.0.1:4/mcp" }];
  const routes = [{ name: "all", match: { hosts: ["*"] }, response: { status: 204 } }];
  const [rds] = translatorOf().translate(configOf({ mcpServers, routes })).resources.rds.values();
  const hosts = Array.isArray(rds?.["virtual_hosts"]) ? rds["virtual_hosts"].filter(isObject) : [];
  const asked = { method: "GET", search: "", headers: {} };
  const found = (host: string, path: string) => firstMatch(hosts, { ...asked, host, path });
  expect(
    ["/mcp/files", "/mcp/files/sse", "/mcp/files/u1", "/mcp-auth/files/login"].map((path) =>
      found("mcp.example.com", path),
    ),
  ).toEqual(["mcp:files", "mcp:files", "mcp:files", "mcp:pages"]);
  expect([found("mcp.example.com", "/other"), found("x.example.com", "/mcp/files")]).toEqual(["all", "all"]);
});
