import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import type { McpRequest } from "#src/core/mcp/messages.ts";
import type { Caller, McpCall, McpServer } from "#src/core/mcp/server.ts";
import { scopesMissing, tokenNeeded } from "./refusals.ts";
import { allows, type ScopeRules } from "./scope-rules.ts";

/** What a caller may do here: `all` without a token, by a consumer's key; undefined: nothing. */
export type Rights = (caller: Caller) => ReadonlySet<string> | "all" | undefined;

/**
 * A server that shows a token's holder the tools the token allows, and lets it call no others. Who comes by another server's address (a
 * set of servers) was let in by that one's policies, so the caller's rights are asked for here once more.
 */
export function scopedServer(server: McpServer, rules: ScopeRules, rightsOf: Rights): McpServer {
  const admitted = ({ caller }: McpCall): ReadonlySet<string> | "all" => {
    const rights = rightsOf(caller);
    if (rights === undefined) throw tokenNeeded(caller.resource ?? "", rules.common);
    if (rights !== "all" && !allows(rights, rules.common)) throw scopesMissing(caller.resource ?? "", rules.common);
    return rights;
  };
  return {
    describe: (call) => server.describe(call),
    handle(request, call) {
      const rights = admitted(call);
      if (rights === "all") return server.handle(request, call);
      if (request.method === "tools/call") requireScopes(request, call, rights, rules);
      if (request.method === "tools/list") return shownTo(rights, rules, server.handle(request, call));
      return server.handle(request, call);
    },
    async listen(filter, call) {
      admitted(call);
      return server.listen(filter, call);
    },
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
