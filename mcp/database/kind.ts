import type { McpKind } from "#src/core/mcp/kind.ts";
import { type DatabaseSettings, databaseSettings } from "./settings.ts";

/** Databases: `database`. */
export const databaseKind: McpKind<DatabaseSettings> = {
  kind: "database",
  schema: databaseSettings,
  async create(name, settings, world) {
    // Sockets and processes are what not every host has.
    const { createDatabaseServer } = await import("./create.ts");
    return createDatabaseServer(name, settings, world);
  },
};
