import { expect, test } from "bun:test";
import { SessionLimit } from "#src/sessions/session-limit.ts";
import type { Store } from "#src/core/store.ts";
import { createMemoryStore } from "#src/store/memory.ts";
import { createRedisStore } from "#src/store/redis.ts";
import { redisMissing, startRedis } from "#tests/support/redis.ts";

/** A replica's view, and the sessions that nobody has seen the end of. */
function limitOf(store: Store, most: number, over: ReadonlySet<string> = new Set()): SessionLimit {
  return new SessionLimit({ store, place: "p", most, life: 60_000, alive: async (id) => !over.has(id) });
}

test("a subject has so many sessions and no more, until one ends; others have their own", async () => {
  const limit = limitOf(createMemoryStore(), 2);
  expect([await limit.enter("alice", "1"), await limit.enter("alice", "2")]).toEqual([true, true]);
  expect(await limit.enter("alice", "3")).toBe(false);
  expect(await limit.enter("bob", "4")).toBe(true);
  await limit.leave("alice", "1");
  expect([await limit.enter("alice", "5"), await limit.enter("alice", "6")]).toEqual([true, false]);
});

test("a session that ended without a word counts no more", async () => {
  const over = new Set<string>();
  const limit = limitOf(createMemoryStore(), 2, over);
  for (const id of ["1", "2"]) await limit.enter("alice", id);
  expect(await limit.enter("alice", "3")).toBe(false);
  over.add("1");
  expect([await limit.enter("alice", "4"), await limit.enter("alice", "5")]).toEqual([true, false]);
});

test.skipIf(redisMissing !== undefined)("of many that begin at once on two replicas not too many stay", async () => {
  await using server = await startRedis();
  const stores = [1, 2].map(() => createRedisStore(`redis://127.0.0.1:${server.port}`));
  const limits = stores.map((store) => limitOf(store, 5));
  const tries = Array.from({ length: 40 }, async (_, n) => limits[n % 2]?.enter("alice", `${n}`));
  const entered = (await Promise.all(tries)).filter(Boolean).length;
  expect(entered).toBeGreaterThan(0);
  expect(entered).toBeLessThanOrEqual(5);
  expect(await stores[0]?.list("sessions:p:of:alice")).toHaveLength(entered);
  await Promise.all(stores.map((store) => store.close()));
});
