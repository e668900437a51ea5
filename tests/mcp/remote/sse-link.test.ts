import { describe, expect, test } from "bun:test";
import type { RemoteSettings } from "#mcp/remote/settings.ts";
import { McpError, SessionLost } from "#src/core/mcp/messages.ts";
import { mcpCall } from "#tests/support/mcp-call.ts";
import { type Received, scripted } from "#tests/support/mcp-upstream.ts";
import { until } from "#tests/support/until.ts";

const LIST = { method: "tools/list", params: {} };
const CALL = { method: "tools/call", params: { name: "t", arguments: {} } };

const fault = (asking: unknown): Promise<unknown> =>
  Promise.resolve(asking).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );

/** A server of 2024-11-05, each of whose streams can be written to and broken. */
function sseServer(endpoint = "/messages?session=") {
  const streams: ReadableStreamDefaultController<Uint8Array>[] = [];
  const encoder = new TextEncoder();
  let answering = true;
  const say = (stream: number, text: string): void => streams[stream]?.enqueue(encoder.encode(text));
  const answer = ({ http, url, method, id }: Received): Response => {
    if (http === "GET") {
      const at = streams.length;
      const body = new ReadableStream<Uint8Array>({ start: (controller) => void streams.push(controller) });
      say(at, `event: endpoint\ndata: ${endpoint}${at}\n\n`);
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    }
    const at = Number(new URL(url).searchParams.get("session") ?? "-1");
    if (!url.includes("/messages")) return new Response(null, { status: 404 });
    const result =
      method === "initialize"
        ? { protocolVersion: "2024-11-05", capabilities: { tools: {} }, serverInfo: { name: "sse", version: "1" } }
        : { stream: at };
    if (id !== null && (answering || method === "initialize")) {
      say(at, `event: message\ndata: ${JSON.stringify({ jsonrpc: "2.0", id, result })}\n\n`);
    }
    return new Response("Accepted", { status: 202 });
  };
  return {
    answer,
    silence: () => (answering = false),
    speak: () => (answering = true),
    break: (at: number) => streams[at]?.error(new Error("ECONNRESET")),
    streams,
  };
}

describe("HTTP+SSE", () => {
  test.each<[string, Partial<RemoteSettings>, string[]]>([
    [
      "found out",
      {},
      ["server/discover", "initialize", "GET", "initialize", "notifications/initialized", "tools/list"],
    ],
    ["set", { transport: "sse" }, ["GET", "initialize", "notifications/initialized", "tools/list"]],
  ])("is spoken where it is %s", async (_, settings, methods) => {
    const up = await scripted(sseServer().answer, settings);
    expect(await up.server.handle(LIST, mcpCall())).toEqual({ stream: 0 });
    expect(await up.server.describe(mcpCall())).toMatchObject({ serverInfo: { name: "sse" } });
    expect(up.methods()).toEqual(methods);
  });

  test("is not tried where only streamable HTTP is wanted", async () => {
    const up = await scripted(sseServer().answer, { transport: "http" });
    expect(await fault(up.server.handle(LIST, mcpCall()))).toMatchObject({ status: 404 });
    expect(up.methods()).not.toContain("GET");
  });

  test.each([
    "https://elsewhere.example/messages?session=",
    "http://user:pass@127.0.0.1:1/messages?session=",
    "http://[bad",
  ])("messages do not go to %s", async (endpoint) => {
    const up = await scripted(sseServer(endpoint).answer, { transport: "sse" });
    expect(String(await fault(up.server.handle(LIST, mcpCall())))).toContain("another host");
    expect(new Set(up.methods())).toEqual(new Set(["GET"]));
  });

  test("clients that can be asked do not share a connection at the same time", async () => {
    const upstream = sseServer();
    const up = await scripted(upstream.answer, { transport: "sse" });
    const call = () => mcpCall({ client: { capabilities: { sampling: {} } } });
    await up.server.handle(LIST, call());
    upstream.silence();
    const leaving = new AbortController();
    const waiting = fault(up.server.handle(CALL, mcpCall({ client: call().client, signal: leaving.signal })));
    await until("it is sent", () => up.methods().includes("tools/call"));
    upstream.speak();
    expect(await up.server.handle(LIST, call())).toEqual({ stream: 1 });
    leaving.abort();
    await waiting;
    expect(await up.server.handle(LIST, call())).toMatchObject({});
    expect(upstream.streams).toHaveLength(2);
  });

  test("when the stream breaks a call fails, and is not sent again; the next begins a new session", async () => {
    const upstream = sseServer();
    const up = await scripted(upstream.answer, { transport: "sse" });
    await up.server.handle(LIST, mcpCall());
    upstream.silence();
    const waiting = fault(up.server.handle(CALL, mcpCall()));
    await until("it is sent", () => up.methods().includes("tools/call"));
    upstream.break(0);
    expect(await waiting).toBeInstanceOf(McpError);
    upstream.speak();
    expect(await up.server.handle(LIST, mcpCall())).toEqual({ stream: 1 });
    expect(up.methods().filter((method) => method === "tools/call")).toHaveLength(1);
  });

  test("a client's own session is lost with its stream, here and on every other replica", async () => {
    const upstream = sseServer();
    const here = await scripted(upstream.answer, { transport: "sse" });
    const there = await scripted(upstream.answer, { transport: "sse" });
    const values = new Map<string, string>();
    const session = {
      id: "one",
      get: async (key: string) => values.get(key),
      set: async (key: string, value: string) => void values.set(key, value),
      ended: new AbortController().signal,
    };
    const call = () => mcpCall({ client: { version: "2024-11-05" }, session });
    expect(await here.server.handle(LIST, call())).toEqual({ stream: 0 });
    expect(await fault(there.server.handle(LIST, call()))).toBeInstanceOf(SessionLost);
    upstream.break(0);
    await until("it is lost", async () => (await fault(here.server.handle(LIST, call()))) instanceof SessionLost);
    expect(upstream.streams).toHaveLength(1);
  });

  test("a server that does not say where messages go is not waited for", async () => {
    const up = await scripted(
      ({ http }) =>
        http === "GET"
          ? new Response(new ReadableStream(), { headers: { "content-type": "text/event-stream" } })
          : new Response(null, { status: 404 }),
      { transport: "sse", timeout: 1000 },
    );
    const waiting = fault(up.server.handle(LIST, mcpCall()));
    await until("it is asked", () => up.methods().includes("GET"));
    await until("it is over", async () => {
      up.clock.advance(1000);
      return (await Promise.race([waiting, Promise.resolve("open")])) !== "open";
    });
    expect(await waiting).toBeInstanceOf(McpError);
  });
});
