import type { Exchange } from "#src/core/exchange.ts";
import type { JsonObject } from "#src/core/json.ts";
import type { McpWorld } from "#src/core/mcp/kind.ts";
import { ERROR_CODES, McpError, type McpRequest } from "#src/core/mcp/messages.ts";
import type { McpGuard, McpPolicy } from "#src/core/mcp/policy.ts";
import type { McpCall, McpServer } from "#src/core/mcp/server.ts";
import { unknownTool } from "#src/core/mcp/tool.ts";
import { LiveExchange } from "#src/traffic/live-exchange.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";

export const PLACE = { name: "shop", path: "/mcp/shop" } as const;

/** A policy with settings as a file writes them. */
export async function guardOf<T>(policy: McpPolicy<T>, settings: unknown, world: McpWorld): Promise<McpGuard> {
  return policy.create(PLACE, policy.schema.parse(settings), world);
}

/** What a server was asked, behind its policies. */
export interface Asked {
  readonly request: McpRequest;
  readonly call: McpCall;
}

/** A server of tools, listed in pages of two, that answers a call with the tool's name. */
export function toolServer(names: readonly string[], asked: Asked[] = []): McpServer {
  return {
    describe: () => ({ capabilities: { tools: {} }, serverInfo: { name: "shop", version: "1" } }),
    async handle(request, call): Promise<JsonObject> {
      asked.push({ request, call });
      const { method, params } = request;
      if (method === "tools/list") {
        const from = typeof params["cursor"] === "string" ? Number(params["cursor"]) : 0;
        const tools = names.slice(from, from + 2).map((name) => ({ name, inputSchema: { type: "object" } }));
        return {
          tools,
          ttlMs: 60_000,
          cacheScope: "public",
          ...(from + 2 < names.length ? { nextCursor: String(from + 2) } : {}),
        };
      }
      if (method !== "tools/call") throw new McpError(ERROR_CODES.methodNotFound, "not here");
      const { name } = params;
      if (typeof name !== "string" || !names.includes(name)) throw unknownTool(typeof name === "string" ? name : "");
      return { content: [{ type: "text", text: name }] };
    },
    listen: async () => ({ honoured: {}, close() {} }),
    close: async () => {},
  };
}

/** A tools/call. */
export function callOf(name: string, args: JsonObject = {}): McpRequest {
  return { method: "tools/call", params: { name, arguments: args } };
}

/** The server behind a guard. */
export function behind(guard: McpGuard, server: McpServer): McpServer {
  return guard.wrap?.(server) ?? server;
}

/** A request at the gateway, from this peer. */
export function exchangeOf(url: string, init: RequestInit = {}, remoteAddress = "203.0.113.9"): Exchange {
  const connection = { secure: false, remoteAddress };
  return new LiveExchange(new Request(url, init), connection, new FakeClock(), { held() {}, over() {} });
}
