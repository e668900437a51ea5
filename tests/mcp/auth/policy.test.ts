import { describe, expect, test } from "bun:test";
import { readBearerChallenge } from "#mcp/auth/challenge.ts";
import { auth } from "#mcp/auth/policy.ts";
import type { JsonObject } from "#src/core/json.ts";
import { McpRefusal } from "#src/core/mcp/policy.ts";
import type { Caller, McpServer } from "#src/core/mcp/server.ts";
import { mcpCall } from "#tests/support/mcp-call.ts";
import { page, protect, RESOURCE, toolsNamed } from "./protected.ts";

const METADATA = "https://gw.example.com/.well-known/oauth-protected-resource/mcp/weather";

function challengeOf({ headers }: McpRefusal): Record<string, string> {
  return Object.fromEntries(readBearerChallenge(headers["www-authenticate"] ?? null) ?? []);
}

describe("challenges", () => {
  test("without a token: where the metadata is and what to ask for, and no error", async () => {
    const { refusal } = await protect({ scopes: ["mcp:tools", "mcp:read"] });
    const refused = await refusal();
    expect(refused.status).toBe(401);
    expect(challengeOf(refused)).toEqual({ scope: "mcp:tools mcp:read", resource_metadata: METADATA });
  });

  test("with a token that does not hold: invalid_token", async () => {
    const { refusal } = await protect();
    expect(challengeOf(await refusal({ token: "x" }))).toMatchObject({
      error: "invalid_token",
      resource_metadata: METADATA,
    });
  });

  test("with a token that lacks what the server needs: all of it at once", async () => {
    const { issuer, refusal } = await protect({ scopes: ["a", "b"] });
    const refused = await refusal({ token: await issuer.sign({ aud: RESOURCE, scope: "b c" }) });
    expect(refused.status).toBe(403);
    expect(challengeOf(refused)).toMatchObject({
      error: "insufficient_scope",
      scope: "a b",
      resource_metadata: METADATA,
    });
  });

  test("with a token in the query: it is not even looked at", async () => {
    const { issuer, refusal } = await protect();
    const token = await issuer.sign({ aud: RESOURCE });
    const refused = await refusal({ url: `${RESOURCE}?access_token=${token}` });
    expect([refused.status, challengeOf(refused)["error"]]).toEqual([400, "invalid_request"]);
  });

  test("behind a proxy: the configured resource counts, whatever the request's host", async () => {
    const resource = "https://public.example.com/tools/weather";
    const { issuer, admit, refusal } = await protect({ resource });
    const url = "http://10.0.0.1:8080/mcp/weather";
    expect(challengeOf(await refusal({ url }))["resource_metadata"]).toBe(
      "https://public.example.com/.well-known/oauth-protected-resource/tools/weather",
    );
    expect((await admit({ url, token: await issuer.sign({ aud: resource }) })).resource).toBe(resource);
    expect((await refusal({ url, token: await issuer.sign({ aud: url }) })).status).toBe(401);
  });
});

describe("metadata", () => {
  test("names the resource, its issuers and least scopes, and is open to browsers", async () => {
    const { guard } = await protect({ scopes: ["mcp:tools"], toolScopes: { delete_all: ["admin"] } });
    const answer = await page(guard, new URL(METADATA).pathname);
    expect(await answer.json()).toEqual({
      resource: RESOURCE,
      authorization_servers: ["https://login.example.com"],
      scopes_supported: ["mcp:tools"],
      bearer_methods_supported: ["header"],
      resource_name: "weather",
    });
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect((await page(guard, new URL(METADATA).pathname, "OPTIONS")).status).toBe(204);
    expect((await page(guard, new URL(METADATA).pathname, "POST")).status).toBe(405);
  });

  test("is at the root for the server that owns it, and under both paths of a rewritten one", async () => {
    const paths = async (settings: object): Promise<string[]> =>
      ((await protect(settings)).guard.pages ?? []).map(({ path }) => path);
    expect(await paths({})).toEqual(["/.well-known/oauth-protected-resource/mcp/weather"]);
    expect(await paths({ rootMetadata: true })).toContain("/.well-known/oauth-protected-resource");
    expect(await paths({ resource: "https://public.example.com" })).toEqual([
      "/.well-known/oauth-protected-resource/mcp/weather",
      "/.well-known/oauth-protected-resource",
    ]);
  });

  test("offers other authorization servers than those whose tokens are taken, where written", async () => {
    const { guard } = await protect({ authorizationServers: ["https://broker.example.com"] });
    const document: unknown = await (await page(guard, new URL(METADATA).pathname)).json();
    expect(document).toMatchObject({ authorization_servers: ["https://broker.example.com"] });
  });
});

describe("consumers' keys", () => {
  const ALICE = { subject: "consumer:alice", consumer: "alice" };

  test("let in without a token, and see every tool", async () => {
    const { admit } = await protect({ scopes: ["a"] });
    const caller = await admit({}, ALICE);
    expect(caller).toEqual({ ...ALICE, resource: RESOURCE });
  });

  test("beside a token: the token says who it is, the key whose account it is on", async () => {
    const { issuer, admit, refusal } = await protect();
    const token = await issuer.sign({ aud: RESOURCE });
    expect(await admit({ token }, ALICE)).toMatchObject({
      subject: "https://login.example.com#alice",
      consumer: "alice",
    });
    expect((await refusal({ token: "bad" }, ALICE)).status).toBe(401);
  });

  test("do not stand in for a token where the settings say so", async () => {
    const { refusal } = await protect({ consumerKeys: "beside" });
    expect((await refusal({}, ALICE)).status).toBe(401);
  });
});

describe("tools", () => {
  const SETTINGS = {
    scopes: ["mcp"],
    toolScopes: { "*": ["read"], "write_*": ["write"], help: [] },
    scopeHierarchy: { admin: ["write"], write: ["read"] },
  };

  async function seen(
    scope: string,
    settings: object = {},
  ): Promise<{ readonly server: McpServer; readonly caller: Caller }> {
    const { guard, issuer, admit } = await protect({ ...SETTINGS, ...settings });
    const inner: McpServer = {
      describe: () => ({ capabilities: {}, serverInfo: {} }),
      handle: ({ method, params }) => {
        const tools = toolsNamed("help", "look", "write_a");
        if (method === "tools/list") return { ...tools, nextCursor: "n", cacheScope: "public" };
        return params["name"] === "search_tools"
          ? { content: [{ type: "text", text: JSON.stringify(tools) }], structuredContent: tools }
          : { content: [] };
      },
      listen: async () => ({ honoured: {}, close() {} }),
      close: async () => {},
    };
    const caller = await admit({ token: await issuer.sign({ aud: RESOURCE, scope }) });
    if (guard.wrap === undefined) throw new Error("The policy does not wrap.");
    return { server: guard.wrap(inner), caller };
  }

  test.each([
    ["mcp", ["help"]],
    ["mcp read", ["help", "look"]],
    ["mcp write", ["help", "look", "write_a"]],
    ["mcp admin", ["help", "look", "write_a"]],
  ])("the scopes %s show %j, to their holder alone", async (scope, names) => {
    const { server, caller } = await seen(scope);
    const call = mcpCall({ caller });
    expect(await server.handle({ method: "tools/list", params: {} }, call)).toEqual({
      ...toolsNamed(...names),
      nextCursor: "n",
      cacheScope: "private",
    });
  });

  test("a call of another is refused with all that it needs", async () => {
    const { server, caller } = await seen("mcp read");
    const call = mcpCall({ caller });
    const ask = async (name: string): Promise<unknown> =>
      server.handle({ method: "tools/call", params: { name } }, call);
    expect(await ask("look")).toEqual({ content: [] });
    const refused = await ask("write_a").catch((thrown: unknown) => thrown);
    if (!(refused instanceof McpRefusal)) throw new Error("It was not refused.");
    expect(refused.status).toBe(403);
    expect(challengeOf(refused)).toMatchObject({
      error: "insufficient_scope",
      scope: "mcp write",
      resource_metadata: METADATA,
    });
  });

  test("that are searched for, or called by another, need the same", async () => {
    const { server, caller } = await seen("mcp read");
    const call = mcpCall({ caller });
    const ask = async (name: string, args: JsonObject): Promise<JsonObject> =>
      server.handle({ method: "tools/call", params: { name, arguments: args } }, call);
    const found = await ask("search_tools", { query: "a" });
    expect(found["structuredContent"]).toEqual(toolsNamed("help", "look"));
    expect(JSON.stringify(found)).not.toContain("write_a");
    expect(await ask("call_tool", { name: "look" })).toEqual({ content: [] });
    expect(ask("call_tool", { name: "write_a" })).rejects.toThrow(McpRefusal);
  });

  test("are all there for a consumer's key, where that stands in for a token", async () => {
    const { server } = await seen("mcp");
    const call = mcpCall({ caller: { subject: "consumer:alice", consumer: "alice" } });
    expect((await server.handle({ method: "tools/list", params: {} }, call))["tools"]).toHaveLength(3);
  });

  test.each<[string, Partial<Caller>]>([
    ["nobody", {}],
    ["a token without the server's scopes", { subject: "https://login.example.com#eve", scopes: new Set(["read"]) }],
    [
      "a token of an issuer that is not trusted here",
      { subject: "https://other#eve", scopes: new Set(["mcp", "read"]) },
    ],
    [
      "a token of an issuer with a longer name",
      { subject: "https://login.example.com.evil#e", scopes: new Set(["mcp"]) },
    ],
  ])("are out of reach through another server for %s", async (_, caller) => {
    const { server } = await seen("mcp");
    const call = mcpCall({ caller });
    const asked = async (method: string): Promise<unknown> => server.handle({ method, params: { name: "help" } }, call);
    for (const method of ["tools/list", "tools/call", "resources/read"]) {
      expect(asked(method)).rejects.toThrow(McpRefusal);
    }
    expect(server.listen({}, call)).rejects.toThrow(McpRefusal);
  });

  test("are out of reach for a key that is only a key beside a token", async () => {
    const { server } = await seen("mcp", { consumerKeys: "beside" });
    const call = mcpCall({ caller: { subject: "consumer:alice", consumer: "alice" } });
    const asked = async (): Promise<unknown> => server.handle({ method: "tools/list", params: {} }, call);
    expect(asked()).rejects.toThrow(McpRefusal);
  });
});

describe("settings", () => {
  test.each<[string, object]>([
    ["no issuer", { issuers: [] }],
    ["an algorithm without keys", { issuers: [{ issuer: "https://a.example", algorithms: ["HS256"] }] }],
    ["none", { issuers: [{ issuer: "https://a.example", algorithms: ["none"] }] }],
    ["two scopes in one", { issuers: [{ issuer: "https://a.example" }], scopes: ["a b"] }],
    ["a resource with a fragment", { issuers: [{ issuer: "https://a.example" }], resource: "https://b.example#x" }],
  ])("with %s are refused", (_, settings) => {
    expect(auth.schema.safeParse(settings).success).toBe(false);
  });

  test("keep the slash at the end of an issuer", () => {
    expect(auth.schema.parse({ issuers: [{ issuer: "https://a.example/" }] }).issuers[0]?.issuer).toBe(
      "https://a.example/",
    );
  });
});
