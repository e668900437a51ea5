import type { McpKind } from "#src/core/mcp/kind.ts";
import { type StdioSettings, stdioSettings } from "./settings.ts";

/** Local processes: `stdio`. */
export const stdioKind: McpKind<StdioSettings> = {
  kind: "stdio",
  schema: stdioSettings,
  async create(name, settings, world) {
    // Processes are what not every host has.
    const { createStdioServer } = await import("./create.ts");
    return createStdioServer(name, settings, world);
  },
};
