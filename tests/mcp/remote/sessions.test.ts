import { describe, expect, test } from "bun:test";
import type { UpstreamCredentials } from "#mcp/auth/upstream/credentials.ts";
import { HttpDoor } from "#mcp/remote/http-door.ts";
import { LegacySession } from "#mcp/remote/legacy-session.ts";
import { StreamableHttpLink } from "#mcp/remote/streamable-http-link.ts";
import type { JsonObject } from "#src/core/json.ts";
import { McpError, META, SessionLost } from "#src/core/mcp/messages.ts";
import type { McpSession } from "#src/core/mcp/server.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { mcpWorld } from "#tests/support/mcp-world.ts";
import { type CallParts, mcpCall } from "#tests/support/mcp-call.ts";
import {
  type Answerer,
  errorAnswer,
  legacy,
  modern,
  noAnswer,
  receivedOf,
  resultAnswer,
  scripted,
  UPSTREAM,
} from "#tests/support/mcp-upstream.ts";
import { until } from "#tests/support/until.ts";

const LIST = { method: "tools/list", params: {} };
const CALL = { method: "tools/call", params: { name: "t", arguments: {} } };

/** Answers with the session that was used. */
const whose: Answerer = (request) => resultAnswer(request, { session: request.headers.get("mcp-session-id") });

/** A client's session; its values are where every replica finds them. */
function clientSession(id: string): McpSession & { readonly values: Map<string, string>; end(): void } {
  const values = new Map<string, string>();
  const ending = new AbortController();
  return {
    id,
    values,
    get: async (key) => values.get(key),
    set: async (key, value) => void values.set(key, value),
    ended: ending.signal,
    end: () => ending.abort(),
  };
}

const old: CallParts = {
  client: { version: "2025-11-25", capabilities: { roots: {} }, info: { name: "c", version: "1" } },
};

const fault = (asking: unknown): Promise<unknown> =>
  Promise.resolve(asking).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );

describe("sessions for clients without one", () => {
  test("are shared by calls of one subject with the same capabilities, and by nobody else", async () => {
    const up = await scripted(legacy(whose));
    const ask = async (subject: string, capabilities: JsonObject) =>
      (await up.server.handle(LIST, mcpCall({ caller: { subject }, client: { capabilities } })))["session"];
    expect(await ask("a", {})).toBe("s1");
    expect(await ask("a", {})).toBe("s1");
    expect(await ask("b", {})).toBe("s2");
    expect(await ask("a", { sampling: {} })).toBe("s3");
    expect(await ask("b", {})).toBe("s2");
  });

  test("calls that come together open one", async () => {
    const up = await scripted(legacy(whose));
    await Promise.all(Array.from({ length: 5 }, async () => up.server.handle(LIST, mcpCall())));
    expect(up.methods().filter((method) => method === "initialize")).toHaveLength(1);
  });

  test("are ended when nobody used them for a while, and when the server closes", async () => {
    const up = await scripted(legacy(whose), { sessionIdle: 10_000 });
    await up.server.handle(LIST, mcpCall());
    up.clock.advance(10_000);
    await until("it is ended", () => up.methods().includes("DELETE"));
    expect(up.received.at(-1)?.headers.get("mcp-session-id")).toBe("s1");
    expect((await up.server.handle(LIST, mcpCall()))["session"]).toBe("s2");
    await up.server.close();
    expect(up.received.at(-1)).toMatchObject({ http: "DELETE" });
    expect(up.clock.pending).toBe(0);
  });

  test("beyond their limit the one that was not used longest goes; when all are in use a call is refused", async () => {
    const up = await scripted(
      legacy((request) => (request.method === "tools/call" ? noAnswer(request) : whose(request))),
      { maxSessions: 2 },
    );
    const of = (subject: string, signal?: AbortSignal) => mcpCall({ caller: { subject }, ...(signal && { signal }) });
    for (const subject of ["a", "b", "c"]) await up.server.handle(LIST, of(subject));
    await until("the first is ended", () => up.methods().includes("DELETE"));
    const leaving = new AbortController();
    const calls = ["b", "c"].map((subject) => fault(up.server.handle(CALL, of(subject, leaving.signal))));
    await until("both are in use", () => up.methods().filter((method) => method === "tools/call").length === 2);
    expect(String(await fault(up.server.handle(LIST, of("d"))))).toContain("Too many sessions");
    leaving.abort();
    await Promise.all(calls);
  });

  test.each([
    ["404", 404, -32001],
    ["400 in words", 400, -32000],
  ])(
    "one that the server has forgotten (%s) is replaced, and what it did not look at is sent anew",
    async (_, status, code) => {
      let forgotten = "";
      const up = await scripted(
        legacy((request) => {
          if (request.headers.get("mcp-session-id") !== forgotten) return whose(request);
          if (status === 404) return errorAnswer(request, status, code);
          const error = { code, message: "Bad Request: No valid session ID provided" };
          return Response.json({ jsonrpc: "2.0", id: null, error }, { status });
        }),
      );
      await up.server.handle(LIST, mcpCall());
      forgotten = "s1";
      expect(await up.server.handle(CALL, mcpCall())).toEqual({ session: "s2" });
    },
  );

  test("go on with the credentials of whoever asks now", async () => {
    const shown: (string | undefined)[] = [];
    const credentials: UpstreamCredentials = {
      contextOf: () => "",
      authorize: async (_, call) => void shown.push(call.caller.token),
      rejected: async () => false,
      close() {},
    };
    const clock = new FakeClock();
    const log = { info() {}, warn() {}, error() {} };
    const { transport } = mcpWorld({
      fetch: async (url, init) => legacy(whose)(receivedOf(url, init)),
    });
    const door = new HttpDoor({ name: "up", transport, log, credentials: [credentials], connectTimeout: 0 });
    const link = new StreamableHttpLink({ url: UPSTREAM, door, clock, limit: 1000, call: mcpCall() });
    const session = LegacySession.resume(
      {
        link,
        client: { capabilities: {}, info: {} },
        clock,
        limits: { idle: 0, total: 0, pending: 8 },
        shared: true,
        firstId: 1,
        lost() {},
      },
      { version: "2025-11-25", description: { capabilities: {}, serverInfo: {} } },
    );
    for (const token of ["old", "new"]) await session.request(LIST, mcpCall({ caller: { token } }));
    expect(shown).toEqual(["old", "new"]);
  });

  test.each(["notifications/initialized", "DELETE"])(
    "a server that never accepts %s holds nobody up",
    async (stuck) => {
      const rest = legacy(whose);
      const up = await scripted((request) =>
        request.method === stuck || request.http === stuck ? noAnswer(request) : rest(request),
      );
      const work = (async () => {
        await fault(up.server.handle(LIST, mcpCall()));
        await up.server.close();
      })();
      let over = false;
      void work.then(() => (over = true));
      await until("it is given up", () => {
        if (up.methods().includes(stuck)) up.clock.advance(1000);
        return over;
      });
      expect(up.clock.pending).toBe(0);
    },
  );

  test("a handshake that fails leaves no session behind", async () => {
    let well = false;
    const up = await scripted((request) =>
      well || request.method !== "initialize" ? legacy(whose)(request) : errorAnswer(request, 200, -32603),
    );
    expect(await fault(up.server.handle(LIST, mcpCall()))).toMatchObject({ code: -32603 });
    well = true;
    expect(await up.server.handle(LIST, mcpCall())).toEqual({ session: "s1" });
  });
});

describe("the log of a server that writes it to the session's own stream", () => {
  test("is heard until a moment after the answer, by the client of 2026-07-28 that asked for it alone", async () => {
    let say: (message: JsonObject) => void = () => {};
    const line = (data: string): JsonObject => ({
      jsonrpc: "2.0",
      method: "notifications/message",
      params: { level: "info", data },
    });
    const up = await scripted(
      legacy(
        (request) => {
          if (request.method !== "tools/call") return resultAnswer(request, {});
          say(line("working"));
          queueMicrotask(() => setTimeout(() => say(line("done")), 0));
          return resultAnswer(request, { content: [] });
        },
        { tools: {}, logging: {} },
        () => {
          const body = new ReadableStream<Uint8Array>({
            start(controller) {
              say = (message) => controller.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(message)}\n\n`));
            },
          });
          return new Response(body, { headers: { "content-type": "text/event-stream" } });
        },
      ),
    );
    const call = mcpCall();
    const params = { ...CALL.params, _meta: { [META.logLevel]: "info" } };
    let over = false;
    const result = Promise.resolve(up.server.handle({ method: "tools/call", params }, call)).finally(
      () => (over = true),
    );
    await until("the last line is heard", () => call.notifications.length === 2);
    expect(over).toBe(false);
    await until("the answer is given", () => {
      up.clock.advance(20);
      return over;
    });
    expect(await result).toEqual({ content: [] });
    expect(call.notifications.map(({ params: { data } }) => data)).toEqual(["working", "done"]);
  });
});

describe("the session of a client that has one", () => {
  test("is its own, with its own capabilities and name", async () => {
    const up = await scripted(legacy(whose));
    for (const id of ["one", "two"]) await up.server.handle(LIST, mcpCall({ ...old, session: clientSession(id) }));
    const opened = up.received.filter(({ method }) => method === "initialize");
    expect(opened.map(({ message }) => message["params"])).toEqual(
      [0, 1].map(() => ({
        protocolVersion: "2025-11-25",
        capabilities: { roots: {} },
        clientInfo: { name: "c", version: "1" },
      })),
    );
    expect(up.methods()).not.toContain("GET");
  });

  test("any replica goes on with it, and ids do not meet", async () => {
    const answer = legacy(whose);
    const a = await scripted(answer, {}, { random: () => 0.1 });
    const b = await scripted(answer, {}, { random: () => 0.2 });
    const session = clientSession("one");
    const call = () => mcpCall({ ...old, session });
    const { server } = a;
    expect((await server.describe(call())).serverInfo).toEqual({ name: "old", version: "1" });
    expect(await a.server.handle(CALL, call())).toEqual({ session: "s1" });
    expect(await b.server.handle(CALL, call())).toEqual({ session: "s1" });
    expect(b.methods()).toEqual(["tools/call"]);
    expect(b.received[0]?.headers.get("mcp-protocol-version")).toBe("2025-11-25");
    expect(b.received[0]?.id).not.toEqual(a.received.at(-1)?.id ?? null);
  });

  test("is not looked for where the upstream has no sessions", async () => {
    const up = await scripted(modern(whose));
    let looked = 0;
    const kept = clientSession("one");
    const session = { ...kept, get: async () => void looked++ };
    for (let turn = 0; turn < 3; turn++) await up.server.handle(LIST, mcpCall({ ...old, session }));
    expect(looked).toBe(1);
    expect(kept.values.size).toBe(0);
  });

  test("is not replaced in silence when the upstream has forgotten it", async () => {
    let forgotten = false;
    const up = await scripted(legacy((request) => (forgotten ? new Response(null, { status: 404 }) : whose(request))));
    const session = clientSession("one");
    await up.server.handle(LIST, mcpCall({ ...old, session }));
    forgotten = true;
    for (let turn = 0; turn < 2; turn++) {
      expect(await fault(up.server.handle(LIST, mcpCall({ ...old, session })))).toBeInstanceOf(SessionLost);
    }
    expect(up.methods().filter((method) => method === "initialize")).toHaveLength(1);
  });

  test("is gone when its endpoint is", async () => {
    const first = await scripted(legacy(whose));
    const session = clientSession("one");
    await first.server.handle(LIST, mcpCall({ ...old, session }));
    const moved = await scripted(legacy(whose), { endpoints: ["http://127.0.0.1:2/mcp"] });
    expect(await fault(moved.server.handle(LIST, mcpCall({ ...old, session })))).toBeInstanceOf(SessionLost);
  });

  test("what is kept for it and cannot be read is as good as gone", async () => {
    const up = await scripted(legacy(whose));
    const session = clientSession("one");
    session.values.set("upstream:up", "{}");
    expect(await fault(up.server.handle(LIST, mcpCall({ ...old, session })))).toBeInstanceOf(SessionLost);
  });

  test("ends with the client's, on whichever replica that ends", async () => {
    const answer = legacy(whose);
    const a = await scripted(answer);
    const b = await scripted(answer);
    const session = clientSession("one");
    await a.server.handle(LIST, mcpCall({ ...old, session }));
    await b.server.endSession?.(session);
    expect(b.received.at(-1)).toMatchObject({ http: "DELETE", url: UPSTREAM });
    expect(b.received.at(-1)?.headers.get("mcp-session-id")).toBe("s1");
    session.end();
    expect(a.clock.pending).toBe(0);
  });

  test("is let go here when it is not used, and taken up again", async () => {
    const up = await scripted(legacy(whose), { sessionIdle: 1000 });
    const session = clientSession("one");
    await up.server.handle(LIST, mcpCall({ ...old, session }));
    up.clock.advance(2000);
    expect(up.clock.pending).toBe(0);
    expect(up.methods()).not.toContain("DELETE");
    expect(await up.server.handle(LIST, mcpCall({ ...old, session }))).toEqual({ session: "s1" });
    expect(up.methods().filter((method) => method === "initialize")).toHaveLength(1);
  });

  test("requests that come together open one", async () => {
    const up = await scripted(legacy(whose));
    const session = clientSession("one");
    await Promise.all(Array.from({ length: 5 }, async () => up.server.handle(LIST, mcpCall({ ...old, session }))));
    expect(up.methods().filter((method) => method === "initialize")).toHaveLength(1);
  });

  test("other calls on a session that is lost meanwhile fail, and are not sent again", async () => {
    let forgotten = false;
    const up = await scripted(
      legacy((request) => {
        if (forgotten) return new Response(null, { status: 404 });
        return request.method === "tools/call" ? noAnswer(request) : whose(request);
      }),
    );
    const waiting = fault(up.server.handle(CALL, mcpCall()));
    await until("it is sent", () => up.methods().includes("tools/call"));
    forgotten = true;
    await fault(up.server.handle(LIST, mcpCall()));
    expect(await waiting).toBeInstanceOf(McpError);
    expect(up.methods().filter((method) => method === "tools/call")).toHaveLength(1);
  });
});
