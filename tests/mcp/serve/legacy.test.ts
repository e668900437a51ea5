import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { isObject, type JsonObject } from "#src/core/json.ts";
import { EventReader, initialize, postLegacy } from "#tests/support/mcp-ask.ts";
import { EverythingServer } from "#tests/support/mcp-everything.ts";
import { type McpStage, mcpStage } from "#tests/support/mcp-stage.ts";

let stage: McpStage;
let server: EverythingServer;
let url: URL;

beforeAll(async () => {
  server = new EverythingServer();
  stage = await mcpStage({ servers: { all: server } });
  url = stage.url("all");
});

afterAll(() => stage[Symbol.asyncDispose]());

type Headers = Readonly<Record<string, string>>;

const call = (id: string | number, name: string, args: JsonObject = {}, meta?: JsonObject): JsonObject => ({
  jsonrpc: "2.0",
  id,
  method: "tools/call",
  params: { name, arguments: args, ...(meta === undefined ? {} : { _meta: meta }) },
});

const jsonOf = async (response: Response): Promise<JsonObject> => (await response.json()) as JsonObject;

async function getStream(headers: Headers, more: Headers = {}): Promise<EventReader> {
  return new EventReader(await fetch(url, { headers: { accept: "text/event-stream", ...headers, ...more } }));
}

/** Until something has happened in this process: nothing tells of it. */
async function until(happened: () => boolean): Promise<void> {
  while (!happened()) await new Promise((resolve) => setImmediate(resolve));
}

describe("initialize", () => {
  test.each(["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"])("speaks %s when asked to", async (version) => {
    const params = { protocolVersion: version, capabilities: {}, clientInfo: { name: "t", version: "1" } };
    const response = await postLegacy(url, { jsonrpc: "2.0", id: 1, method: "initialize", params });
    expect(response.headers.get("mcp-session-id")).toMatch(/^[\w.~-]{40,}$/);
    const { result } = await jsonOf(response);
    expect(result).toEqual({
      protocolVersion: version,
      capabilities: server.describe().capabilities,
      serverInfo: { name: "everything", version: "1" },
      instructions: "Call anything.",
    });
  });

  test("offers its newest version to a client of a version it does not know", async () => {
    const params = { protocolVersion: "2099-01-01", capabilities: {} };
    const response = await postLegacy(url, { jsonrpc: "2.0", id: 1, method: "initialize", params });
    expect(await jsonOf(response)).toMatchObject({ result: { protocolVersion: "2025-11-25" } });
  });

  test("needs a version", async () => {
    const response = await postLegacy(url, { jsonrpc: "2.0", id: 7, method: "initialize", params: {} });
    expect(await jsonOf(response)).toMatchObject({ id: 7, error: { code: -32602 } });
  });
});

describe("a session", () => {
  test("answers without what came later, and knows its own methods", async () => {
    const old = await initialize(url, "2024-11-05");
    const list = await jsonOf(await postLegacy(url, { jsonrpc: "2.0", id: 1, method: "tools/list" }, old));
    const { result } = list;
    expect(isObject(result) && Object.keys(result)).toEqual(["tools"]);
    expect(JSON.stringify(result)).not.toContain('"title"');
    for (const method of ["ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"]) {
      const params = { level: "warning", uri: "file:///a" };
      expect(await jsonOf(await postLegacy(url, { jsonrpc: "2.0", id: 2, method, params }, old))).toMatchObject({
        result: {},
      });
    }
    expect(await jsonOf(await postLegacy(url, { jsonrpc: "2.0", id: 3, method: "nay" }, old))).toMatchObject({
      error: { code: -32601 },
    });
  });

  test("ends with DELETE", async () => {
    const session = await initialize(url);
    const gone = await fetch(url, { method: "DELETE", headers: session });
    expect(gone.status).toBe(204);
    expect(server.endedSessions.length).toBeGreaterThan(0);
    expect((await postLegacy(url, call(1, "say"), session)).status).toBe(404);
    expect((await fetch(url, { headers: session })).status).toBe(404);
  });

  test("is nobody else's to make up", async () => {
    const { "mcp-session-id": id = "" } = await initialize(url);
    for (const forged of ["x", `${id.slice(0, -2)}AA`, crypto.randomUUID()])
      expect((await postLegacy(url, call(1, "say"), { "mcp-session-id": forged })).status).toBe(404);
  });

  test("runs a call that comes twice once", async () => {
    const session = await initialize(url);
    expect(await jsonOf(await postLegacy(url, call(5, "say", { text: "a" }), session))).toMatchObject({ result: {} });
    expect(await jsonOf(await postLegacy(url, call(5, "say", { text: "a" }), session))).toMatchObject({
      error: { code: -32600 },
    });
    expect(await jsonOf(await postLegacy(url, call("5", "say", { text: "a" }), session))).toMatchObject({ result: {} });
  });

  test("can be done without by a client that asks no more than once", async () => {
    expect(await jsonOf(await postLegacy(url, call(1, "say", { text: "hi" })))).toMatchObject({
      result: { content: [{ text: "hi" }] },
    });
  });
});

describe("streams", () => {
  test("carry progress, and can be read again from any event", async () => {
    const session = await initialize(url);
    const response = await postLegacy(url, call(1, "progress", {}, { progressToken: "p" }), session);
    const reader = new EventReader(response);
    const events = [];
    for (let next = await reader.next(); next !== undefined; next = await reader.next()) events.push(next);
    expect(events.map(({ data }) => data === "")).toEqual([true, false, false, false, false]);
    for (const [at, { id }] of events.entries()) {
      const again = await getStream(session, { "last-event-id": id ?? "" });
      const rest = [];
      for (let next = await again.next(); next !== undefined; next = await again.next()) rest.push(next);
      expect(rest).toEqual(events.slice(at + 1));
    }
  });

  test("that are gone are told from those there are", async () => {
    const session = await initialize(url);
    for (const id of ["g.999-0", "nothing", "p0.1-1"])
      expect((await fetch(url, { headers: { ...session, "last-event-id": id } })).status).toBe(404);
    expect((await fetch(url)).status).toBe(400);
  });

  test("a call goes on when its client loses the connection, and is read from another", async () => {
    const session = await initialize(url, "2025-11-25", { elicitation: {}, roots: {} });
    const reader = new EventReader(await postLegacy(url, call(1, "ask"), session));
    const begin = await reader.next();
    const questions = [await reader.message(), await reader.message()];
    await reader.close();
    for (const question of questions) {
      const result = question?.["method"] === "roots/list" ? { roots: [] } : { action: "decline" };
      const answered = await postLegacy(url, { jsonrpc: "2.0", id: question?.["id"] ?? null, result }, session);
      expect(answered.status).toBe(202);
    }
    const again = await getStream(session, { "last-event-id": begin?.id ?? "" });
    expect((await again.rest()).at(-1)).toMatchObject({
      id: 1,
      result: { content: [{ text: '[{"action":"decline"},{"roots":[]}]' }] },
    });
  });

  test("the standing one tells of changes, and belongs to the client that came last", async () => {
    const session = await initialize(url);
    const before = server.listeners.size;
    const first = await getStream(session);
    await until(() => server.listeners.size === before + 1);
    server.tell({ method: "notifications/tools/list_changed", params: {} });
    expect(await first.message()).toMatchObject({ method: "notifications/tools/list_changed" });
    const second = await getStream(session);
    expect(await first.message()).toBeUndefined();
    await until(() => server.listeners.size === before + 1);
    await postLegacy(
      url,
      { jsonrpc: "2.0", id: 9, method: "resources/subscribe", params: { uri: "file:///a" } },
      session,
    );
    await until(() =>
      [...server.listeners.values()].some((filter) => filter.resourceSubscriptions?.[0] === "file:///a"),
    );
    server.tell({ method: "notifications/resources/updated", params: { uri: "file:///a" } });
    expect(await second.message()).toMatchObject({ params: { uri: "file:///a" } });
    await second.close();
    await until(() => server.listeners.size === before);
  });
});

describe("questions", () => {
  test("of a server of the other era are asked one by one", async () => {
    const session = await initialize(url, "2025-06-18", { elicitation: {} });
    const reader = new EventReader(await postLegacy(url, call(1, "stateless-ask"), session));
    const question = await reader.message();
    expect(question).toMatchObject({ method: "elicitation/create", params: { message: "Who?" } });
    await postLegacy(
      url,
      { jsonrpc: "2.0", id: question?.["id"] ?? null, result: { action: "accept", content: {} } },
      session,
    );
    expect(await reader.message()).toMatchObject({
      result: { content: [{ text: `[{"action":"accept","content":{}},"the server's own"]` }] },
    });
  });

  test("that the client refuses fail the call with its words", async () => {
    const session = await initialize(url, "2025-06-18", { elicitation: {}, roots: {} });
    const reader = new EventReader(await postLegacy(url, call(1, "ask"), session));
    const question = await reader.message();
    const error = { code: -1, message: "not now" };
    await postLegacy(url, { jsonrpc: "2.0", id: question?.["id"] ?? null, error }, session);
    expect((await reader.rest()).at(-1)).toMatchObject({ id: 1, error });
  });

  test("are answered by nobody else's session", async () => {
    const session = await initialize(url, "2025-06-18", { elicitation: {}, roots: {} });
    const other = await initialize(url, "2025-06-18");
    const reader = new EventReader(await postLegacy(url, call(1, "stateless-ask"), session));
    const question = await reader.message();
    const id = question?.["id"] ?? null;
    await postLegacy(url, { jsonrpc: "2.0", id, result: { action: "accept", content: { name: "Eve" } } }, other);
    await postLegacy(url, { jsonrpc: "2.0", id, result: { action: "decline" } }, session);
    expect(JSON.stringify(await reader.message())).not.toContain("Eve");
  });
});

test("a client that takes no stream is not asked", async () => {
  const session = await initialize(url, "2025-06-18", { elicitation: {}, roots: {} });
  const response = await postLegacy(url, call(1, "ask"), { ...session, accept: "application/json" });
  expect(await jsonOf(response)).toMatchObject({ id: 1, error: { code: -32021 } });
});

test("a client without a session that leaves cancels its call", async () => {
  const before = server.aborted.length;
  const leave = new AbortController();
  const gone = fetch(url, { method: "POST", body: JSON.stringify(call(1, "hang")), signal: leave.signal }).catch(
    () => {},
  );
  await until(() => stage.gateway.active.count > 0);
  leave.abort();
  await gone;
  await until(() => server.aborted.length > before);
});

test("a cancelled call ends", async () => {
  const session = await initialize(url);
  const before = server.aborted.length;
  const answer = postLegacy(url, call("h", "hang"), session);
  await until(() => stage.gateway.active.count > 0);
  const cancel = { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: "h" } };
  // The call may not have begun when the first one comes.
  while (server.aborted.length === before) await postLegacy(url, cancel, session);
  expect(await jsonOf(await answer)).toMatchObject({ id: "h", error: {} });
  expect(server.aborted.length).toBe(before + 1);
});

test("2025-03-26 takes messages in lists, other versions do not", async () => {
  const session = await initialize(url, "2025-03-26");
  const list = [
    call(1, "say", { text: "a" }),
    { jsonrpc: "2.0", method: "notifications/initialized" },
    call(2, "say", { text: "b" }),
  ];
  const answers: unknown = await (await postLegacy(url, list, session)).json();
  expect(Array.isArray(answers) && answers.length).toBe(2);
  expect((await postLegacy(url, [{ jsonrpc: "2.0", method: "notifications/initialized" }], session)).status).toBe(202);
  const later = await initialize(url, "2025-06-18");
  expect((await postLegacy(url, list, later)).status).toBe(400);
});

test("notifications of the client reach the server", async () => {
  const session = await initialize(url);
  const told = await postLegacy(url, { jsonrpc: "2.0", method: "notifications/roots/list_changed" }, session);
  expect(told.status).toBe(202);
  expect(server.notifications).toEqual([{ method: "notifications/roots/list_changed", params: {} }]);
});

describe("HTTP+SSE", () => {
  test("tells where to post, and everything comes by the stream", async () => {
    const reader = new EventReader(await fetch(`${url.href}/sse`, { headers: { accept: "text/event-stream" } }));
    const endpoint = await reader.next();
    expect([endpoint?.event, endpoint?.data.startsWith("/all?sessionId=")]).toEqual(["endpoint", true]);
    const post = new URL(endpoint?.data ?? "", url);
    const params = { protocolVersion: "2024-11-05", capabilities: {}, clientInfo: { name: "t", version: "1" } };
    expect((await postLegacy(post, { jsonrpc: "2.0", id: 0, method: "initialize", params })).status).toBe(202);
    expect(await reader.message()).toMatchObject({ id: 0, result: { protocolVersion: "2024-11-05" } });
    await postLegacy(post, call(1, "progress", {}, { progressToken: 1 }));
    const seen = [await reader.message(), await reader.message(), await reader.message(), await reader.message()];
    expect(seen.at(-1)).toMatchObject({ id: 1, result: { content: [{ text: "done" }] } });
    const ended = server.endedSessions.length;
    await reader.close();
    await until(() => server.endedSessions.length > ended);
    expect((await postLegacy(post, call(2, "say"))).status).toBe(404);
  });
});
