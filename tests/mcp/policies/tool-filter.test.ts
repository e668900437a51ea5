import { describe, expect, test } from "bun:test";
import { array, assert, asyncProperty, constantFrom, option, subarray } from "fast-check";
import { isObject, type JsonObject } from "#src/core/json.ts";
import { ERROR_CODES, McpError, type McpRequest } from "#src/core/mcp/messages.ts";
import type { McpPolicy } from "#src/core/mcp/policy.ts";
import type { McpServer } from "#src/core/mcp/server.ts";
import { allowTools, denyTools } from "#mcp/policies/tool-filter.ts";
import { rejection } from "#tests/contracts/transport-stage.ts";
import { type MadeCall, mcpCall } from "#tests/support/mcp-call.ts";
import { mcpWorld } from "#tests/support/mcp-world.ts";
import { behind, callOf, guardOf, toolServer } from "./stage.ts";

const TOOLS = ["get_order", "get_user", "set_order", "drop_all", "ping"];
const HEADER = "x-envoy-allow-mcp-tools";

async function filtered(policy: McpPolicy<readonly string[]>, patterns: readonly string[]): Promise<McpServer> {
  return behind(await guardOf(policy, patterns, mcpWorld()), toolServer(TOOLS));
}

/** All pages' names, and how many pages there were. */
async function listed(
  server: McpServer,
  call: MadeCall,
): Promise<{ names: string[]; pages: number; scopes: unknown[] }> {
  const names: string[] = [];
  const scopes: unknown[] = [];
  let cursor: string | undefined;
  let pages = 0;
  do {
    const page = await server.handle({ method: "tools/list", params: cursor === undefined ? {} : { cursor } }, call);
    const { tools } = page;
    if (Array.isArray(tools))
      for (const tool of tools) {
        if (isObject(tool) && typeof tool["name"] === "string") names.push(tool["name"]);
      }
    cursor = typeof page["nextCursor"] === "string" ? page["nextCursor"] : undefined;
    scopes.push(page["cacheScope"]);
    pages++;
  } while (cursor !== undefined);
  return { names, pages, scopes };
}

/** A server may throw at once or later. */
async function handled(server: McpServer, request: McpRequest, call: MadeCall): Promise<JsonObject> {
  return server.handle(request, call);
}

const headers = (value: string): MadeCall => mcpCall({ headers: { [HEADER]: value } });

describe("allowTools", () => {
  test.each([
    [
      ["get_order", "ping"],
      ["get_order", "ping"],
    ],
    [["get_*"], ["get_order", "get_user"]],
    [["~_(order|all)$"], ["get_order", "set_order", "drop_all"]],
    [["*"], TOOLS],
    [[], []],
    [["other"], []],
  ])("%j shows %j, page by page", async (patterns, names) => {
    const all = await listed(await filtered(allowTools, patterns), mcpCall());
    expect(all).toEqual({ names: [...names], pages: 3, scopes: ["public", "public", "public"] });
  });

  test("what is hidden is answered as what is not there", async () => {
    const server = await filtered(allowTools, ["ping"]);
    expect(await server.handle(callOf("ping"), mcpCall())).toEqual({ content: [{ type: "text", text: "ping" }] });
    const failure = async (name: string): Promise<McpError> => {
      const thrown = await rejection(handled(server, callOf(name), mcpCall()));
      if (!(thrown instanceof McpError)) throw new Error("no McpError");
      return thrown;
    };
    const [hidden, missing] = [await failure("get_user"), await failure("nobody_")];
    expect([hidden.code, missing.code]).toEqual([ERROR_CODES.invalidParams, ERROR_CODES.invalidParams]);
    expect(hidden.message.replace("get_user", "nobody_")).toBe(missing.message);
  });

  test.each([
    ["get_user,drop_all", ["get_user"]],
    [" get_user , ,ping", ["get_user"]],
    ["", ["get_order", "get_user"]],
    ["  ,  ,  ", []],
    ["drop_all", []],
    ["get_*", []],
  ])("the header %p takes away and never gives", async (value, names) => {
    const server = await filtered(allowTools, ["get_*"]);
    const { names: shown, scopes } = await listed(server, headers(value));
    expect(shown).toEqual([...names]);
    expect(scopes[0]).toBe(value === "" ? "public" : "private");
  });

  test("without settings the header holds all the same", async () => {
    const server = await filtered(allowTools, allowTools.absent ?? []);
    expect((await listed(server, mcpCall())).names).toEqual(TOOLS);
    expect((await listed(server, headers("ping"))).names).toEqual(["ping"]);
    expect(await rejection(handled(server, callOf("get_user"), headers("ping")))).toBeInstanceOf(McpError);
  });

  test("what is called is what is listed, whatever the settings and the header", async () => {
    const patterns = subarray([...TOOLS, "get_*", "*", "~o"]);
    const header = option(array(constantFrom(...TOOLS, " ", "other")), { nil: undefined });
    await assert(
      asyncProperty(patterns, patterns, header, async (allowed, denied, asked) => {
        const inner = behind(await guardOf(denyTools, denied, mcpWorld()), toolServer(TOOLS));
        const server = behind(await guardOf(allowTools, allowed, mcpWorld()), inner);
        const call = asked === undefined ? mcpCall() : headers(asked.join(","));
        const { names } = await listed(server, call);
        for (const tool of TOOLS) {
          const called = await handled(server, callOf(tool), call).then(
            () => true,
            () => false,
          );
          expect(called).toBe(names.includes(tool));
        }
        const plain = await listed(server, mcpCall());
        expect(names.filter((name) => !plain.names.includes(name))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

test("denyTools hides what it names", async () => {
  const server = await filtered(denyTools, ["drop_all", "set_*"]);
  expect((await listed(server, mcpCall())).names).toEqual(["get_order", "get_user", "ping"]);
  expect(await rejection(handled(server, callOf("set_order"), mcpCall()))).toBeInstanceOf(McpError);
});

test.each([["~("], [" x"], [""], [3]])("%p is no pattern", (pattern) => {
  expect(allowTools.schema.safeParse([pattern]).success).toBe(false);
});
