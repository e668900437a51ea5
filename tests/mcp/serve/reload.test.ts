import { expect, test } from "bun:test";
import type { JsonObject } from "#src/core/json.ts";
import type { McpRequest } from "#src/core/mcp/messages.ts";
import { EventReader, initialize, postLegacy, postModern } from "#tests/support/mcp-ask.ts";
import { EverythingServer } from "#tests/support/mcp-everything.ts";
import { mcpStage } from "#tests/support/mcp-stage.ts";

/** A server whose calls end when told to. */
class Gated extends EverythingServer {
  readonly gate = Promise.withResolvers<JsonObject>();
  readonly began = Promise.withResolvers<void>();

  override handle(request: McpRequest): Promise<JsonObject> {
    if (request.method === "tools/call") this.began.resolve();
    return this.gate.promise;
  }
}

test("a call goes on at the server it began with, which is closed when it is over", async () => {
  const before = new Gated();
  await using stage = await mcpStage({ servers: { one: before } });
  const answer = postModern(stage.url("one"), "tools/call", { name: "say", arguments: {} });
  await before.began.promise;
  const after = new EverythingServer();
  await stage.apply({ one: after });
  expect(before.closed).toBe(false);
  before.gate.resolve({ content: [{ type: "text", text: "old" }] });
  expect(await (await answer).json()).toMatchObject({ result: { content: [{ text: "old" }] } });
  await Promise.resolve();
  expect([before.closed, after.closed]).toEqual([true, false]);
});

test("a session outlives its server, and hears that the lists are others", async () => {
  const before = new EverythingServer(["a"]);
  await using stage = await mcpStage({ servers: { one: before } });
  const url = stage.url("one");
  const session = await initialize(url);
  const reader = new EventReader(await fetch(url, { headers: { accept: "text/event-stream", ...session } }));
  // The stream stands before the gateway listens for it.
  while (before.listeners.size === 0) await new Promise((resolve) => setImmediate(resolve));
  await stage.apply({ one: new EverythingServer(["b"]) });
  expect(await reader.message()).toMatchObject({ method: "notifications/tools/list_changed" });
  const list = await postLegacy(url, { jsonrpc: "2.0", id: 1, method: "tools/list" }, session);
  expect(await list.json()).toMatchObject({ result: { tools: [{ name: "b" }] } });
  await reader.close();
});

test("a configuration that cannot be built changes nothing", async () => {
  const server = new EverythingServer(["a"]);
  await using stage = await mcpStage({ servers: { one: server }, fields: {} });
  const broken = { one: server, two: undefined as never };
  const problem = await stage.apply(broken).catch((error: unknown) => error);
  expect(String(problem)).toContain("The MCP server 'two' cannot be built");
  const list = await postModern(stage.url("one"), "tools/list");
  expect(await list.json()).toMatchObject({ result: { tools: [{ name: "a" }] } });
});
