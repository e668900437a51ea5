/** The least a hosted tool can cost: Bun.serve, JSON in, the sum, JSON out. Nothing is checked. */
interface Message {
  readonly id: number;
  readonly method: string;
  readonly params: { readonly arguments: { readonly a: number; readonly b: number } };
}

/** What a proxy wants to know first. */
const DISCOVERED = {
  resultType: "complete",
  supportedVersions: ["2026-07-28"],
  capabilities: { tools: {} },
  serverInfo: { name: "bare", version: "1" },
  ttlMs: 60_000,
  cacheScope: "public",
};

/** What every client asks before it calls: with it a proxy knows which headers a tool wants. */
const LISTED = {
  resultType: "complete",
  tools: [
    {
      name: "add",
      inputSchema: {
        type: "object",
        properties: { a: { type: "number" }, b: { type: "number" } },
        required: ["a", "b"],
      },
    },
  ],
  ttlMs: 60_000,
  cacheScope: "public",
};

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  async fetch(request) {
    const { id, method, params } = (await request.json()) as Message;
    if (method === "tools/list") return Response.json({ jsonrpc: "2.0", id, result: LISTED });
    if (method !== "tools/call") return Response.json({ jsonrpc: "2.0", id, result: DISCOVERED });
    const text = String(params.arguments.a + params.arguments.b);
    return Response.json({ jsonrpc: "2.0", id, result: { resultType: "complete", content: [{ type: "text", text }] } });
  },
});
console.log(`listening on ${server.url.href}mcp`);
