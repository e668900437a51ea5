import { isObject, type Json } from "#src/core/json.ts";
import type { McpServer } from "#src/core/mcp/server.ts";
import { unknownTool } from "#src/core/mcp/tool.ts";

/** A server of which only the tools with these names are seen. */
export function onlyTools(server: McpServer, names: ReadonlySet<string>): McpServer {
  return {
    describe: (call) => server.describe(call),
    async handle(request, call) {
      const { name } = request.params;
      if (request.method === "tools/call" && typeof name === "string" && !names.has(name)) throw unknownTool(name);
      const result = await server.handle(request, call);
      if (request.method !== "tools/list") return result;
      const { tools } = result;
      return { ...result, tools: Array.isArray(tools) ? tools.filter((tool) => isSeen(tool, names)) : [] };
    },
    listen: (filter, call) => server.listen(filter, call),
    notified: async (notification, call) => server.notified?.(notification, call),
    endSession: async (session) => server.endSession?.(session),
    close: () => server.close(),
  };
}

function isSeen(tool: Json, names: ReadonlySet<string>): boolean {
  return isObject(tool) && typeof tool["name"] === "string" && names.has(tool["name"]);
}
