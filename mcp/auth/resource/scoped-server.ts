import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import type { McpRequest } from "#src/core/mcp/messages.ts";
import type { Caller, McpCall, McpServer } from "#src/core/mcp/server.ts";
import { scopesMissing, tokenNeeded } from "./refusals.ts";
import { allows, type ScopeRules } from "./scope-rules.ts";
import { calledNames, isSearch } from "./searched-tools.ts";

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
      const answered = server.handle(request, call);
      if (request.method === "tools/list") return shownTo(rights, rules, answered);
      return isSearch(request) ? foundFor(rights, rules, answered) : answered;
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
  const needed = [...new Set(calledNames(request).flatMap((name) => rules.forTool(name)))];
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
  return { ...result, tools: tools.filter((tool) => isAllowed(tool, scopes, rules)), cacheScope: "private" };
}

/** What a search among a set's tools found, without what the token does not allow. */
async function foundFor(
  scopes: ReadonlySet<string>,
  rules: ScopeRules,
  answered: Promise<JsonObject> | JsonObject,
): Promise<JsonObject> {
  const result = await answered;
  const found = isObject(result["structuredContent"]) ? result["structuredContent"]["tools"] : undefined;
  if (!Array.isArray(found)) return result;
  const tools = found.filter((tool) => isAllowed(tool, scopes, rules));
  if (tools.length === found.length) return result;
  return { ...result, content: [{ type: "text", text: JSON.stringify(tools) }], structuredContent: { tools } };
}

function isAllowed(tool: Json, scopes: ReadonlySet<string>, rules: ScopeRules): boolean {
  return isObject(tool) && typeof tool["name"] === "string" && allows(scopes, rules.forTool(tool["name"]));
}
