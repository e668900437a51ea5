import { describe, expect, test } from "bun:test";
import type { JsonObject } from "#src/core/json.ts";
import { ERROR_CODES, McpError, META } from "#src/core/mcp/messages.ts";
import { mcpCall } from "#tests/support/mcp-call.ts";
import {
  errorAnswer,
  eventAnswer,
  jsonAnswer,
  modern,
  noAnswer,
  type Received,
  resultAnswer,
  scripted,
} from "#tests/support/mcp-upstream.ts";
import { until } from "#tests/support/until.ts";

const CALL = { method: "tools/call", params: { name: "t", arguments: { city: "Zürich" } } };
const LIST = { method: "tools/list", params: {} };
const RESULT: JsonObject = { resultType: "complete", content: [{ type: "text", text: "grüezi" }] };

const fault = (asking: unknown) =>
  Promise.resolve(asking).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );

/** An answer as a stream: three notifications, then the result. */
function streamOf({ id }: Received): string {
  const notes = [1, 2, 3].map((progress) => ({
    jsonrpc: "2.0",
    method: "notifications/progress",
    params: { progressToken: "p", progress },
  }));
  const messages = [...notes, { jsonrpc: "2.0", id, result: RESULT }];
  return messages.map((message) => `: alive\n\nevent: message\ndata: ${JSON.stringify(message)}\n\n`).join("");
}

describe("a request to a server of 2026-07-28", () => {
  test("says in headers and _meta what the revision wants, as the client sent it", async () => {
    const up = await scripted(
      modern((request) => resultAnswer(request, RESULT)),
      { headers: { "X-Api-Key": "k" } },
    );
    const call = mcpCall({
      client: { capabilities: { sampling: {} }, info: { name: "c", version: "2" } },
      headers: { authorization: "Bearer the-client's", cookie: "a=b" },
    });
    const params = {
      ...CALL.params,
      _meta: { progressToken: 7, [META.logLevel]: "info", [META.protocolVersion]: "2025-11-25" },
    };
    expect(await up.server.handle({ method: "tools/call", params }, call)).toEqual(RESULT);
    const sent = up.received[1];
    expect(Object.fromEntries(sent?.headers ?? [])).toMatchObject({
      accept: "application/json, text/event-stream",
      "content-type": "application/json",
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": "tools/call",
      "mcp-name": "t",
      "x-api-key": "k",
    });
    expect(sent?.headers.get("authorization")).toBeNull();
    expect(sent?.headers.get("cookie")).toBeNull();
    expect(sent?.message["params"]).toEqual({
      ...CALL.params,
      _meta: {
        progressToken: 7,
        [META.logLevel]: "info",
        [META.protocolVersion]: "2026-07-28",
        [META.clientInfo]: { name: "c", version: "2" },
        [META.clientCapabilities]: { sampling: {} },
      },
    });
  });

  test("encodes names that no header can carry", async () => {
    const up = await scripted(modern((request) => resultAnswer(request, {})));
    await up.server.handle({ method: "resources/read", params: { uri: "x:größe" } }, mcpCall());
    expect(up.received[1]?.headers.get("mcp-name")).toBe("=?base64?eDpncsO2w59l?=");
  });

  test("a streamed answer is relayed as it comes, in order", async () => {
    const up = await scripted(modern((request) => eventAnswer(streamOf(request))));
    const call = mcpCall();
    expect(await up.server.handle(CALL, call)).toEqual(RESULT);
    expect(call.notifications.map(({ params }) => params["progress"])).toEqual([1, 2, 3]);
  });

  test("a notification reaches the client before the answer is there", async () => {
    const rest = Promise.withResolvers<void>();
    const up = await scripted(
      modern((request) => {
        const text = streamOf(request);
        const at = text.lastIndexOf(": alive");
        const encoder = new TextEncoder();
        const body = new ReadableStream<Uint8Array>({
          async start(controller) {
            controller.enqueue(encoder.encode(text.slice(0, at)));
            await rest.promise;
            controller.enqueue(encoder.encode(text.slice(at)));
            controller.close();
          },
        });
        return new Response(body, { headers: { "content-type": "text/event-stream" } });
      }),
    );
    const call = mcpCall();
    const result = up.server.handle(CALL, call);
    await until("the notifications have come", () => call.notifications.length === 3);
    rest.resolve();
    expect(await result).toEqual(RESULT);
  });

  test("a stream cut anywhere fails a call, which is not sent twice; a list is asked for once more", async () => {
    const length = streamOf({ id: 1 } as Received).length + 1;
    for (let cut = 0; cut < length; cut += cut % 7 === 0 ? 1 : 3) {
      let posts = 0;
      const up = await scripted(
        modern((request) => {
          posts++;
          const text = streamOf(request);
          return eventAnswer(
            text,
            request.method === "tools/call" || posts === 1 ? Math.min(cut, text.length - 2) : undefined,
          );
        }),
      );
      expect(await up.server.handle(LIST, mcpCall())).toEqual(RESULT);
      expect(posts).toBe(2);
      const error = await fault(up.server.handle(CALL, mcpCall()));
      expect(error).toBeInstanceOf(McpError);
      expect(posts).toBe(3);
    }
  });

  test.each<[string, (request: Received) => Response]>([
    ["a page", () => new Response("<html>secret</html>", { headers: { "content-type": "text/html" } })],
    ["no JSON", () => new Response("{secret", { headers: { "content-type": "application/json" } })],
    ["an answer to something else", () => jsonAnswer({ jsonrpc: "2.0", id: "other", result: {} })],
    ["neither result nor error", ({ id }) => jsonAnswer({ jsonrpc: "2.0", id })],
    ["a list", () => jsonAnswer([])],
    ["nothing", () => new Response(null, { status: 202 })],
    [
      "an answer nested too deeply",
      ({ id }) =>
        new Response(
          `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{"a":${"[".repeat(600)}${"]".repeat(600)}}}`,
          { headers: { "content-type": "application/json" } },
        ),
    ],
    ["an answer that is too large", (request) => resultAnswer(request, { text: "x".repeat(3000) })],
    ["an event that is too large", () => eventAnswer(`data: ${"x".repeat(3000)}\n\n`)],
    ["an event that is no JSON", () => eventAnswer("data: {secret\n\n")],
    ["a stream without an answer", () => eventAnswer(": alive\n\n")],
    ["500 and a page", () => new Response("secret", { status: 500 })],
  ])("%s in place of an answer is an error that quotes nothing, and the call is not sent twice", async (_, answer) => {
    const up = await scripted(modern(answer), { maxMessageSize: 2000 });
    const error = await fault(up.server.handle(CALL, mcpCall()));
    expect(error).toBeInstanceOf(McpError);
    expect(String(error)).not.toContain("secret");
    expect(up.methods()).toEqual(["server/discover", "tools/call"]);
  });

  test("an error keeps its code, message and data", async () => {
    const data = { requiredCapabilities: { sampling: {} } };
    const up = await scripted(modern((request) => errorAnswer(request, 400, ERROR_CODES.missingCapability, data)));
    const error = await fault(up.server.handle(CALL, mcpCall()));
    expect(error).toMatchObject({ code: ERROR_CODES.missingCapability, message: "code -32021", data });
  });

  test("input_required goes through as it is, and its answers go back", async () => {
    const required = {
      resultType: "input_required",
      inputRequests: { a: { method: "roots/list" } },
      requestState: "s",
    };
    const up = await scripted(modern((request) => resultAnswer(request, required)));
    const params = { ...CALL.params, inputResponses: { a: { roots: [] } }, requestState: "before" };
    expect(await up.server.handle({ method: "tools/call", params }, mcpCall())).toEqual(required);
    expect(up.received[1]?.message["params"]).toMatchObject(params);
  });

  test("silence ends it; a sign of life begins the wait anew", async () => {
    let alive = (): void => {};
    const up = await scripted(
      modern((request) => {
        if (request.method === "tools/list") return noAnswer(request);
        const body = new ReadableStream<Uint8Array>({
          start(controller) {
            alive = () => controller.enqueue(new TextEncoder().encode(": alive\n\n"));
          },
        });
        return new Response(body, { headers: { "content-type": "text/event-stream" } });
      }),
      { timeout: 1000, totalTimeout: 2500 },
    );
    const listing = fault(up.server.handle(LIST, mcpCall()));
    await until("it is asked", () => up.methods().includes("tools/list"));
    up.clock.advance(1000);
    expect(String(await listing)).toContain("within 1 s");
    const calling = fault(up.server.handle(CALL, mcpCall()));
    await until("it is asked", () => up.methods().includes("tools/call"));
    for (let turn = 0; turn < 3; turn++) {
      up.clock.advance(800);
      alive();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    up.clock.advance(100);
    expect(String(await calling)).toContain("within 2.5 s");
    expect(up.clock.pending).toBe(0);
  });

  test("a client that leaves closes the request", async () => {
    const up = await scripted(modern(noAnswer));
    const leaving = new AbortController();
    const calling = fault(up.server.handle(CALL, mcpCall({ signal: leaving.signal })));
    await until("it is asked", () => up.methods().includes("tools/call"));
    leaving.abort();
    expect(await calling).toBeInstanceOf(McpError);
    expect(up.received[1]?.signal.aborted).toBe(true);
    expect(up.clock.pending).toBe(0);
  });
});

describe("headers of a tool's arguments", () => {
  const tool = (name: string, properties: JsonObject): JsonObject => ({
    name,
    inputSchema: { type: "object", properties },
  });
  const marked = { city: { type: "string", "x-mcp-header": "City" } };

  test("are made from the schema once the tool is known; the client's are handed on before", async () => {
    const up = await scripted(
      modern((request) =>
        resultAnswer(request, request.method === "tools/list" ? { tools: [tool("t", marked)] } : RESULT),
      ),
    );
    const call = () => mcpCall({ headers: { "mcp-param-city": "from the client", "mcp-param-other": "x" } });
    await up.server.handle(CALL, call());
    await up.server.handle(LIST, call());
    // A client of another version mirrors nothing.
    await up.server.handle(CALL, mcpCall({ client: { version: "2025-11-25" } }));
    const [, before, , after] = up.received;
    expect(before?.headers.get("mcp-param-city")).toBe("from the client");
    expect(after?.headers.get("mcp-param-city")).toBe("=?base64?WsO8cmljaA==?=");
    expect(after?.headers.get("mcp-param-other")).toBeNull();
  });

  test("a server that misses them is asked for its tools, and the call is sent again", async () => {
    const up = await scripted(
      modern((request) => {
        if (request.method === "tools/list") return resultAnswer(request, { tools: [tool("t", marked)] });
        const has = request.headers.has("mcp-param-city");
        return has ? resultAnswer(request, RESULT) : errorAnswer(request, 400, ERROR_CODES.headerMismatch);
      }),
    );
    expect(await up.server.handle(CALL, mcpCall())).toEqual(RESULT);
    expect(up.methods()).toEqual(["server/discover", "tools/call", "tools/list", "tools/call"]);
  });

  test("a tool whose marks are wrong is not shown, and the log says why", async () => {
    const tools = [tool("good", marked), tool("bad", { size: { type: "number", "x-mcp-header": "Size" } })];
    const up = await scripted(modern((request) => resultAnswer(request, { tools })));
    expect(await up.server.handle(LIST, mcpCall())).toEqual({ tools: [tools[0] ?? {}] });
    expect(up.logged.join()).toContain("bad");
  });
});
