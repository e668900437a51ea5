import { describe, expect, test } from "bun:test";
import { McpServer as SdkServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import {
  CreateMessageResultSchema,
  SetLevelRequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod";
import { LegacySession, type LegacySessionParts } from "#mcp/remote/legacy-session.ts";
import { LinkLost } from "#mcp/remote/message-link.ts";
import type { JsonObject } from "#src/core/json.ts";
import { ERROR_CODES, McpError, META } from "#src/core/mcp/messages.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { mcpCall } from "#tests/support/mcp-call.ts";
import { linkPair, type PairLink } from "#tests/support/mcp-pair.ts";
import { until } from "#tests/support/until.ts";

const LIMITS = { idle: 60_000, total: 600_000, pending: 8 };

/** A server of the SDK with one of everything, and a session with it. */
async function opened(relates = true, parts: Partial<LegacySessionParts> = {}) {
  const server = new SdkServer(
    { name: "peer", version: "1" },
    {
      instructions: "Ask nicely.",
      capabilities: { logging: {}, resources: { subscribe: true, listChanged: true }, tools: { listChanged: true } },
    },
  );
  const seen: { levels: string[]; uris: string[]; aborted: boolean } = { levels: [], uris: [], aborted: false };
  server.registerTool("add", { inputSchema: { a: z.number(), b: z.number() } }, ({ a, b }) => ({
    content: [{ type: "text", text: String(a + b) }],
  }));
  server.registerTool("count", {}, async (extra) => {
    const { progressToken } = extra._meta ?? {};
    for (const progress of [1, 2, 3]) {
      if (progressToken !== undefined) {
        await extra.sendNotification({ method: "notifications/progress", params: { progressToken, progress } });
      }
      await extra.sendNotification({ method: "notifications/message", params: { level: "info", data: progress } });
    }
    return { content: [{ type: "text", text: String(progressToken !== undefined) }] };
  });
  server.registerTool("sample", {}, async (extra) => {
    const params = { messages: [], maxTokens: 10 };
    const sampled = await extra.sendRequest({ method: "sampling/createMessage", params }, CreateMessageResultSchema);
    return { content: [{ type: "text", text: sampled.model }] };
  });
  server.registerTool("hang", {}, ({ signal }) => {
    signal.addEventListener("abort", () => (seen.aborted = true));
    return new Promise(() => {});
  });
  server.server.setRequestHandler(SubscribeRequestSchema, ({ params }) => {
    seen.uris.push(`+${params.uri}`);
    return {};
  });
  server.server.setRequestHandler(UnsubscribeRequestSchema, ({ params }) => {
    seen.uris.push(`-${params.uri}`);
    return {};
  });
  server.server.setRequestHandler(SetLevelRequestSchema, ({ params }) => {
    seen.levels.push(params.level);
    return {};
  });
  const pair = linkPair(relates);
  await server.connect(pair.transport);
  const clock = new FakeClock();
  const lost: Error[] = [];
  const session = await LegacySession.open({
    link: pair.link,
    client: { capabilities: { sampling: {}, elicitation: {}, roots: {} }, info: { name: "test", version: "1" } },
    clock,
    limits: LIMITS,
    shared: false,
    firstId: 1,
    lost: (error) => void lost.push(error),
    ...parts,
  });
  return { session, server, seen, clock, lost, link: pair.link };
}

const callOf = (name: string, args: JsonObject = {}, meta?: JsonObject) => ({
  method: "tools/call",
  params: { name, arguments: args, ...(meta !== undefined && { _meta: meta }) },
});

const textOf = (result: JsonObject) => JSON.stringify(result["content"]);

function requestsOf(link: PairLink, method: string): JsonObject[] {
  return link.sent.filter((message) => message["method"] === method);
}

describe("a legacy session", () => {
  test("shakes hands and tells what the server says of itself", async () => {
    const { session, link } = await opened();
    expect(session.handshake.version).toBe("2025-11-25");
    expect(session.description).toMatchObject({
      serverInfo: { name: "peer", version: "1" },
      instructions: "Ask nicely.",
      capabilities: { tools: { listChanged: true } },
    });
    expect(link.methods()).toEqual(["initialize", "notifications/initialized"]);
  });

  test("a server of an unknown revision is refused, and the link closed", async () => {
    const { link } = linkPair();
    link.receive = ({ id }) =>
      link.events?.message({ jsonrpc: "2.0", id: id ?? 0, result: { protocolVersion: "1999" } });
    const parts = { client: { capabilities: {}, info: {} }, clock: new FakeClock(), limits: LIMITS, shared: false };
    const opening = LegacySession.open({ ...parts, link, firstId: 1, lost() {} });
    expect(opening).rejects.toBeInstanceOf(McpError);
    await opening.catch(() => {});
    expect(link.ended).toBe(false);
  });

  test("calls side by side get their own answers", async () => {
    const { session } = await opened();
    const sums = await Promise.all([1, 2, 3, 4].map((a) => session.request(callOf("add", { a, b: 10 }), mcpCall())));
    expect(sums.map(textOf)).toEqual([11, 12, 13, 14].map((n) => `[{"type":"text","text":"${n}"}]`));
  });

  test("what only the newest revision knows does not reach the server", async () => {
    const { session, link } = await opened();
    const request = callOf(
      "add",
      { a: 1, b: 1 },
      { [META.protocolVersion]: "2026-07-28", [META.clientCapabilities]: {} },
    );
    await session.request(
      { ...request, params: { ...request.params, requestState: "s", inputResponses: {} } },
      mcpCall(),
    );
    expect(requestsOf(link, "tools/call")[0]?.["params"]).toEqual({ name: "add", arguments: { a: 1, b: 1 } });
  });

  test("progress comes under each client's own token, also when two are the same", async () => {
    const { session } = await opened(false);
    const [one, two] = [mcpCall(), mcpCall()];
    await Promise.all([
      session.request(callOf("count", {}, { progressToken: "same" }), one),
      session.request(callOf("count", {}, { progressToken: "same" }), two),
    ]);
    for (const { notifications } of [one, two]) {
      const progress = notifications.filter(({ method }) => method === "notifications/progress");
      expect(progress.map(({ params }) => params)).toEqual(
        [1, 2, 3].map((progress) => ({ progressToken: "same", progress })),
      );
    }
  });

  test("a new client hears the log only when it asked, at its level", async () => {
    const { session, seen } = await opened();
    const [none, info, error] = [mcpCall(), mcpCall(), mcpCall()];
    await session.request(callOf("count"), none);
    await session.request(callOf("count", {}, { [META.logLevel]: "info" }), info);
    await session.request(callOf("count", {}, { [META.logLevel]: "error" }), error);
    const logged = [none, info, error].map(({ notifications }) => notifications.length);
    expect(logged).toEqual([0, 3, 0]);
    expect(seen.levels).toEqual(["info", "error"]);
  });

  test("what the server asks reaches the client whose call it is for", async () => {
    const { session } = await opened(true, { shared: true });
    const call = (model: string) =>
      mcpCall({ answer: () => ({ model, role: "assistant", content: { type: "text", text: "hi" } }) });
    const results = await Promise.all(["a", "b"].map((model) => session.request(callOf("sample"), call(model))));
    expect(results.map(textOf)).toEqual(['[{"type":"text","text":"a"}]', '[{"type":"text","text":"b"}]']);
  });

  test("nobody is asked when it cannot be told who is meant", async () => {
    const { session } = await opened(false, { shared: true });
    const asked: string[] = [];
    const call = mcpCall({
      answer: ({ method }) => {
        asked.push(method);
        return { model: "m", role: "assistant", content: { type: "text", text: "hi" } };
      },
    });
    const results = await Promise.all([0, 1].map(() => session.request(callOf("sample"), call)));
    expect(results.map(({ isError }) => isError)).toEqual([true, true]);
    expect(asked).toEqual([]);
  });

  test("a client's refusal reaches the server", async () => {
    const { session } = await opened();
    const result = await session.request(callOf("sample"), mcpCall());
    expect(result).toMatchObject({ isError: true });
    expect(textOf(result)).toContain("cannot be asked");
  });

  test("silence is no fault while the client is asked", async () => {
    const { session, clock } = await opened();
    const asked = Promise.withResolvers<JsonObject>();
    let begun = false;
    const answer = () => {
      begun = true;
      return asked.promise;
    };
    const result = session.request(callOf("sample"), mcpCall({ answer }));
    await until("the client is asked", () => begun);
    clock.advance(LIMITS.idle * 3);
    asked.resolve({ model: "late", role: "assistant", content: { type: "text", text: "hi" } });
    expect(textOf(await result)).toContain("late");
  });

  test("silence ends a call, and the server hears of it", async () => {
    const { session, clock, seen, link } = await opened();
    const result = session.request(callOf("hang"), mcpCall());
    await until("the call is sent", () => requestsOf(link, "tools/call").length === 1);
    clock.advance(LIMITS.idle);
    expect(result).rejects.toThrow("within 60 s");
    await result.catch(() => {});
    await until("the server stops", () => seen.aborted);
    expect(clock.pending).toBe(0);
  });

  test("a client that leaves cancels its call", async () => {
    const { session, seen, link } = await opened();
    const leaving = new AbortController();
    const result = session.request(callOf("hang"), mcpCall({ signal: leaving.signal }));
    await until("the call is sent", () => requestsOf(link, "tools/call").length === 1);
    leaving.abort();
    expect(result).rejects.toThrow("cancelled");
    await result.catch(() => {});
    await until("the server stops", () => seen.aborted);
    expect(session.waiting).toBe(0);
  });

  test("errors keep code, message and data; a wrong or second answer changes nothing", async () => {
    const { session, link } = await opened();
    const answer = link.receive;
    link.receive = (message) => {
      if (message["method"] !== "odd") return answer?.(message);
      const { id = 0 } = message;
      link.events?.message({ jsonrpc: "2.0", id: "no such", result: {} });
      link.events?.message({ jsonrpc: "2.0", id, error: { code: -32002, message: "gone", data: { uri: "x:y" } } });
      link.events?.message({ jsonrpc: "2.0", id, result: { late: true } });
    };
    const error = await session.request({ method: "odd", params: {} }, mcpCall()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: -32002, message: "gone", data: { uri: "x:y" } });
  });

  test("a 2025-11-25 error that wants a page visited is input_required for a new client, an error for an old one", async () => {
    const { session, link } = await opened();
    const elicitations = [{ mode: "url", elicitationId: "e1", url: "https://example.com/", message: "Log in" }];
    const data = { elicitations };
    link.receive = ({ id = 0 }) =>
      link.events?.message({
        jsonrpc: "2.0",
        id,
        error: { code: ERROR_CODES.urlElicitationRequired, message: "m", data },
      });
    expect(await session.request(callOf("add"), mcpCall())).toEqual({
      resultType: "input_required",
      inputRequests: { "url-1": { method: "elicitation/create", params: elicitations[0] ?? {} } },
    });
    const old = session.request(callOf("add"), mcpCall({ client: { version: "2025-11-25" } }));
    expect(old).rejects.toMatchObject({ code: ERROR_CODES.urlElicitationRequired, data });
    await old.catch(() => {});
  });

  test("listeners hear of what they asked for; a resource is subscribed to once and left by the last", async () => {
    const { session, server, seen } = await opened();
    const [one, two] = [mcpCall(), mcpCall()];
    const all = { toolsListChanged: true, promptsListChanged: true, resourceSubscriptions: ["x:a"] };
    const first = await session.listen(all, one);
    const second = await session.listen({ resourceSubscriptions: ["x:a", "x:b"] }, two);
    expect(first.honoured).toEqual({ toolsListChanged: true, resourceSubscriptions: ["x:a"] });
    server.sendToolListChanged();
    await server.server.sendResourceUpdated({ uri: "x:b" });
    await until("the second hears", () => two.notifications.length > 0);
    expect(one.notifications.map(({ method }) => method)).toEqual(["notifications/tools/list_changed"]);
    expect(two.notifications).toMatchObject([{ method: "notifications/resources/updated", params: { uri: "x:b" } }]);
    first.close();
    second.close();
    await until("it is left", () => seen.uris.length === 4);
    expect(seen.uris).toEqual(["+x:a", "+x:b", "-x:a", "-x:b"]);
  });

  test("when the link is lost, what waits fails and nothing new begins", async () => {
    const { session, link, lost } = await opened();
    const waiting = session.request(callOf("hang"), mcpCall());
    await until("the call is sent", () => requestsOf(link, "tools/call").length === 1);
    link.events?.closed(new LinkLost("The process ended.", { received: true }));
    expect(await waiting.catch((thrown: unknown) => thrown)).toMatchObject({ received: true });
    const next = await session.request(callOf("add"), mcpCall()).catch((thrown: unknown) => thrown);
    expect(next).toMatchObject({ received: false });
    expect(lost).toHaveLength(1);
    expect(session.alive).toBe(false);
  });

  test("more requests than may wait are refused", async () => {
    const { session } = await opened();
    const leaving = new AbortController();
    const calls = Array.from({ length: LIMITS.pending }, () =>
      session.request(callOf("hang"), mcpCall({ signal: leaving.signal })).catch(() => {}),
    );
    const refused = await session.request(callOf("add"), mcpCall()).catch((thrown: unknown) => thrown);
    expect(refused).toBeInstanceOf(McpError);
    leaving.abort();
    await Promise.all(calls);
  });

  test("another replica goes on with the session", async () => {
    const { session, link } = await opened();
    const { handshake } = session;
    const parts = { client: { capabilities: {}, info: {} }, clock: new FakeClock(), limits: LIMITS, shared: false };
    const again = LegacySession.resume({ ...parts, link, firstId: 1000, lost() {} }, handshake);
    expect(textOf(await again.request(callOf("add", { a: 1, b: 2 }), mcpCall()))).toContain("3");
    expect(link.methods().filter((method) => method === "initialize")).toHaveLength(1);
  });
});
