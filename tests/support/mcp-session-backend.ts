import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { SSEServerTransport } from "@modelcontextprotocol/sdk/server/sse.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";

/** An MCP server of both session transports that keeps its sessions to itself: `/sse` with `/messages`, and `/mcp`. */
export interface SessionBackend {
  /** `host:port`. */
  readonly address: string;
  /** The ids of the sessions it began. */
  readonly sessions: readonly string[];
  /** Ends it with all its connections. */
  close(): Promise<void>;
}

/** Starts one whose only tool, `whoami`, answers with `name`. */
export async function startSessionBackend(name: string): Promise<SessionBackend> {
  const sse = new Map<string, SSEServerTransport>();
  const streamable = new Map<string, StreamableHTTPServerTransport>();

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://backend");
    if (url.pathname === "/sse") {
      const transport = new SSEServerTransport("/messages", response);
      sse.set(transport.sessionId, transport);
      await serverOf(name).connect(transport);
      return;
    }
    if (url.pathname === "/messages") {
      const transport = sse.get(url.searchParams.get("sessionId") ?? "");
      if (transport === undefined) return void response.writeHead(400).end("No such session.");
      return transport.handlePostMessage(request, response);
    }
    const known = streamable.get(String(request.headers["mcp-session-id"]));
    if (known === undefined && request.headers["mcp-session-id"] !== undefined)
      return void response.writeHead(400).end("No such session.");
    await (known ?? (await began())).handleRequest(request, response);
  }

  async function began(): Promise<StreamableHTTPServerTransport> {
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      onsessioninitialized: (id) => void streamable.set(id, transport),
    });
    await serverOf(name).connect(transport);
    return transport;
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    get sessions() {
      return [...sse.keys(), ...streamable.keys()];
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function serverOf(name: string): McpServer {
  const server = new McpServer({ name, version: "1" });
  server.registerTool("whoami", {}, () => ({ content: [{ type: "text", text: name }] }));
  return server;
}
