/** Runs a tool of one server of each kind that needs a machine, on whichever runtime runs this: `kinds-main.ts SQLITE_FILE COMMAND`. */
import process from "node:process";
import { databaseKind } from "#mcp/database/kind.ts";
import { moduleKind } from "#mcp/module/kind.ts";
import { stdioKind } from "#mcp/stdio/kind.ts";
import { systemClock } from "#src/core/clock.ts";
import type { JsonObject } from "#src/core/json.ts";
import type { McpKind, McpWorld } from "#src/core/mcp/kind.ts";
import type { McpServer } from "#src/core/mcp/server.ts";
import { mcpCall } from "../mcp-call.ts";
import { mcpWorld } from "../mcp-world.ts";

const [, , database = "", command = ""] = process.argv;
const world: McpWorld = mcpWorld({ clock: systemClock });
const local = (path: string): string => new URL(path, import.meta.url).pathname;

async function opened<Settings>(kind: McpKind<Settings>, settings: unknown): Promise<McpServer> {
  return kind.create(kind.kind, kind.schema.parse(settings), world);
}

async function say(server: Promise<McpServer>, name: string, args: JsonObject = {}): Promise<void> {
  const opened = await server;
  const { content } = await opened.handle({ method: "tools/call", params: { name, arguments: args } }, mcpCall());
  await opened.close();
  console.log(JSON.stringify(content));
}

const modules = "../../fixtures/mcp-modules";
await say(opened(databaseKind, { dsn: `sqlite:${database}` }), "query", { sql: "SELECT 40 + 2 AS n" });
await say(opened(moduleKind, local(`${modules}/everything-legacy.ts`)), "test_simple_text");
await say(opened(moduleKind, local(`${modules}/everything-modern.ts`)), "test_simple_text");
await say(opened(stdioKind, { command, args: [local("fake-stdio-server.ts")] }), "snow");
process.exit();
