/** The least a proxy can do: parse, put another name in, fetch, hand on. `UPSTREAM` is the server's URL. */
const upstream = Bun.env["UPSTREAM"] ?? "";
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  async fetch(request) {
    const message = (await request.json()) as { params: { name: string } };
    message.params.name = "add";
    const headers = new Headers(request.headers);
    headers.set("mcp-name", "add");
    headers.delete("content-length");
    const answer = await fetch(upstream, { method: "POST", headers, body: JSON.stringify(message) });
    return new Response(answer.body, { status: answer.status, headers: { "content-type": "application/json" } });
  },
});
console.log(`listening on ${server.url.href}mcp`);
