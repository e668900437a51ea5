import { describe, expect, test } from "bun:test";
import { EndpointChoice } from "#mcp/remote/endpoint-choice.ts";
import { EndpointHealth } from "#mcp/remote/endpoint-health.ts";
import type { RemoteSettings } from "#mcp/remote/settings.ts";
import { McpError } from "#src/core/mcp/messages.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { mcpCall } from "#tests/support/mcp-call.ts";
import {
  type Answerer,
  eventAnswer,
  legacy,
  modern,
  noAnswer,
  resultAnswer,
  scripted,
} from "#tests/support/mcp-upstream.ts";
import { until } from "#tests/support/until.ts";

const LIST = { method: "tools/list", params: {} };
const CALL = { method: "tools/call", params: { name: "t", arguments: {} } };
const TWO = ["http://127.0.0.1:1/a", "http://127.0.0.1:2/b"];

const fault = (asking: unknown): Promise<unknown> =>
  Promise.resolve(asking).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );

/** A port where nobody listens. */
function refused(): never {
  throw Object.assign(new Error("connect http://secret.example"), { code: "ECONNREFUSED" });
}

const named: Answerer = (request) => resultAnswer(request, { path: new URL(request.url).pathname });

/** Two endpoints, each with an answer of its own. */
function two(a: Answerer, b: Answerer, settings: Partial<RemoteSettings> = {}) {
  return scripted((request) => (request.url.endsWith("/a") ? a(request) : b(request)), { endpoints: TWO, ...settings });
}

describe("several endpoints", () => {
  test("are taken in turn", async () => {
    const up = await two(modern(named), modern(named));
    const paths: unknown[] = [];
    for (let turn = 0; turn < 4; turn++) paths.push((await up.server.handle(CALL, mcpCall()))["path"]);
    expect(paths).toEqual(["/a", "/b", "/a", "/b"]);
  });

  test("may be of different eras", async () => {
    const up = await two(modern(named), legacy(named));
    expect(await up.server.handle(CALL, mcpCall())).toEqual({ path: "/a" });
    expect(await up.server.handle(CALL, mcpCall())).toEqual({ path: "/b" });
  });

  test("one that refuses connections is passed over, also for calls, and rests for a while", async () => {
    let away = true;
    const up = await two((request) => (away ? refused() : modern(named)(request)), modern(named));
    const ask = async () => (await up.server.handle(CALL, mcpCall()))["path"];
    const askedOfA = () => up.received.filter(({ url }) => url.endsWith("/a")).length;
    expect([await ask(), await ask(), await ask()]).toEqual(["/b", "/b", "/b"]);
    expect(askedOfA()).toBe(1);
    up.clock.advance(1000);
    expect(await ask()).toBe("/b");
    expect(askedOfA()).toBe(2);
    away = false;
    up.clock.advance(1999);
    await ask();
    await ask();
    expect(askedOfA()).toBe(2);
    up.clock.advance(1);
    expect([await ask(), await ask()]).toContain("/a");
  });

  test("when none can be reached the error says so, and no address", async () => {
    const up = await two(refused, refused);
    const error = await fault(up.server.handle(CALL, mcpCall()));
    expect(error).toBeInstanceOf(McpError);
    expect(String(error)).toContain("cannot be reached");
    expect(String(error)).not.toMatch(/127|secret/);
    expect(up.logged.join()).not.toContain("secret");
    expect(up.received).toHaveLength(2);
  });

  test("a call whose answer broke off is not sent to another; a list is", async () => {
    const broken: Answerer = modern(() => eventAnswer("data: {", 7));
    const calls = await two(broken, modern(named));
    expect(await fault(calls.server.handle(CALL, mcpCall()))).toBeInstanceOf(McpError);
    expect(calls.received.map(({ url }) => url)).not.toContain(TWO[1]);
    const lists = await two(broken, modern(named));
    expect(await lists.server.handle(LIST, mcpCall())).toEqual({ path: "/b" });
  });

  test.each([502, 503, 504])("of status %i a list is asked of another, a call is not", async (status) => {
    const away: Answerer = modern(() => new Response(null, { status }));
    const up = await two(away, modern(named));
    expect(await up.server.handle(LIST, mcpCall())).toEqual({ path: "/b" });
    const again = await two(away, modern(named));
    expect(String(await fault(again.server.handle(CALL, mcpCall())))).toContain(String(status));
  });

  test("a session stays with its endpoint", async () => {
    const up = await two(legacy(named), legacy(named));
    const values = new Map<string, string>();
    const session = {
      id: "one",
      get: async (key: string) => values.get(key),
      set: async (key: string, value: string) => void values.set(key, value),
      ended: new AbortController().signal,
    };
    const paths: unknown[] = [];
    for (let turn = 0; turn < 3; turn++) paths.push((await up.server.handle(CALL, mcpCall({ session })))["path"]);
    expect(new Set(paths).size).toBe(1);
  });

  test("the least busy one is taken where that is set", async () => {
    const stuck: Answerer = modern((request) => (request.method === "tools/call" ? noAnswer(request) : named(request)));
    const up = await two(stuck, modern(named), { loadBalance: "least_request" });
    const leaving = new AbortController();
    const waiting = fault(up.server.handle(CALL, mcpCall({ signal: leaving.signal })));
    await until("it is sent", () => up.methods().includes("tools/call"));
    for (let turn = 0; turn < 3; turn++) expect(await up.server.handle(LIST, mcpCall())).toEqual({ path: "/b" });
    leaving.abort();
    await waiting;
  });
});

describe("the choice of an endpoint", () => {
  test("when all rest the one whose rest ends first is tried", () => {
    const clock = new FakeClock();
    const [a, b] = [{ health: new EndpointHealth(clock) }, { health: new EndpointHealth(clock) }];
    a.health.unreachable();
    a.health.unreachable();
    b.health.unreachable();
    expect(new EndpointChoice([a, b], "round_robin").pick(new Set())).toBe(b);
    expect(new EndpointChoice([a, b], "round_robin").pick(new Set([b]))).toBe(a);
    expect(new EndpointChoice([a, b], "round_robin").pick(new Set([a, b]))).toBeUndefined();
  });
});
