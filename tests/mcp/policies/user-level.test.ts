import { describe, expect, test } from "bun:test";
import type { McpGuard } from "#src/core/mcp/policy.ts";
import { McpRefusal } from "#src/core/mcp/policy.ts";
import type { Caller } from "#src/core/mcp/server.ts";
import type { Store } from "#src/core/store.ts";
import { createMemoryStore } from "#src/store/memory.ts";
import { userLevel } from "#mcp/policies/user-level.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { mcpCall } from "#tests/support/mcp-call.ts";
import { mcpWorld } from "#tests/support/mcp-world.ts";
import { type Asked, behind, callOf, exchangeOf, guardOf, toolServer } from "./stage.ts";

const DAY = 86_400_000;
const SECRET = "a long random text";
const CONFIG = { apiKey: "hunter2", region: "eu" };

interface Stage {
  readonly guard: McpGuard;
  readonly clock: FakeClock;
  readonly store: Store;
  readonly page: (method: string, user: string, init?: RequestInit, peer?: string) => Promise<Response>;
  readonly admit: (path: string, caller?: Caller) => Promise<Caller | number>;
}

async function stageOf(settings: object = {}, given?: Store, clock: FakeClock = new FakeClock()): Promise<Stage> {
  const store = given ?? createMemoryStore({ clock });
  const guard = await guardOf(userLevel, { secrets: [SECRET], ...settings }, mcpWorld({ clock, store }));
  return {
    guard,
    clock,
    store,
    async page(method, user, init = {}, peer = "10.0.0.7") {
      const [page] = guard.pages ?? [];
      if (page === undefined) throw new Error("no page");
      return page.handle(exchangeOf(`http://gw.example/mcp/shop/${user}/config`, { method, ...init }, peer));
    },
    async admit(path, caller = { subject: "" }) {
      try {
        return (await guard.admit?.(exchangeOf(`http://gw.example${path}`, { method: "POST" }), caller)) ?? 0;
      } catch (thrown) {
        if (thrown instanceof McpRefusal) return thrown.status;
        throw thrown;
      }
    },
  };
}

const body = (config: unknown): RequestInit => ({ body: JSON.stringify({ config }) });

describe("the page of a user's settings", () => {
  test("stores and shows them, as Higress does", async () => {
    const { page, guard } = await stageOf();
    expect(guard.paths).toEqual(["/mcp/shop/{uid}"]);
    expect(guard.pages?.map(({ path }) => path)).toEqual(["/mcp/shop/{uid}/config"]);
    const stored = await page("POST", "anna", body(CONFIG));
    expect([stored.status, await stored.json()]).toEqual([200, { success: true }]);
    const shown = await page("GET", "anna");
    expect([shown.status, await shown.json()]).toEqual([200, { success: true, config: CONFIG }]);
    expect(shown.headers.get("cache-control")).toBe("no-store");
    expect((await page("GET", "berta")).status).toBe(404);
  });

  test.each([
    ["203.0.113.9", {}],
    ["10.0.0.7", { "x-forwarded-for": "203.0.113.9" }],
    ["10.0.0.7", { "x-forwarded-for": "10.0.0.1, 203.0.113.9" }],
    ["10.0.0.7", { "x-forwarded-for": "unknown" }],
    ["unknown", {}],
    ["127.0.0.1", { origin: "http://evil.example" }],
  ])("is closed to %p with %j", async (peer, headers) => {
    const { page, store } = await stageOf();
    for (const method of ["GET", "POST"]) {
      const init = method === "GET" ? { headers } : { headers, ...body(CONFIG) };
      expect((await page(method, "anna", init, peer)).status).toBe(403);
    }
    expect(await store.get("mcp-server-config:shop:anna")).toBeUndefined();
  });

  test.each(["127.0.0.1", "::1", "192.168.1.4", "fd00::4", "::ffff:10.1.1.1"])("is open to %p", async (peer) => {
    const { page } = await stageOf();
    expect(
      (await page("POST", "anna", { ...body(CONFIG), headers: { "x-forwarded-for": "10.2.2.2" } }, peer)).status,
    ).toBe(200);
  });

  test.each([
    ["POST", "anna", { body: "no json" }, 400],
    ["POST", "anna", body(null), 400],
    ["POST", "anna", body({ key: 1 }), 400],
    ["POST", "anna", body(["a"]), 400],
    ["POST", "anna", body({ key: "x".repeat(70_000) }), 413],
    ["POST", "a%20b", body(CONFIG), 400],
    ["POST", "a%2Fb", body(CONFIG), 400],
    ["POST", "a:b", body(CONFIG), 400],
    ["POST", "sse", body(CONFIG), 400],
    ["DELETE", "anna", {}, 405],
  ])("%s for %p with %j is %d", async (method, user, init, expected) => {
    const { page } = await stageOf();
    const answer = await page(method, user, init);
    expect(answer.status).toBe(expected);
    expect(await answer.json()).toMatchObject({ success: false });
  });
});

describe("what is kept", () => {
  test("is unreadable in the store, and good for its user alone", async () => {
    const { page, store } = await stageOf();
    await page("POST", "anna", body(CONFIG));
    const kept = (await store.get("mcp-server-config:shop:anna")) ?? "";
    expect(kept).not.toContain("hunter2");
    expect(kept.length).toBeGreaterThan(40);
    await store.set("mcp-server-config:shop:berta", kept);
    expect((await page("GET", "berta")).status).toBe(404);
  });

  test("lives for seven days after it was used last", async () => {
    const { page, admit, clock } = await stageOf();
    await page("POST", "anna", body(CONFIG));
    clock.advance(6 * DAY);
    expect(await admit("/mcp/shop/anna")).toMatchObject({ user: { id: "anna", config: CONFIG } });
    clock.advance(6 * DAY);
    expect((await page("GET", "anna")).status).toBe(200);
    clock.advance(7 * DAY);
    expect((await page("GET", "anna")).status).toBe(404);
  });

  test("is read with an older secret, and written with the first", async () => {
    const clock = new FakeClock();
    const store = createMemoryStore({ clock });
    await (await stageOf({}, store, clock)).page("POST", "anna", body(CONFIG));
    const both = await stageOf({ secrets: ["new", SECRET] }, store, clock);
    expect((await both.page("GET", "anna")).status).toBe(200);
    expect((await (await stageOf({ secrets: ["new"] }, store, clock)).page("GET", "anna")).status).toBe(404);
    await both.page("POST", "anna", body(CONFIG));
    expect((await (await stageOf({ secrets: ["new"] }, store, clock)).page("GET", "anna")).status).toBe(200);
  });

  test("cannot be reached while the store is away, and nobody gets in without", async () => {
    const clock = new FakeClock();
    const store: Store = { ...createMemoryStore({ clock }), get: () => Promise.reject(new Error("not connected")) };
    const { page, admit } = await stageOf({}, store, clock);
    expect((await page("GET", "anna")).status).toBe(503);
    expect(await admit("/mcp/shop/anna")).toBe(503);
  });
});

describe("who comes in", () => {
  test("is the user of the path, on both transports' paths", async () => {
    const { page, admit } = await stageOf();
    await page("POST", "anna", body({}));
    for (const path of ["/mcp/shop/anna", "/mcp/shop/anna/sse"]) {
      expect(await admit(path)).toEqual({ subject: "#user:anna", user: { id: "anna", config: {} } });
    }
    expect(await admit("/mcp/shop/anna", { subject: "iss|1", consumer: "app" })).toMatchObject({
      subject: "iss|1#user:anna",
      consumer: "app",
    });
  });

  test.each(["/mcp/shop", "/mcp/shop/sse", "/mcp/shop/berta", "/mcp/shop/a%2Fb", "/mcp/shop/"])(
    "%p is refused",
    async (path) => {
      const { page, admit } = await stageOf();
      await page("POST", "anna", body(CONFIG));
      expect(await admit(path)).toBe(403);
    },
  );

  test("may come without a user where that is allowed", async () => {
    const { admit } = await stageOf({ shared: true });
    expect(await admit("/mcp/shop", { subject: "x" })).toEqual({ subject: "x" });
    expect(await admit("/mcp/shop/sse")).toEqual({ subject: "" });
    expect(await admit("/mcp/shop/berta")).toBe(403);
  });

  test("must be that user where that is asked for", async () => {
    const { page, admit } = await stageOf({ own: true });
    await page("POST", "anna", body(CONFIG));
    expect(await admit("/mcp/shop/anna", { subject: "berta" })).toBe(403);
    expect(await admit("/mcp/shop/anna")).toBe(403);
    for (const caller of [
      { subject: "anna" },
      { subject: "x", consumer: "anna" },
      { subject: "x", claims: { sub: "anna" } },
    ]) {
      expect(await admit("/mcp/shop/anna", caller)).toMatchObject({ user: { id: "anna" } });
    }
  });
});

test("a server finds the settings in Higress' header, and never the client's own", async () => {
  const { guard } = await stageOf();
  const asked: Asked[] = [];
  const server = behind(guard, toolServer(["get"], asked));
  const headers = { "x-higress-mcpserver-config": "forged", "x-other": "kept" };
  const user = { id: "anna", config: { name: "Zoë" } };
  await server.handle(callOf("get"), mcpCall({ headers, caller: { subject: "s", user } }));
  await server.handle(callOf("get"), mcpCall({ headers }));
  const [own, none] = asked.map(({ call }) => call.headers.get("x-higress-mcpserver-config"));
  expect(JSON.parse(Buffer.from(own ?? "", "base64").toString())).toEqual({ name: "Zoë" });
  expect(none).toBeNull();
  expect(asked[0]?.call.headers.get("x-other")).toBe("kept");
});
