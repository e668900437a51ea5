import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import type { McpRequest } from "#src/core/mcp/messages.ts";
import type { McpCall, McpServer } from "#src/core/mcp/server.ts";
import { scopesMissing } from "./refusals.ts";
import { allows, type ScopeRules } from "./scope-rules.ts";

/** A server that shows a token's holder the tools the token allows, and lets it call no others. Who came without a token sees all. */
export function scopedServer(server: McpServer, rules: ScopeRules): McpServer {
  return {
    describe: (call) => server.describe(call),
    handle(request, call) {
      const { scopes } = call.caller;
      if (scopes === undefined) return server.handle(request, call);
      if (request.method === "tools/call") requireScopes(request, call, scopes, rules);
      if (request.method === "tools/list") return shownTo(scopes, rules, server.handle(request, call));
      return server.handle(request, call);
    },
    listen: (filter, call) => server.listen(filter, call),
    async notified(notification, call) {
      await server.notified?.(notification, call);
    },
    async endSession(session) {
      await server.endSession?.(session);
    },
    close: () => server.close(),
  };
}

function requireScopes(request: McpRequest, { caller }: McpCall, scopes: ReadonlySet<string>, rules: ScopeRules): void {
  const { name } = request.params;
  if (typeof name !== "string") return;
  const needed = rules.forTool(name);
  if (!allows(scopes, needed)) throw scopesMissing(caller.resource ?? "", needed);
}

async function shownTo(
  scopes: ReadonlySet<string>,
  rules: ScopeRules,
  listed: Promise<JsonObject> | JsonObject,
): Promise<JsonObject> {
  const result = await listed;
  const { tools } = result;
  if (!Array.isArray(tools)) return result;
  const shown = (tool: Json): boolean =>
    isObject(tool) && typeof tool["name"] === "string" && allows(scopes, rules.forTool(tool["name"]));
  return { ...result, tools: tools.filter(shown), cacheScope: "private" };
}
