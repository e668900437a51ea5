import { resolve } from "node:path";
import type { McpWorld } from "#src/core/mcp/kind.ts";
import type { McpServer } from "#src/core/mcp/server.ts";
import { createHostedServer } from "../hosted/server.ts";
import type { Database } from "./database.ts";
import { parseDsn } from "./dsn.ts";
import type { DatabaseSettings } from "./settings.ts";
import { databaseTools } from "./tools.ts";

/** Makes the server of a database; nothing is connected yet. Throws an Error that says what in the settings cannot be used. */
export async function createDatabaseServer(
  name: string,
  settings: DatabaseSettings,
  world: McpWorld,
): Promise<McpServer> {
  if (settings.execute && settings.tables !== undefined) {
    throw new Error("execute and tables do not go together: free SQL could reach every table.");
  }
  const database = await databaseOf(settings, world);
  const { description } = settings;
  return createHostedServer({
    name,
    ...(description !== undefined && { instructions: description }),
    tools: databaseTools(database, settings),
    close: () => database.close(),
  });
}

/** Each driver is loaded only where it is configured. */
async function databaseOf(settings: DatabaseSettings, world: McpWorld): Promise<Database> {
  const { dsn, dbType, schemas, timeout, maxRows, maxResultSize, maxConnections, idleTimeout } = settings;
  const target = parseDsn(dsn, dbType);
  const { clock } = world;
  const limits = { timeout, rows: maxRows, bytes: maxResultSize };
  const common = { limits, connections: maxConnections, idleTimeout, clock };
  if (target.type === "sqlite") {
    if (schemas !== undefined) throw new Error("SQLite has no schemas.");
    const { SqliteDatabase } = await import("./sqlite/database.ts");
    // The folder is named and not the file: what is named is watched for changes, which a database is full of.
    return new SqliteDatabase({ ...common, file: resolve(world.resolvePath("."), target.file) });
  }
  const { server } = target;
  if (target.type === "postgres") {
    const { PostgresDatabase } = await import("./postgres/database.ts");
    return new PostgresDatabase({ ...common, server, schemas });
  }
  const { MysqlDatabase } = await import("./mysql/database.ts");
  return new MysqlDatabase({ ...common, server, schemas });
}
