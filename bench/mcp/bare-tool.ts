/** The least a hosted tool can cost: Bun.serve, JSON in, the sum, JSON out. Nothing is checked. */
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  async fetch(request) {
    const { id, params } = (await request.json()) as { id: number; params: { arguments: { a: number; b: number } } };
    const text = String(params.arguments.a + params.arguments.b);
    return Response.json({ jsonrpc: "2.0", id, result: { resultType: "complete", content: [{ type: "text", text }] } });
  },
});
console.log(`listening on ${server.url.href}mcp`);
