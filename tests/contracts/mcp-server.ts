import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { isObject, type JsonObject } from "#src/core/json.ts";
import { ERROR_CODES, McpError } from "#src/core/mcp/messages.ts";
import type { McpServer } from "#src/core/mcp/server.ts";
import { mcpCall } from "#tests/support/mcp-call.ts";

/** A server to be looked at, and what is in it. */
export interface McpServerCase {
  readonly server: McpServer;
  /** A call that succeeds, and a piece of text of its result. */
  readonly tool: { readonly name: string; readonly arguments: JsonObject; readonly says: string };
  /** A call that would take for ever; left out where there is none. */
  readonly endless?: { readonly name: string; readonly arguments: JsonObject };
  /** Lets go of what stands behind the server. */
  close?(): Promise<void>;
}

/** Which list a server has by which capability, and under which key. */
const LISTS = [
  ["tools", "tools/list", "tools", "name"],
  ["prompts", "prompts/list", "prompts", "name"],
  ["resources", "resources/list", "resources", "uri"],
] as const;

/** What every McpServer keeps to, whatever is behind it. */
export function describeMcpServer(title: string, make: () => Promise<McpServerCase>): void {
  describe(`MCP server contract: ${title}`, () => {
    let made: McpServerCase;
    beforeAll(async () => {
      made = await make();
    });
    afterAll(async () => {
      await made.server.close();
      await made.close?.();
    });
    const ask = async (method: string, params: JsonObject = {}) => made.server.handle({ method, params }, mcpCall());
    const fault = (asking: Promise<unknown>) =>
      asking.then(
        () => undefined,
        (thrown: unknown) => thrown,
      );

    test("says who it is and what it can, the same each time", async () => {
      const first = await made.server.describe(mcpCall());
      expect(typeof first.serverInfo["name"]).toBe("string");
      expect(isObject(first.capabilities)).toBe(true);
      expect(await made.server.describe(mcpCall())).toEqual(first);
    });

    test.each(LISTS)(
      "lists its %s in an order that stays, each once; or says that it has none",
      async (area, method, key, id) => {
        const { capabilities } = await made.server.describe(mcpCall());
        if (capabilities[area] === undefined) {
          expect(await fault(ask(method))).toMatchObject({ code: ERROR_CODES.methodNotFound });
          return;
        }
        const ids: unknown[] = [];
        let first: number | undefined;
        let cursor: JsonObject = {};
        for (;;) {
          const page = await ask(method, cursor);
          ids.push(...idsOf(page, key, id));
          first ??= ids.length;
          if (typeof page["nextCursor"] !== "string") break;
          cursor = { cursor: page["nextCursor"] };
        }
        expect(ids.every((one) => typeof one === "string")).toBe(true);
        expect(new Set(ids).size).toBe(ids.length);
        expect(idsOf(await ask(method), key, id)).toEqual(ids.slice(0, first));
      },
    );

    test("every tool has a schema of type object", async () => {
      const { tools } = await ask("tools/list");
      if (!Array.isArray(tools)) throw new Error("there are no tools");
      for (const tool of tools) expect(tool).toMatchObject({ inputSchema: { type: "object" } });
    });

    test("calls a tool, also many times side by side", async () => {
      const { name, arguments: args, says } = made.tool;
      const call = () => ask("tools/call", { name, arguments: args });
      for (const result of await Promise.all(Array.from({ length: 8 }, call))) {
        expect(JSON.stringify(result["content"])).toContain(says);
        expect(result["isError"] ?? false).toBe(false);
      }
    });

    test("a tool that is not there, and a method nobody knows, are errors", async () => {
      const unknown = await ask("tools/call", { name: "there_is_no_such_tool", arguments: {} }).catch(
        (error: unknown) => error,
      );
      // Servers of older revisions say it in a result.
      const told = unknown instanceof McpError || (isObject(unknown) && unknown["isError"] === true);
      expect(told).toBe(true);
      expect(await fault(ask("there/is_no_such_method"))).toMatchObject({ code: ERROR_CODES.methodNotFound });
    });

    test("a call whose client has left ends", async () => {
      if (made.endless === undefined) return;
      const leaving = new AbortController();
      const params = { name: made.endless.name, arguments: made.endless.arguments };
      const ending = fault(
        Promise.resolve(made.server.handle({ method: "tools/call", params }, mcpCall({ signal: leaving.signal }))),
      );
      leaving.abort();
      expect(await ending).toBeInstanceOf(Error);
    });

    test("listening honours no more than was asked for, and can be ended twice", async () => {
      const subscription = await made.server.listen({ toolsListChanged: true }, mcpCall());
      for (const field of Object.keys(subscription.honoured)) expect(field).toBe("toolsListChanged");
      subscription.close();
      subscription.close();
    });
  });
}

function idsOf(page: JsonObject, key: string, id: string): unknown[] {
  const list = page[key];
  if (!Array.isArray(list)) throw new Error(`there is no list '${key}'`);
  return list.map((one) => (isObject(one) ? one[id] : undefined));
}
