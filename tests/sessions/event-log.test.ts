import { describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "#src/core/clock.ts";
import type { Store } from "#src/core/store.ts";
import { createEventLogs, type SessionLog } from "#src/sessions/event-log.ts";
import type { Follower } from "#src/sessions/follower.ts";
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

test("who tries again what was added although its acknowledgement was lost adds nothing", async () => {
  const memory = createMemoryStore();
  let lose = true;
  const store: Store = {
    ...memory,
    async logAppend(key, values, options) {
      const ids = await memory.logAppend(key, values, options);
      if (lose) throw new Error("The connection ended.");
      return ids;
    },
  };
  const log = createEventLogs({ store, clock: systemClock })("s");
  const id = crypto.randomUUID();
  expect(await log.append("get", ["1"], true, { id, again: false }).catch(String)).toContain("ended");
  lose = false;
  const [event = ""] = await log.append("get", ["1"], true, { id, again: true });
  expect((await log.read("get.", 10))?.events).toEqual([{ id: event, message: "1" }]);
});

describe.skipIf(redisMissing !== undefined)("a Redis that ends and comes back", () => {
  test("with its data, in the midst of a thousand sessions: every event is followed once and in order", async () => {
    const folder = await mkdtemp(join(tmpdir(), "sluice-redis-"));
    try {
      await using server = await startRedis({ keepIn: folder });
      const stores = replicas(server.port);
      const [here, there] = stores.map((store) => createEventLogs({ store, clock: systemClock }));
      const names = Array.from({ length: 1000 }, (_, n) => `s${n}`);
      const sent = Array.from({ length: 6 }, (_, n) => `${n}`);
      const followers = await Promise.all(names.map(async (name) => here?.(name).follow("get.")));
      const read = async (follower: Follower | undefined): Promise<string[]> => {
        const received: string[] = [];
        while (received.length < sent.length) {
          const followed = await follower?.next(4);
          if (followed?.kind !== "events") throw new Error(`It is ${followed?.kind}.`);
          received.push(...followed.events.map(({ message }) => message));
        }
        await follower?.close();
        return received;
      };
      const reading = followers.map(read);
      const half = Promise.withResolvers<void>();
      let begun = 0;
      const write = async (name: string): Promise<void> => {
        for (const message of sent) {
          const log = (Number(message) % 2 ? here : there)?.(name);
          if (log !== undefined) await appended(log, message);
          if (++begun === 3000) half.resolve();
        }
      };
      const writing = names.map(write);
      await half.promise;
      await server.stop();
      await using _again = await startRedis({ port: server.port, keepIn: folder });
      await Promise.all(writing);
      const received = await within("all events", Promise.all(reading));
      expect(received.filter((messages) => messages.join() !== sent.join())).toEqual([]);
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

/** Appends until it is acknowledged. */
async function appended(log: SessionLog, message: string): Promise<void> {
  const id = crypto.randomUUID();
  for (let again = false; ; again = true) {
    try {
      await log.append("get", [message], false, { id, again });
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
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

/** Whatever is only waiting for promises is done. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}
