import { describe, expect, test } from "bun:test";
import { isObject, type JsonObject } from "#src/core/json.ts";
import { registry } from "#src/registry.ts";
import { initialize, postLegacy, postModern } from "#tests/support/mcp-ask.ts";
import { type McpStage, mcpStage } from "#tests/support/mcp-stage.ts";
import { type Asked, toolServer } from "./stage.ts";

/** A gateway with one server under all the policies that are built in. */
function opened(fields: JsonObject = {}, asked: Asked[] = []): Promise<McpStage> {
  return mcpStage({
    servers: { shop: toolServer(["get", "set", "drop"], asked) },
    policies: registry.mcpPolicies,
    fields,
  });
}

async function resultOf(response: Response): Promise<JsonObject> {
  const body: unknown = await response.json();
  const result = isObject(body) ? body["result"] : undefined;
  return isObject(result) ? result : {};
}

const listing = async (url: URL, headers: Readonly<Record<string, string>> = {}): Promise<unknown> => {
  const { tools } = await resultOf(await postModern(url, "tools/list", {}, { headers }));
  return Array.isArray(tools) ? tools.map((tool) => (isObject(tool) ? tool["name"] : tool)) : tools;
};

describe("a server without any field", () => {
  test("keeps foreign pages out, whichever way they come", async () => {
    await using stage = await opened();
    const url = stage.url("shop");
    const status = async (headers: Readonly<Record<string, string>>): Promise<number> =>
      (await postModern(url, "tools/list", {}, { headers })).status;
    expect(await status({})).toBe(200);
    expect(await status({ origin: url.origin })).toBe(200);
    expect(await status({ origin: "http://evil.example.com" })).toBe(403);
    expect(await status({ host: "evil.example.com", origin: "http://evil.example.com" })).toBe(403);
    expect(await status({ host: "evil.example.com" })).toBe(403);
  });

  test("shows no more than a request wants to see", async () => {
    await using stage = await opened();
    expect(await listing(stage.url("shop"), { "x-envoy-allow-mcp-tools": "set" })).toEqual(["set"]);
    expect(await listing(stage.url("shop"))).toEqual(["get", "set"]);
  });

  test("tells a browser what its page may read", async () => {
    await using stage = await opened();
    const origin = "http://localhost:6274";
    const answer = await postModern(stage.url("shop"), "tools/list", {}, { headers: { origin } });
    expect(answer.headers.get("access-control-allow-origin")).toBe(origin);
    const headers = { origin, "access-control-request-method": "POST" };
    const preflight = await fetch(stage.url("shop"), { method: "OPTIONS", headers });
    expect([preflight.status, preflight.headers.get("access-control-allow-origin")]).toEqual([204, origin]);
  });
});

describe("a server with policies", () => {
  test("hides tools, and answers a call of one as of none", async () => {
    await using stage = await opened({ allowTools: ["get", "drop"], denyTools: ["drop"] });
    const url = stage.url("shop");
    expect(await listing(url)).toEqual(["get"]);
    const refused = await postModern(url, "tools/call", { name: "drop", arguments: {} });
    expect(await refused.json()).toMatchObject({ error: { code: -32_602, message: "There is no tool 'drop'." } });
  });

  test("limits calls, and says so in the way that is set", async () => {
    await using stage = await opened({ rateLimit: { requests: 1, per: "1h", answer: "status" } });
    const call = () => postModern(stage.url("shop"), "tools/call", { name: "get", arguments: {} });
    expect((await call()).status).toBe(200);
    const refused = await call();
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  });

  test("limits messages and sessions", async () => {
    await using stage = await opened({ limits: { body: 2000, depth: 10, argument: 100, sessions: { limit: 2 } } });
    const url = stage.url("shop");
    const call = (args: JsonObject) => postModern(url, "tools/call", { name: "get", arguments: args });
    expect((await call({ a: "x".repeat(3000) })).status).toBe(413);
    expect(await (await call({ a: "x".repeat(101) })).json()).toMatchObject({ error: { code: -32_602 } });
    let deep: JsonObject = {};
    for (let at = 0; at < 12; at++) deep = { deep };
    expect(await (await call(deep)).json()).toMatchObject({ error: { code: -32_600 } });
    const begin = {
      jsonrpc: "2.0",
      id: 1,
      method: "initialize",
      params: { protocolVersion: "2025-11-25", capabilities: {} },
    };
    const first = await postLegacy(url, begin);
    const second = await postLegacy(url, begin);
    const third = await postLegacy(url, begin);
    expect([first.status, second.status, third.status]).toEqual([200, 200, 429]);
    const session = first.headers.get("mcp-session-id") ?? "";
    expect((await fetch(url, { method: "DELETE", headers: { "mcp-session-id": session } })).status).toBe(204);
    expect((await postLegacy(url, begin)).status).toBe(200);
  });
});

describe("a server that is each user's own", () => {
  const settings = { userLevel: { secrets: ["a long random text"] } };

  test("is served under the user's path, with the user's settings", async () => {
    const asked: Asked[] = [];
    await using stage = await opened(settings, asked);
    const url = stage.url("shop");
    const own = new URL(`${url.href}/anna`);
    expect((await postModern(own, "tools/list")).status).toBe(403);
    const body = JSON.stringify({ config: { apiKey: "hunter2" } });
    const stored = await fetch(`${own.href}/config`, { method: "POST", body });
    expect([stored.status, await stored.json()]).toEqual([200, { success: true }]);
    expect((await postModern(own, "tools/list")).status).toBe(200);
    expect(asked.at(-1)?.call.caller.user).toEqual({ id: "anna", config: { apiKey: "hunter2" } });
    expect((await postModern(url, "tools/list")).status).toBe(403);
  });

  test("keeps a session of one user from another, in the session era", async () => {
    await using stage = await opened(settings);
    const url = stage.url("shop");
    for (const user of ["anna", "berta"]) {
      await fetch(`${url.href}/${user}/config`, { method: "POST", body: JSON.stringify({ config: {} }) });
    }
    const headers = await initialize(new URL(`${url.href}/anna`));
    const list = { jsonrpc: "2.0", id: 2, method: "tools/list", params: {} };
    expect((await postLegacy(new URL(`${url.href}/anna`), list, headers)).status).toBe(200);
    expect((await postLegacy(new URL(`${url.href}/berta`), list, headers)).status).toBe(404);
  });
});
