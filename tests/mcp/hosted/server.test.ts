import { describe, expect, test } from "bun:test";
import { createHostedServer } from "#mcp/hosted/server.ts";
import { errorResult, textResult } from "#mcp/hosted/results.ts";
import { isObject, type JsonObject } from "#src/core/json.ts";
import { McpError } from "#src/core/mcp/messages.ts";
import type { HostedTool } from "#src/core/mcp/tool.ts";
import { mcpCall } from "#tests/support/mcp-call.ts";

const ADD: HostedTool = {
  definition: {
    name: "add",
    inputSchema: {
      type: "object",
      properties: { a: { type: "number" }, b: { type: "number" } },
      required: ["a", "b"],
    },
  },
  call: ({ a, b }) => textResult(String(Number(a) + Number(b))),
};

const MIRRORED: HostedTool = {
  definition: {
    name: "mirrored",
    inputSchema: {
      type: "object",
      properties: {
        region: { type: "string", "x-mcp-header": "Region" },
        inner: { type: "object", properties: { size: { type: "integer", "x-mcp-header": "Size" } } },
      },
    },
  },
  call: () => textResult("ran"),
};

function named(name: string): HostedTool {
  return { definition: { name, inputSchema: { type: "object" } }, call: () => textResult(name) };
}

async function called(
  tool: HostedTool,
  args: JsonObject,
  headers: Record<string, string> = {},
  version = "2026-07-28",
) {
  const server = createHostedServer({ name: "s", tools: [tool] });
  const params = { name: tool.definition.name, arguments: args };
  return server.handle({ method: "tools/call", params }, mcpCall({ headers, client: { version } }));
}

/** The code of the McpError that `work` rejects with. */
async function codeOf(work: () => Promise<unknown>): Promise<number | undefined> {
  try {
    await work();
  } catch (error) {
    return error instanceof McpError ? error.code : undefined;
  }
  return undefined;
}

describe("tools/call", () => {
  test("runs the tool, the first time and the next", async () => {
    const server = createHostedServer({ name: "s", tools: [ADD] });
    const request = { method: "tools/call", params: { name: "add", arguments: { a: 1, b: 2 } } };
    expect(await server.handle(request, mcpCall())).toEqual(textResult("3"));
    expect(server.handle(request, mcpCall())).toEqual(textResult("3"));
  });

  test("tells the model which arguments do not fit, without their values", async () => {
    expect(await called(ADD, { a: "secret" })).toEqual(
      errorResult("The arguments do not fit: the arguments must have 'b'; 'a' must be number."),
    );
  });

  test("knows the tools it has not", async () => {
    const server = createHostedServer({ name: "s", tools: [ADD] });
    const ask = async (method: string, params: JsonObject) => server.handle({ method, params }, mcpCall());
    expect(await codeOf(() => ask("tools/call", { name: "no" }))).toBe(-32602);
    expect(await codeOf(() => ask("tools/call", { name: "add", arguments: [] }))).toBe(-32602);
    expect(await codeOf(() => ask("prompts/list", {}))).toBe(-32601);
  });

  test("keeps the words of an inner failure to itself", async () => {
    for (const call of [() => Promise.reject(new Error("dsn://secret")), () => thrown("dsn://secret")]) {
      const failed = await called({ ...ADD, call }, { a: 1, b: 2 }).catch((error: unknown) => error);
      expect(failed).toBeInstanceOf(McpError);
      expect(String(failed)).not.toContain("secret");
    }
  });

  test("compares mirrored parameters with the body", async () => {
    const args = { region: "Zürich", inner: { size: 42 } };
    const region = "=?base64?WsO8cmljaA==?=";
    expect(await called(MIRRORED, args, { "mcp-param-region": region, "mcp-param-size": "42.0" })).toEqual(
      textResult("ran"),
    );
    expect(await called(MIRRORED, { region: null })).toMatchObject({ isError: true });
    expect(await called(MIRRORED, {})).toEqual(textResult("ran"));
    for (const headers of [{ "mcp-param-region": region }, { "mcp-param-region": "Bern", "mcp-param-size": "42" }, {}])
      expect(await codeOf(() => called(MIRRORED, args, headers))).toBe(-32020);
    expect(await codeOf(() => called(MIRRORED, {}, { "mcp-param-region": "x" }))).toBe(-32020);
    expect(await called(MIRRORED, args, {}, "2025-11-25")).toEqual(textResult("ran"));
  });
});

describe("tools/list", () => {
  test("lists in order, page by page", async () => {
    const names = Array.from({ length: 1203 }, (_, index) => `tool-${index}`);
    const server = createHostedServer({ name: "s", tools: names.map(named) });
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const result: JsonObject = await server.handle(
        { method: "tools/list", params: cursor === undefined ? {} : { cursor } },
        mcpCall(),
      );
      const { tools, nextCursor } = result;
      for (const tool of Array.isArray(tools) ? tools : []) if (isObject(tool)) seen.push(JSON.stringify(tool["name"]));
      cursor = typeof nextCursor === "string" ? nextCursor : undefined;
    } while (cursor !== undefined);
    expect(seen).toEqual(names.map((name) => JSON.stringify(name)));
  });

  test("an empty server lists nothing, and foreign cursors are refused", async () => {
    const server = createHostedServer({ name: "s", tools: [] });
    expect(server.handle({ method: "tools/list", params: {} }, mcpCall())).toMatchObject({ tools: [] });
    for (const cursor of ["1", "0", "-1", "x", 1, null])
      expect(await codeOf(async () => server.handle({ method: "tools/list", params: { cursor } }, mcpCall()))).toBe(
        -32602,
      );
  });
});

test("tools that cannot be shown are refused when the server is made", () => {
  const wrong = (schema: JsonObject): HostedTool => ({
    definition: { name: "t", inputSchema: { type: "object", properties: schema } },
    call: () => textResult(""),
  });
  const made =
    (...tools: HostedTool[]) =>
    () =>
      createHostedServer({ name: "s", tools });
  expect(made(named("a"), named("a"))).toThrow("two tools named 'a'");
  expect(made(wrong({ a: { type: "number", "x-mcp-header": "A" } }))).toThrow("'a' has an x-mcp-header");
  expect(made(wrong({ a: { type: "string", "x-mcp-header": "a b" } }))).toThrow("no header name");
  const twice = { a: { type: "string", "x-mcp-header": "A" }, b: { type: "string", "x-mcp-header": "a" } };
  expect(made(wrong(twice))).toThrow("the same x-mcp-header");
});

function thrown(message: string): never {
  throw new Error(message);
}
