import type { McpServerConfig } from "./model.ts";

/** How the routes of an MCP server are called, and the hosts they are for. */
export function mcpRouteOf({ name, route, hosts }: Pick<McpServerConfig, "name" | "route" | "hosts">): {
  readonly name: string;
  readonly hosts: readonly string[];
} {
  return { name: route ?? `mcp:${name}`, hosts: hosts ?? ["*"] };
}
