import { describe, expect, test } from "bun:test";
import type { Json } from "#src/core/json.ts";
import { McpError } from "#src/core/mcp/messages.ts";
import type { SessionLimit } from "#src/core/mcp/policy.ts";
import { createMemoryStore } from "#src/store/memory.ts";
import { createRedisStore } from "#src/store/redis.ts";
import { DEFAULT_LIMITS, limits } from "#mcp/policies/limits.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { mcpCall } from "#tests/support/mcp-call.ts";
import { mcpWorld } from "#tests/support/mcp-world.ts";
import { redisMissing, startRedis } from "#tests/support/redis.ts";
import type { Store } from "#src/core/store.ts";
import { behind, callOf, guardOf, toolServer } from "./stage.ts";

describe("sizes", () => {
  test("are handed to who reads the messages", async () => {
    expect((await guardOf(limits, {}, mcpWorld())).limits).toEqual(DEFAULT_LIMITS);
    const given = await guardOf(limits, { body: "1MiB", depth: 20, batch: 5 }, mcpWorld());
    expect(given.limits).toEqual({ body: 1_048_576, depth: 20, batch: 5 });
  });

  test.each<[Json, string | undefined]>([
    [{ a: "12345678" }, undefined],
    [{ a: "123456789" }, "arguments.a"],
    [{ a: [{ b: ["ok", "123456789"] }] }, "arguments.a[].b[]"],
    // Eight characters, sixteen bytes.
    [{ a: "éééééééé" }, "arguments.a"],
    [{ a: "éééé" }, undefined],
    [{ a: 123456789, b: true, c: null }, undefined],
  ])("%j against 8 bytes: too long at %p", async (args, path) => {
    const server = behind(await guardOf(limits, { argument: 8 }, mcpWorld()), toolServer(["get"]));
    const request = { method: "tools/call", params: { name: "get", arguments: args } };
    const asking = (async () => server.handle(request, mcpCall()))();
    const thrown: unknown = await asking.then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(thrown instanceof McpError ? thrown.message : thrown).toBe(
      path === undefined ? undefined : `The text at '${path}' is longer than 8 bytes.`,
    );
  });

  test("an argument may be as long as the body where nothing is set", async () => {
    const server = behind(await guardOf(limits, {}, mcpWorld()), toolServer(["get"]));
    expect(await server.handle(callOf("get", { a: "x".repeat(1e6) }), mcpCall())).toHaveProperty("content");
  });
});

async function limitOf(settings: unknown, clock: FakeClock, store: Store): Promise<SessionLimit> {
  const { sessions } = await guardOf(limits, { sessions: settings }, mcpWorld({ clock, store }));
  if (sessions === undefined) throw new Error("no limit");
  return sessions;
}

const ANNA = { subject: "anna" };

describe("sessions", () => {
  test("as many as are allowed, for each subject", async () => {
    const clock = new FakeClock();
    const limit = await limitOf({ limit: 2 }, clock, createMemoryStore({ clock }));
    expect([await limit.take(ANNA, "1"), await limit.take(ANNA, "2"), await limit.take(ANNA, "3")]).toEqual([
      true,
      true,
      false,
    ]);
    expect(await limit.take({ subject: "berta" }, "4")).toBe(true);
    await limit.release(ANNA, "1");
    await limit.release(ANNA, "unknown");
    expect([await limit.take(ANNA, "5"), await limit.take(ANNA, "6")]).toEqual([true, false]);
  });

  test("that nobody ended are forgotten, those in use are not", async () => {
    const clock = new FakeClock();
    const limit = await limitOf({ limit: 2, idle: "1h" }, clock, createMemoryStore({ clock }));
    await limit.take(ANNA, "left behind");
    await limit.take(ANNA, "in use");
    for (let minutes = 0; minutes < 90; minutes += 10) {
      clock.advance(600_000);
      await limit.renew(ANNA, "in use");
    }
    expect([await limit.take(ANNA, "3"), await limit.take(ANNA, "4")]).toEqual([true, false]);
    await limit.release(ANNA, "in use");
    expect(await limit.take(ANNA, "5")).toBe(true);
  });

  test("are renewed by a write now and then, not by each request", async () => {
    const clock = new FakeClock();
    const store = createMemoryStore({ clock });
    let writes = 0;
    const counting: Store = { ...store, append: (...given) => (writes++, store.append(...given)) };
    const limit = await limitOf({ limit: 2, idle: "1h" }, clock, counting);
    await limit.take(ANNA, "1");
    for (let at = 0; at < 60; at++) {
      await limit.renew(ANNA, "1");
      clock.advance(60_000);
    }
    expect(writes).toBe(5);
  });

  test.each([
    ["consumer", { subject: "a", consumer: "c" }, { subject: "b", consumer: "c" }, true],
    ["subject", { subject: "a", consumer: "c" }, { subject: "b", consumer: "c" }, false],
    ["subject", { subject: "", address: "10.0.0.1" }, { subject: "", address: "10.0.0.2" }, false],
  ])("by %s, %j and %j together: %p", async (by, first, second, together) => {
    const clock = new FakeClock();
    const limit = await limitOf({ limit: 1, by }, clock, createMemoryStore({ clock }));
    expect([await limit.take(first, "1"), await limit.take(second, "2")]).toEqual([true, !together]);
  });

  test("are opened when they cannot be counted, and it is said once", async () => {
    const clock = new FakeClock();
    const store = createMemoryStore({ clock });
    const warnings: string[] = [];
    const log = { info() {}, warn: (message: string) => void warnings.push(message), error() {} };
    const away: Store = { ...store, list: () => Promise.reject(new Error("not connected")) };
    const { sessions } = await guardOf(limits, { sessions: { limit: 1 } }, mcpWorld({ clock, log, store: away }));
    expect([await sessions?.take(ANNA, "1"), await sessions?.take(ANNA, "2")]).toEqual([true, true]);
    await sessions?.release(ANNA, "1");
    expect(warnings).toHaveLength(1);
  });

  test.skipIf(redisMissing !== undefined)(
    "never more than allowed over replicas that open many at a time",
    async () => {
      await using redis = await startRedis();
      const url = `redis://127.0.0.1:${redis.port}/0`;
      const clock = new FakeClock();
      const stores = [createRedisStore(url), createRedisStore(url)];
      const limit = await Promise.all(stores.map((store) => limitOf({ limit: 5 }, clock, store)));
      const taken = await Promise.all(
        Array.from({ length: 20 }, (_, at) => Promise.resolve(limit[at % 2]?.take(ANNA, `s${at}`))),
      );
      expect(taken.filter((one) => one === true).length).toBeLessThanOrEqual(5);
      expect(taken.filter((one) => one === true).length).toBeGreaterThan(0);
      await Promise.all(stores.map((store) => store.close()));
    },
  );
});
