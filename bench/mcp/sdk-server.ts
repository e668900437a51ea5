import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";

/** The SDK's own server, for both eras without sessions. */
const handler = createMcpHandler(() => {
  const server = new McpServer({ name: "bench", version: "1" });
  server.registerTool("add", { inputSchema: z.object({ a: z.number(), b: z.number() }) }, ({ a, b }) => ({
    content: [{ type: "text", text: String(a + b) }],
  }));
  return server;
});
const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: (request) => handler.fetch(request) });
console.log(`listening on ${server.url.href}mcp`);
