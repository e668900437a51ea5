import { expect, test } from "bun:test";
import { pluginStage } from "#tests/support/plugin-stage.ts";

/** Answers as Open Policy Agent's REST API does (https://www.openpolicyagent.org/docs/latest/rest-api/#get-a-document-with-input). */
async function withAgent(
  answer: (input: { request: Record<string, unknown> }, path: string) => Response,
  work: (port: number) => Promise<void>,
): Promise<void> {
  const agent = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      const { input } = (await request.json()) as { input: { request: Record<string, unknown> } };
      return answer(input, new URL(request.url).pathname);
    },
  });
  try {
    await work(agent.port ?? 0);
  } finally {
    await agent.stop(true);
  }
}

const entry = (servicePort: number): object => ({
  name: "opa",
  config: { policy: "example1", timeout: "5s", serviceSource: "ip", host: "127.0.0.1", servicePort },
});

const SEEN = new Set([":path", ":method", ":scheme", "x-a"]);

test("the policy sees the request, its body too", async () => {
  const seen: unknown[] = [];
  await withAgent(
    (input, path) => {
      seen.push({
        path,
        ...input.request,
        headers: (input.request["headers"] as string[][]).filter(([name]) => SEEN.has(name ?? "")),
      });
      return Response.json({ result: true });
    },
    async (port) => {
      await using stage = await pluginStage({ plugins: [entry(port)] });
      expect((await stage.fetch("/x?a=1&a=2", { headers: { "x-a": "b" } })).status).toBe(200);
      expect((await stage.fetch("/y", { method: "POST", body: "hi", headers: { "x-a": "b" } })).status).toBe(200);
    },
  );
  const common = { scheme: "http" };
  const headers = (method: string, path: string): string[][] => [
    [":path", path],
    [":method", method],
    [":scheme", "http"],
    ["x-a", "b"],
  ];
  expect(seen).toEqual([
    { path: "/x?a=1&a=2", method: "GET", query: { a: ["1", "2"] }, headers: headers("GET", "/x?a=1&a=2"), ...common },
    {
      path: "/y",
      method: "POST",
      query: {},
      body: Buffer.from("hi").toString("base64"),
      headers: headers("POST", "/y"),
      ...common,
    },
  ]);
});

test.each([
  ["what the policy does not allow", () => Response.json({ result: false }), 401, "opa server not allowed"],
  ["a policy that is not there", () => Response.json({}), 500, "rsp type conversion fail"],
  ["an answer that is no JSON", () => new Response("<html>"), 500, "opa parse rsp fail"],
  ["a failure", () => Response.json({ code: "internal_error" }, { status: 503 }), 503, "opa state not is 200"],
])("%s is refused", async (_, answer, status, text) => {
  await withAgent(answer, async (port) => {
    await using stage = await pluginStage({ plugins: [entry(port)] });
    const response = await stage.fetch("/x");
    expect([response.status, await response.text()]).toEqual([status, text]);
    expect(stage.asked).toEqual([]);
  });
});

test("an agent that is away lets nobody in", async () => {
  await using stage = await pluginStage({ plugins: [entry(1)] });
  expect((await stage.fetch("/x")).status).toBe(500);
  expect(JSON.stringify(stage.logs)).toContain("does not answer");
});

test("a configuration without a service is refused", async () => {
  expect(pluginStage({ plugins: [{ name: "opa", config: { policy: "p", timeout: "1s" } }] })).rejects.toThrow(
    "serviceName or host",
  );
});

test("a service of a DNS registry is asked by its domain", async () => {
  const hosts: (string | null)[] = [];
  const agent = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      hosts.push(request.headers.get("host"));
      return Response.json({ result: true });
    },
  });
  const config = { policy: "a", timeout: "5s", serviceSource: "dns", serviceName: "opa", domain: "opa.example" };
  try {
    await using stage = await pluginStage({
      plugins: [{ name: "opa", config }],
      config: ({ http }) => ({
        services: [
          { name: "backend", endpoints: [http] },
          { name: "opa", endpoints: [`127.0.0.1:${agent.port}`] },
        ],
        routes: [{ name: "web", http: { services: [{ name: "backend" }] } }],
      }),
    });
    expect((await stage.fetch("/x")).status).toBe(200);
    expect(hosts).toEqual(["opa.example"]);
  } finally {
    await agent.stop(true);
  }
});
