import { expect, test } from "bun:test";
import type { Store } from "#src/core/store.ts";
import { createMemoryStore } from "#src/store/memory.ts";
import { json, type Seen, setUp } from "./set-up.ts";

const TOKENS = ["secret-token-1", "secret-token-2", "secret-token-3"];

function keysOf(seen: readonly Seen[]): (string | null)[] {
  return seen.map(({ headers }) => headers.get("authorization"));
}

test("a consumer's objects stay with one credential on every replica, in whatever order tokens are configured", async () => {
  const one = setUp({ tokens: TOKENS });
  const two = setUp({ tokens: TOKENS.toReversed() });
  for (const stage of [one, two, one]) await stage.ask("/v1/files", {}, { consumer: "alice" });
  expect(new Set([...keysOf(one.seen), ...keysOf(two.seen)]).size).toBe(1);
});

test("consumers are spread over the credentials", async () => {
  const stage = setUp({ tokens: TOKENS });
  for (let n = 0; n < 30; n++) await stage.ask("/v1/files", {}, { consumer: `c${n}` });
  expect(new Set(keysOf(stage.seen)).size).toBe(3);
});

test("the credential that made an object is asked for it, by another consumer and while it rests", async () => {
  const store: Store = createMemoryStore();
  const stage = setUp({ tokens: TOKENS, store, answer: () => Response.json({ id: "file-1" }) });
  await stage.ask("/v1/files", json({}), { consumer: "alice" });
  const replica = setUp({ tokens: TOKENS, store });
  const maker = keysOf(stage.seen)[0];
  for (const { pool } of replica.targets) {
    for (const tried = new Set<string>(); ;) {
      const lease = pool.lease(tried);
      if (lease === undefined) break;
      tried.add(lease.id);
      lease.done({ ok: false, verdict: "credential", status: 429 });
    }
  }
  for (let n = 0; n < 5; n++) await replica.ask("/v1/files/file-1", {}, { consumer: `c${n}` });
  await replica.ask("/v1/batches", json({ input_file_id: "file-1" }), { consumer: "bob" });
  expect(new Set(keysOf(replica.seen))).toEqual(new Set([maker ?? ""]));
});

test("files a batch made belong to its credential", async () => {
  const store: Store = createMemoryStore();
  const stage = setUp({ tokens: TOKENS, store, answer: () => Response.json({ id: "b", output_file_id: "file-out" }) });
  await stage.ask("/v1/batches/b", {}, { consumer: "alice" });
  expect(await store.get("affinity:p:file-out")).toBeString();
  expect(await store.get("affinity:p:file-out")).not.toContain("secret");
});

test("a store that is away stops nothing", async () => {
  const away = (): Promise<never> => Promise.reject(new Error("away"));
  const store: Store = { ...createMemoryStore(), get: away, set: away };
  const stage = setUp({ tokens: TOKENS, store });
  const { response } = await stage.ask("/v1/files/f", {}, { consumer: "alice" });
  expect(response.status).toBe(200);
});
