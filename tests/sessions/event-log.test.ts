import { describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "#src/core/clock.ts";
import type { Store } from "#src/core/store.ts";
import { createEventLogs } from "#src/sessions/event-log.ts";
import { createMemoryStore } from "#src/store/memory.ts";
import { createRedisStore } from "#src/store/redis.ts";
import { describeEventLog } from "#tests/contracts/event-log.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { redisMissing, startRedis } from "#tests/support/redis.ts";
import { until, within } from "#tests/support/until.ts";

describeEventLog("memory", async () => {
  const store = createMemoryStore();
  return { stores: [store, store], close: () => store.close() };
});

if (redisMissing === undefined) {
  describeEventLog("redis", async () => {
    const server = await startRedis();
    const url = `redis://127.0.0.1:${server.port}`;
    const stores = [createRedisStore(url), createRedisStore(url)] as const;
    return {
      stores,
      async close() {
        await Promise.all(stores.map((store) => store.close()));
        await server.stop();
      },
    };
  });
} else {
  test.skip(`event log: redis (${redisMissing})`, () => {});
}

describe("a quiet stream", () => {
  test("lives as long as somebody follows it, and then its time", async () => {
    const clock = new FakeClock();
    const store = createMemoryStore({ clock });
    const log = createEventLogs({ store, clock, ttl: 10_000 })("s");
    const [first = ""] = await log.append("get", ["1"]);
    const follower = await log.follow(first);
    const next = follower?.next(10);
    for (let n = 0; n < 20; n++) {
      clock.advance(4000);
      await settled();
    }
    expect(await log.read(first, 10)).toBeDefined();
    await follower?.close();
    expect((await next)?.kind).toBe("closed");
    expect(clock.pending).toBe(0);
    clock.advance(10_000);
    expect(await log.read(first, 10)).toBeUndefined();
  });

  test("is looked at now and then, should a wake be lost", async () => {
    const clock = new FakeClock();
    const memory = createMemoryStore({ clock });
    const deaf: Store = { ...memory, subscribe: async () => async () => {} };
    const follower = await createEventLogs({ store: deaf, clock })("s").follow("get.");
    const next = follower?.next(10);
    await settled();
    await createEventLogs({ store: memory, clock })("s").append("get", ["1"]);
    clock.advance(30_000);
    expect((await next)?.kind).toBe("events");
  });
});

test("a follower that is not asked reads nothing, one that is reads no more than asked", async () => {
  const memory = createMemoryStore();
  const limits: number[] = [];
  const store: Store = {
    ...memory,
    logRead(key, after, limit) {
      limits.push(limit);
      return memory.logRead(key, after, limit);
    },
  };
  const log = createEventLogs({ store, clock: systemClock })("s");
  const follower = await log.follow("get.");
  for (let n = 0; n < 50; n++) await log.append("get", [`${n}`]);
  expect(limits).toEqual([]);
  await follower?.next(3);
  await follower?.next(2);
  expect(limits).toEqual([3, 2]);
  await follower?.close();
});

describe.skipIf(redisMissing !== undefined)("a Redis that ends and comes back", () => {
  test("with its data: a follower goes on by itself, nothing that was acknowledged is lost or doubled", async () => {
    const folder = await mkdtemp(join(tmpdir(), "sluice-redis-"));
    try {
      await using server = await startRedis({ keepIn: folder });
      const stores = replicas(server.port);
      const [here, there] = stores.map((store) => createEventLogs({ store, clock: systemClock })("s"));
      const follower = await here?.follow("get.");
      const received: string[] = [];
      const reading = (async () => {
        for (;;) {
          const followed = await follower?.next(7);
          if (followed?.kind !== "events") return followed?.kind;
          received.push(...followed.events.map(({ message }) => message));
          if (received.includes("last")) return "whole";
        }
      })();
      const acknowledged: string[] = [];
      const write = async (n: number): Promise<void> => {
        const message = `${n}`;
        const done = (n % 2 ? here : there)?.append("get", [message]);
        await done?.then(
          () => acknowledged.push(message),
          () => {},
        );
      };
      for (let n = 0; n < 100; n++) await write(n);
      const during = Array.from({ length: 50 }, (_, n) => write(100 + n));
      await server.stop();
      await Promise.all(during);
      await write(150);
      expect(acknowledged).not.toContain("150");
      await using _again = await startRedis({ port: server.port, keepIn: folder });
      await until("both are back", () => back(stores));
      for (let n = 200; n < 300; n++) await write(n);
      await there?.append("get", ["last"]);
      expect(await within("the last event", reading)).toBe("whole");
      expect(received.filter((message) => acknowledged.includes(message)).toSorted(byNumber)).toEqual(
        acknowledged.toSorted(byNumber),
      );
      expect(new Set(received).size).toBe(received.length);
      const alone = received.slice(0, -1).filter((message) => Number(message) < 100 || Number(message) >= 200);
      expect(alone).toEqual(alone.toSorted(byNumber));
      await follower?.close();
      await Promise.all(stores.map((store) => store.close()));
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("without its data: who follows is told, and an event id of before is unknown", async () => {
    await using server = await startRedis();
    const stores = replicas(server.port);
    const [here, there] = stores.map((store) => createEventLogs({ store, clock: systemClock })("s"));
    const [first = ""] = (await there?.append("get", ["1"])) ?? [];
    const follower = await here?.follow("get.");
    expect((await follower?.next(10))?.kind).toBe("events");
    const next = follower?.next(10);
    await server.stop();
    await using _again = await startRedis({ port: server.port });
    await until("both are back", () => back(stores));
    await there?.append("get", ["2"]);
    expect(next && (await within("the end", next))?.kind).toBe("gone");
    expect(await there?.follow(first)).toBeUndefined();
    expect(await there?.read(first, 10)).toBeUndefined();
    await Promise.all(stores.map((store) => store.close()));
  });

  test("while it is away nobody can begin to follow or append", async () => {
    await using server = await startRedis();
    const [store] = replicas(server.port);
    await store.get("x");
    const log = createEventLogs({ store, clock: systemClock })("s");
    await server.stop();
    expect(await log.follow("get.").catch((error: unknown) => error)).toBeInstanceOf(Error);
    expect(await log.append("get", ["1"]).catch((error: unknown) => error)).toBeInstanceOf(Error);
    await store.close();
  });
});

function replicas(port: number): readonly [Store, Store] {
  const url = `redis://127.0.0.1:${port}`;
  return [createRedisStore(url), createRedisStore(url)];
}

async function back(stores: readonly Store[]): Promise<boolean> {
  const asked = stores.map((store) =>
    store.get("x").then(
      () => true,
      () => false,
    ),
  );
  return (await Promise.all(asked)).every(Boolean);
}

function byNumber(a: string, b: string): number {
  return Number(a) - Number(b);
}

/** Whatever is only waiting for promises is done. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}
