import { isObject } from "#src/core/json.ts";
import type { McpRequest } from "#src/core/mcp/messages.ts";

/**
 * The two tools that stand in the place of all others where tools are searched for. A set of this gateway asks its policies about the tools
 * themselves; one that is a member of a set, or stands behind a URL, does not.
 */
const SEARCH = "search_tools";
const CALL = "call_tool";

/** The tools that a `tools/call` calls: that which it names, and the one that is called by it in turn. */
export function calledNames({ params }: McpRequest): readonly string[] {
  const { name, arguments: args } = params;
  if (typeof name !== "string") return [];
  const inner = name === CALL && isObject(args) ? args["name"] : undefined;
  return typeof inner === "string" ? [name, inner] : [name];
}

/** Whether the answer tells of other tools. */
export function isSearch({ method, params }: McpRequest): boolean {
  return method === "tools/call" && params["name"] === SEARCH;
}
