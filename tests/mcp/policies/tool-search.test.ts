/** Policies of a set whose tools are searched for hold for the tools themselves, whatever the client calls. */
import { describe, expect, test } from "bun:test";
import { createHostedServer } from "#mcp/hosted/server.ts";
import { textResult } from "#mcp/hosted/results.ts";
import { allowTools, denyTools } from "#mcp/policies/tool-filter.ts";
import { audit } from "#mcp/policies/audit.ts";
import { limits } from "#mcp/policies/limits.ts";
import { rateLimit } from "#mcp/policies/rate-limit.ts";
import { toolSetKind } from "#mcp/tool-set/kind.ts";
import { openWebStream } from "#src/core/client-stream.ts";
import type { LogFields } from "#src/core/log.ts";
import type { Json, JsonObject } from "#src/core/json.ts";
import { McpError } from "#src/core/mcp/messages.ts";
import type { McpPolicy } from "#src/core/mcp/policy.ts";
import type { McpServer } from "#src/core/mcp/server.ts";
import { buildServer } from "#mcp/serve/build.ts";
import { mcpCall, type MadeCall } from "#tests/support/mcp-call.ts";
import { mcpWorld } from "#tests/support/mcp-world.ts";

const NAMES = ["get_order", "get_user", "drop_order"];

const shop = createHostedServer({
  name: "shop",
  tools: NAMES.map((name) => ({
    definition: { name, description: "Of an order.", inputSchema: { type: "object" } },
    call: (args) => textResult(`${name} ${JSON.stringify(args)}`),
  })),
});

/** A searched set behind policies, with what was written of it. */
async function setBehind(
  policies: Readonly<Record<string, Json>>,
): Promise<{ server: McpServer; written: LogFields[] }> {
  const written: LogFields[] = [];
  const log = {
    info: (_message: string, fields?: LogFields) => void written.push(fields ?? {}),
    warn() {},
    error() {},
  };
  const world = mcpWorld({ log });
  const { seen } = await buildServer(
    {
      name: "all",
      path: "/all",
      kind: "toolSet",
      settings: toolSetKind.schema.parse({ servers: [{ server: "shop", prefix: "" }], search: { above: 0 } }),
      policies: Object.fromEntries(
        POLICIES.filter(({ field }) => field in policies).map((policy) => [
          policy.field,
          policy.schema.parse(policies[policy.field]),
        ]),
      ),
      session: { idle: 1000, most: 1000 },
    },
    { mcpKinds: [toolSetKind], mcpPolicies: POLICIES },
    {
      host: { ...world, openStream: openWebStream, sessionEnded: () => {} },
      config: { ...world, sessionKeys: [] },
      server: () => shop,
    },
  );
  return { server: seen, written };
}

const POLICIES: readonly McpPolicy[] = [audit, rateLimit, limits, allowTools, denyTools].map((one) => one as McpPolicy);

async function ask(
  server: McpServer,
  name: string,
  args: JsonObject = {},
  call: MadeCall = mcpCall(),
): Promise<JsonObject> {
  return server.handle({ method: "tools/call", params: { name, arguments: args } }, call);
}

async function found(server: McpServer, call?: MadeCall): Promise<unknown> {
  const { structuredContent } = await ask(server, "search_tools", { query: "order" }, call);
  const { tools } = structuredContent as { tools: { name: string }[] };
  return tools.map(({ name }) => name).toSorted();
}

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (thrown: unknown) => (thrown instanceof McpError ? thrown.code : thrown),
  );

describe("what may not be seen is neither found nor called", () => {
  const narrowed = mcpCall({ headers: { "x-envoy-allow-mcp-tools": "get_order,get_user" } });

  test.each<[string, Readonly<Record<string, Json>>, MadeCall]>([
    ["allowTools", { allowTools: ["get_*"] }, mcpCall()],
    ["denyTools", { denyTools: ["drop_*"] }, mcpCall()],
    ["the request's header", { allowTools: ["*"] }, narrowed],
  ])("%s", async (_what, policies, call) => {
    const { server } = await setBehind(policies);
    const { tools } = await server.handle({ method: "tools/list", params: {} }, call);
    expect(tools).toMatchObject([{ name: "search_tools" }, { name: "call_tool" }]);
    expect(await found(server, call)).toEqual(["get_order", "get_user"]);
    expect(await ask(server, "call_tool", { name: "get_order", arguments: { a: 1 } }, call)).toEqual(
      textResult('get_order {"a":1}'),
    );
    expect(await codeOf(ask(server, "call_tool", { name: "drop_order" }, call))).toBe(-32602);
    expect(await codeOf(ask(server, "drop_order", {}, call))).toBe(-32602);
  });

  test("an empty allowTools leaves nothing", async () => {
    const { server } = await setBehind({ allowTools: [] });
    expect(await server.handle({ method: "tools/list", params: {} }, mcpCall())).toMatchObject({ tools: [] });
    expect(await found(server)).toEqual([]);
  });
});

test("calls are counted by the tool, and searches too", async () => {
  const rule = (tool: string): JsonObject => ({ tools: [tool], requests: 1, per: "1m", by: "server" });
  const { server } = await setBehind({ rateLimit: { rules: [rule("get_order"), rule("search_tools")] } });
  expect(await ask(server, "call_tool", { name: "get_order" })).toEqual(textResult("get_order {}"));
  expect(await ask(server, "call_tool", { name: "get_user" })).toEqual(textResult("get_user {}"));
  expect(await ask(server, "call_tool", { name: "get_order" })).toMatchObject({ isError: true });
  expect(await ask(server, "get_order")).toMatchObject({ isError: true });
  await found(server);
  expect(await ask(server, "search_tools", { query: "order" })).toMatchObject({ isError: true });
});

test("the audit names the tool and its arguments", async () => {
  const { server, written } = await setBehind({ audit: { arguments: true } });
  await ask(server, "call_tool", { name: "get_order", arguments: { a: 1 } });
  await found(server);
  expect(written).toMatchObject([
    { tool: "get_order", arguments: '{"a":1}', outcome: "ok" },
    { tool: "search_tools", arguments: '{"query":"order"}' },
  ]);
});

test("a text that is too long is named by its place in the tool's own arguments", async () => {
  const { server } = await setBehind({ limits: { argument: "10B" } });
  const call = ask(server, "call_tool", { name: "get_order", arguments: { note: "x".repeat(11) } });
  expect(call).rejects.toThrow("'arguments.note'");
});
