import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { isObject, type JsonObject } from "#src/core/json.ts";
import { EventReader, postModern } from "#tests/support/mcp-ask.ts";
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

async function answerOf(asked: Promise<Response>): Promise<{ status: number; body: JsonObject }> {
  const response = await asked;
  return { status: response.status, body: (await response.json()) as JsonObject };
}

const call = (name: string, args: JsonObject = {}): JsonObject => ({ name, arguments: args });

describe("requests", () => {
  test("are answered with what this version demands of results", async () => {
    expect(await answerOf(postModern(url, "tools/call", call("say", { text: "hi" })))).toEqual({
      status: 200,
      body: { jsonrpc: "2.0", id: 1, result: { resultType: "complete", content: [{ type: "text", text: "hi" }] } },
    });
    const { body } = await answerOf(postModern(url, "tools/list"));
    expect(body).toMatchObject({ result: { resultType: "complete", ttlMs: 1000, cacheScope: "public" } });
  });

  test("discover tells versions, capabilities and identity", async () => {
    const { body } = await answerOf(postModern(url, "server/discover"));
    const { serverInfo, ...said } = server.describe();
    expect(body["result"]).toEqual({
      resultType: "complete",
      ttlMs: 0,
      cacheScope: "private",
      supportedVersions: ["2026-07-28"],
      ...said,
      _meta: { "io.modelcontextprotocol/serverInfo": serverInfo },
    });
  });

  test("progress comes before the result, on one stream", async () => {
    const response = await postModern(url, "tools/call", call("progress"), { meta: { progressToken: "p" } });
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    expect(response.headers.get("x-accel-buffering")).toBe("no");
    const messages = await new EventReader(response).rest();
    expect(
      messages.map(({ method, params, result }) => [
        method,
        isObject(params) && params["progress"],
        result !== undefined,
      ]),
    ).toEqual([
      ["notifications/progress", 1, false],
      ["notifications/progress", 2, false],
      ["notifications/progress", 3, false],
      [undefined, false, true],
    ]);
  });

  test("a client that leaves cancels its call", async () => {
    const leave = new AbortController();
    const before = server.aborted.length;
    const gone = postModern(url, "tools/call", call("hang"), { signal: leave.signal }).catch(() => "left");
    while (stage.gateway.active.count === 0)
      await Promise.resolve().then(() => new Promise((resolve) => setImmediate(resolve)));
    leave.abort();
    expect(await gone).toBe("left");
    while (server.aborted.length === before) await new Promise((resolve) => setImmediate(resolve));
  });
});

describe("what does not fit", () => {
  const codeOf = async (response: Promise<Response>): Promise<[number, unknown]> => {
    const { status, body } = await answerOf(response);
    return [status, isObject(body["error"]) ? body["error"]["code"] : undefined];
  };

  test.each([
    ["no version header", { "mcp-protocol-version": "" }, 400, -32020],
    ["another version in the body", { "mcp-protocol-version": "2025-11-25" }, 400, -32020],
    ["another method", { "mcp-method": "tools/list" }, 400, -32020],
    ["another name", { "mcp-name": "nay" }, 400, -32020],
    ["a name that is not well formed", { "mcp-name": "=?base64?%?=" }, 400, -32020],
  ] as const)("%s in the headers", async (_what, headers, status, code) => {
    expect(await codeOf(postModern(url, "tools/call", call("say"), { headers }))).toEqual([status, code]);
  });

  test("a name in Base64 is read", async () => {
    const headers = { "mcp-name": "=?base64?c2F5?=" };
    expect((await answerOf(postModern(url, "tools/call", call("say"), { headers }))).status).toBe(200);
  });

  test("versions nobody speaks are told which there are", async () => {
    const meta = { "io.modelcontextprotocol/protocolVersion": "1900-01-01" };
    const { status, body } = await answerOf(
      postModern(url, "tools/list", {}, { meta, headers: { "mcp-protocol-version": "1900-01-01" } }),
    );
    expect([status, body["error"]]).toEqual([
      400,
      {
        code: -32022,
        message: "Unsupported protocol version",
        data: {
          supported: ["2026-07-28"],
          requested: "1900-01-01",
        },
      },
    ]);
  });

  test("methods there are none of, capabilities left out, sessions and streams", async () => {
    expect(await codeOf(postModern(url, "nay"))).toEqual([404, -32601]);
    expect(await codeOf(postModern(url, "prompts/list"))).toEqual([404, -32601]);
    expect(await codeOf(postModern(url, "ping"))).toEqual([404, -32601]);
    const meta = { "io.modelcontextprotocol/clientCapabilities": [] };
    expect(await codeOf(postModern(url, "tools/list", {}, { meta }))).toEqual([400, -32602]);
    for (const method of ["GET", "DELETE"]) {
      const response = await fetch(url, { method, headers: { "mcp-protocol-version": "2026-07-28" } });
      expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
    }
  });

  test("bodies that are no messages", async () => {
    const post = (body: string): Promise<Response> => fetch(url, { method: "POST", body });
    expect(await codeOf(post("{"))).toEqual([400, -32700]);
    expect(await codeOf(post("\u0000"))).toEqual([400, -32700]);
    expect(await codeOf(post("[]"))).toEqual([400, -32600]);
    expect(await codeOf(post('{"id":1}'))).toEqual([400, -32600]);
    expect(await codeOf(post('{"jsonrpc":"2.0","id":{},"method":"a"}'))).toEqual([400, -32600]);
    expect(
      await codeOf(post(`{"jsonrpc":"2.0","id":1,"method":"a","params":${"[".repeat(300)}${"]".repeat(300)}}`)),
    ).toEqual([400, -32600]);
  });
});

describe("questions", () => {
  const capabilities = { elicitation: {}, roots: {} };

  async function first(name: string): Promise<JsonObject> {
    const { body } = await answerOf(postModern(url, "tools/call", call(name), { capabilities }));
    const { result } = body;
    if (!isObject(result)) throw new Error(JSON.stringify(body));
    return result;
  }

  async function retry(name: string, state: JsonObject[string] | undefined, inputResponses: JsonObject) {
    const params = { ...call(name), inputResponses, requestState: state ?? null };
    return answerOf(postModern(url, "tools/call", params, { capabilities }));
  }

  test("of a call that waits are asked together, and the call goes on with the answers", async () => {
    const result = await first("ask");
    expect(result["resultType"]).toBe("input_required");
    const { inputRequests, requestState } = result;
    const [elicit = "", roots = ""] = Object.keys(isObject(inputRequests) ? inputRequests : {});
    expect(isObject(inputRequests) && inputRequests[elicit]).toMatchObject({ method: "elicitation/create" });
    const answers = { [elicit]: { action: "accept", content: { name: "Ada" } }, [roots]: { roots: [] } };
    const half = await retry("ask", requestState, { [elicit]: answers[elicit] ?? null });
    expect(half.body).toMatchObject({
      result: { resultType: "input_required", inputRequests: { [roots]: { method: "roots/list" } } },
    });
    const state = isObject(half.body["result"]) ? half.body["result"]["requestState"] : undefined;
    const whole = await retry("ask", state, answers);
    expect(whole.body).toMatchObject({
      result: { content: [{ text: '[{"action":"accept","content":{"name":"Ada"}},{"roots":[]}]' }] },
    });
    expect((await retry("ask", state, answers)).body).toMatchObject({ error: { code: -32602 } });
  });

  test("of a stateless server keep its state sealed", async () => {
    const result = await first("stateless-ask");
    const { requestState } = result;
    expect(requestState).not.toContain("own");
    const { body } = await retry("stateless-ask", requestState, { who: { action: "decline" } });
    expect(body).toMatchObject({ result: { content: [{ text: `[{"action":"decline"},"the server's own"]` }] } });
  });

  test("states of other requests, and forged ones, are refused", async () => {
    const { requestState } = await first("stateless-ask");
    expect((await retry("ask", requestState, {})).body).toMatchObject({ error: { code: -32602 } });
    expect((await retry("stateless-ask", "the server's own", {})).body).toMatchObject({ error: { code: -32602 } });
    const changed = `${JSON.stringify(requestState).slice(1, -3)}AA`;
    expect((await retry("stateless-ask", changed, {})).body).toMatchObject({ error: { code: -32602 } });
  });

  test("are not asked of a client that cannot answer", async () => {
    const { status, body } = await answerOf(postModern(url, "tools/call", call("ask")));
    expect([status, body["error"]]).toMatchObject([
      400,
      { code: -32021, data: { requiredCapabilities: { elicitation: {} } } },
    ]);
  });
});

describe("subscriptions/listen", () => {
  test("begins with what is honoured, then tells what was asked for alone", async () => {
    const notifications = { toolsListChanged: true, promptsListChanged: true, resourceSubscriptions: ["file:///a"] };
    const reader = new EventReader(await postModern(url, "subscriptions/listen", { notifications }, { id: "sub" }));
    const tagged = { "io.modelcontextprotocol/subscriptionId": "sub" };
    expect(await reader.message()).toEqual({
      jsonrpc: "2.0",
      method: "notifications/subscriptions/acknowledged",
      params: { _meta: tagged, notifications: { toolsListChanged: true, resourceSubscriptions: ["file:///a"] } },
    });
    for (const uri of ["file:///b", "file:///a"])
      server.tell({ method: "notifications/resources/updated", params: { uri } });
    expect(await reader.message()).toMatchObject({
      method: "notifications/resources/updated",
      params: { uri: "file:///a", _meta: tagged },
    });
    server.tell({ method: "notifications/prompts/list_changed", params: {} });
    server.tell({ method: "notifications/tools/list_changed", params: {} });
    expect(await reader.message()).toMatchObject({ method: "notifications/tools/list_changed" });
    await reader.close();
  });

  test("goes on when another server takes the place, and ends when it is gone", async () => {
    const moving = await mcpStage({ servers: { one: new EverythingServer() } });
    const reader = new EventReader(
      await postModern(moving.url("one"), "subscriptions/listen", { notifications: { toolsListChanged: true } }),
    );
    await reader.message();
    const next = new EverythingServer(["say"]);
    await moving.apply({ one: next, two: new EverythingServer() });
    expect(await reader.message()).toMatchObject({ method: "notifications/tools/list_changed" });
    expect(next.listeners.size).toBe(1);
    await moving.apply({ two: next });
    expect(await reader.message()).toMatchObject({ id: 1, result: { resultType: "complete" } });
    expect(await reader.message()).toBeUndefined();
    expect(next.listeners.size).toBe(0);
    await moving[Symbol.asyncDispose]();
  });
});
