import type { JsonObject } from "#src/core/json.ts";
import type { McpRequest } from "#src/core/mcp/messages.ts";
import type { McpCall, McpServer } from "#src/core/mcp/server.ts";

/** Answers a request in place of a server; `next` asks the server itself. */
export type Around = (
  request: McpRequest,
  call: McpCall,
  next: (request: McpRequest, call: McpCall) => Promise<JsonObject> | JsonObject,
) => Promise<JsonObject> | JsonObject;

/** A server whose requests pass through `around`; all else is its own. */
export function around(server: McpServer, answer: Around): McpServer {
  const next = (request: McpRequest, call: McpCall): Promise<JsonObject> | JsonObject => server.handle(request, call);
  return {
    describe: (call) => server.describe(call),
    handle: (request, call) => answer(request, call, next),
    listen: (filter, call) => server.listen(filter, call),
    notified: async (notification, call) => server.notified?.(notification, call),
    endSession: async (session) => server.endSession?.(session),
    close: () => server.close(),
  };
}

/** A server that sees its calls as `change` makes them. */
export function withCalls(server: McpServer, change: (call: McpCall) => McpCall): McpServer {
  return {
    describe: (call) => server.describe(change(call)),
    handle: (request, call) => server.handle(request, change(call)),
    listen: (filter, call) => server.listen(filter, change(call)),
    notified: async (notification, call) => server.notified?.(notification, change(call)),
    endSession: async (session) => server.endSession?.(session),
    close: () => server.close(),
  };
}

/** The name of the tool that a request calls; undefined for every other request. */
export function calledTool({ method, params }: McpRequest): string | undefined {
  const name = method === "tools/call" ? params["name"] : undefined;
  return typeof name === "string" ? name : undefined;
}
