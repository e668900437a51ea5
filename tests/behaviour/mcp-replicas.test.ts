import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createMcpHandler, fromJsonSchema, McpServer } from "@modelcontextprotocol/server";
import type { JsonObject } from "#src/core/json.ts";
import { type Backend, startBackend } from "#tests/support/backend.ts";
import { gate } from "#tests/support/gate.ts";
import { type Gateway, startGateway } from "#tests/support/gateway.ts";
import { EventReader, initialize, postLegacy } from "#tests/support/mcp-ask.ts";
import { type RedisServer, redisMissing, startRedis } from "#tests/support/redis.ts";
import { within } from "#tests/support/until.ts";

/** What the tool `count` waits for, by the number it has come to. */
const gates = new Map<number, ReturnType<typeof gate>>();

/** A server whose tool tells each number up to `to`, then answers. */
function countingServer(): McpServer {
  const server = new McpServer({ name: "counting", version: "1" });
  const inputSchema = fromJsonSchema<{ to: number }>({
    type: "object",
    properties: { to: { type: "integer" } },
    required: ["to"],
  });
  server.registerTool("count", { inputSchema }, async ({ to }, context) => {
    const { notify, _meta } = context.mcpReq;
    const progressToken = _meta?.progressToken ?? 0;
    for (let progress = 1; progress <= to; progress++) {
      await gates.get(progress)?.opened;
      await notify({ method: "notifications/progress", params: { progressToken, progress } });
    }
    return { content: [{ type: "text", text: `counted to ${to}` }] };
  });
  return server;
}

let upstream: Backend;
let redis: RedisServer;
const gateways: Gateway[] = [];

async function startReplica(): Promise<Gateway> {
  const gateway = await startGateway({
    config: {
      admin: { port: 0 },
      store: `redis://127.0.0.1:${redis.port}`,
      mcpServers: [{ name: "counting", path: "/mcp", url: `http://${upstream.address}/mcp` }],
    },
  });
  gateways.push(gateway);
  return gateway;
}

const urlOf = (gateway: Gateway, path = "/mcp"): URL => new URL(path, gateway.origin);

const count = (id: number, to: number): JsonObject => ({
  jsonrpc: "2.0",
  id,
  method: "tools/call",
  params: { name: "count", arguments: { to }, _meta: { progressToken: `t${id}` } },
});

/** What a message says: how far the tool is, or what it answered. */
function saying(message: JsonObject): unknown {
  const { params, result } = message as { params?: JsonObject; result?: { content: [{ text: string }] } };
  return params?.["progress"] ?? result?.content[0].text;
}

describe.skipIf(redisMissing !== undefined)("two replicas that share a Redis", () => {
  beforeAll(async () => {
    const handler = createMcpHandler(countingServer);
    upstream = startBackend((request) => handler.fetch(request));
    redis = await startRedis();
  });
  afterAll(async () => {
    for (const one of gates.values()) one.open();
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    await upstream.close();
    await redis.stop();
  });

  test("a stream goes on elsewhere when who held it is killed: nothing lost, nothing twice", async () => {
    const [runs, holds] = [await startReplica(), await startReplica()];
    for (const number of [4, 8, 12]) gates.set(number, gate());
    const session = await initialize(urlOf(runs));
    const received: unknown[] = [];
    let last = "";
    const read = async (reader: EventReader, messages: number): Promise<void> => {
      for (let n = 0; n < messages;) {
        const event = await within("an event", reader.next());
        if (event === undefined) throw new Error("The stream has ended.");
        last = event.id ?? last;
        if (event.data === "") continue;
        received.push(saying(JSON.parse(event.data) as JsonObject));
        n++;
      }
    };
    const begun = new EventReader(await postLegacy(urlOf(runs), count(1, 15), session));
    await read(begun, 3);
    // The client loses its connection, the call goes on.
    await begun.close();
    const resumed = (gateway: Gateway): Promise<Response> =>
      fetch(urlOf(gateway), { headers: { ...session, accept: "text/event-stream", "last-event-id": last } });
    const elsewhere = new EventReader(await resumed(holds));
    gates.get(4)?.open();
    await read(elsewhere, 4);
    holds.signal("SIGKILL");
    gates.get(8)?.open();
    gates.get(12)?.open();
    const again = new EventReader(await resumed(runs));
    await read(again, 9);
    expect(received).toEqual([...Array.from({ length: 15 }, (_, n) => n + 1), "counted to 15"]);
    expect(await within("the end", again.next())).toBeUndefined();
  });

  test("over HTTP+SSE messages may go to any of them", async () => {
    const [holds, other] = [await startReplica(), await startReplica()];
    const stream = new EventReader(await fetch(urlOf(holds, "/mcp/sse"), { headers: { accept: "text/event-stream" } }));
    const { data = "" } = (await within("the endpoint", stream.next())) ?? {};
    const params = { protocolVersion: "2024-11-05", capabilities: {}, clientInfo: { name: "t", version: "1" } };
    const send = async (gateway: Gateway, message: JsonObject): Promise<void> => {
      expect((await postLegacy(urlOf(gateway, data), message)).status).toBe(202);
    };
    await send(other, { jsonrpc: "2.0", id: 0, method: "initialize", params });
    expect(await within("the answer", stream.message())).toMatchObject({ id: 0 });
    for (let id = 1; id <= 20; id++) {
      await send(id % 2 ? other : holds, count(id, 2));
      const told = [await stream.message(), await stream.message(), await stream.message()];
      expect(told.map((message) => saying(message ?? {}))).toEqual([1, 2, "counted to 2"]);
    }
    await stream.close();
  });
});
