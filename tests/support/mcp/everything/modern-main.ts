/** The fixture server of the newest revision as a process: `bun modern-main.ts [PORT]`. Writes where it listens. */
import { createMcpHandler, type McpHttpHandler } from "@modelcontextprotocol/server";
import { notLocal } from "./local-only.ts";
import { createModernServer } from "./modern-server.ts";

const handler: McpHttpHandler = createMcpHandler(() => createModernServer(handler.notify), { legacy: "reject" });

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.argv[2] ?? 0),
  idleTimeout: 0,
  fetch: async (request) => notLocal(request) ?? handler.fetch(request),
});
console.log(`listening on http://localhost:${server.port}/mcp`);
