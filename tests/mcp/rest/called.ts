import type { JsonObject } from "#src/core/json.ts";
import type { McpWorld } from "#src/core/mcp/kind.ts";
import { readRestDocument } from "#mcp/rest/read.ts";
import { createRestServer } from "#mcp/rest/tools.ts";
import { type CallParts, mcpCall } from "#tests/support/mcp-call.ts";
import { mcpWorld } from "#tests/support/mcp-world.ts";

/** Calls a tool of a document written as YAML. */
export async function called(
  yaml: string,
  tool: string,
  args: JsonObject,
  parts: CallParts = {},
  world: McpWorld = mcpWorld(),
): Promise<JsonObject> {
  const server = createRestServer("test", readRestDocument(yaml), world);
  return server.handle({ method: "tools/call", params: { name: tool, arguments: args } }, mcpCall(parts));
}

/** The text of a result's only content. */
export function textOf(result: JsonObject): unknown {
  const [content] = result["content"] as JsonObject[];
  return content?.["text"];
}
