import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "bun:test";
import { systemClock } from "#src/core/clock.ts";
import type { Store } from "#src/core/store.ts";
import { createDirectoryStorage } from "#src/control/acme/directory-storage.ts";
import { createSharedStorage } from "#src/control/acme/shared-storage.ts";
import type { AcmeStorage, Sealer } from "#src/control/acme/storage.ts";
import { createMemoryStore } from "#src/store/memory.ts";
import { createRedisStore } from "#src/store/redis.ts";
import { acmeStorageContract } from "#tests/contracts/acme-storage.ts";
import { messageOf } from "#tests/support/message-of.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { redisMissing, startRedis } from "#tests/support/redis.ts";
import { temporaryFolder } from "#tests/support/temporary-file.ts";

/** Readable, so that tests see what would be kept. */
const PLAIN: Sealer = { seal: (text) => Promise.resolve(`sealed ${text}`), open: async (text) => text.slice(7) };

const storageOn = (store: Store, clock = systemClock, sealer = PLAIN): AcmeStorage =>
  createSharedStorage({ store, clock, sealer, scope: "ca", shared: true });

acmeStorageContract(
  "a store in memory",
  () => {
    const store = createMemoryStore();
    return Promise.resolve({ open: () => storageOn(store), close: () => store.close() });
  },
  true,
);

if (redisMissing !== undefined) console.warn(redisMissing);
describe.skipIf(redisMissing !== undefined)("with Redis", () => {
  acmeStorageContract(
    "Redis",
    async () => {
      const redis = await startRedis();
      const log = { info: () => {}, warn: () => {}, error: () => {} };
      const store = createRedisStore(`redis://127.0.0.1:${redis.port}/0`, { log });
      return {
        open: () => storageOn(store),
        async close() {
          await store.close();
          await redis.stop();
        },
      };
    },
    true,
  );
});

acmeStorageContract(
  "a folder",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-test-"));
    return Promise.resolve({
      open: () => createDirectoryStorage(folder, "ca"),
      close: async () => rmSync(folder, { recursive: true }),
    });
  },
  false,
);

describe("a folder", () => {
  const record = { name: "a.test", cert: "c", key: "k", issuedAt: 1, fence: 1 };

  test("is for its user alone, with one file a certificate and none half written", async () => {
    const folder = temporaryFolder();
    await createDirectoryStorage(folder, "ca").saveCertificate(record, 0);
    expect(readdirSync(join(folder, "ca"))).toEqual(["certificate-a.test.json"]);
    expect(statSync(join(folder, "ca")).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, "ca", "certificate-a.test.json")).mode & 0o777).toBe(0o600);
  });

  test("that cannot be written or read is told by its name", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "file"), "");
    const failed = createDirectoryStorage(join(folder, "file"), "ca").saveCertificate(record, 0);
    expect(await messageOf(failed)).toEndWith("certificate-a.test.json cannot be written");
    const storage = createDirectoryStorage(folder, "ca");
    await storage.saveCertificate(record, 0);
    const file = join(folder, "ca", "certificate-a.test.json");
    writeFileSync(file, readFileSync(file, "utf8").slice(0, 10));
    expect(await messageOf(storage.certificate("a.test"))).toContain("is not what Sluice has written");
  });
});

describe("a lease in the store", () => {
  test("is renewed for as long as it is held, and told when it was lost", async () => {
    const clock = new FakeClock();
    const store = createMemoryStore({ clock });
    const storage = storageOn(store, clock);
    const lease = await storage.lease("a.test");
    for (let turn = 0; turn < 20; turn++) {
      clock.advance(20_000);
      await settled();
    }
    expect(await storage.lease("a.test")).toBeUndefined();
    expect(lease?.signal.aborted).toBe(false);
    await store.delete("acme:ca:lease:a.test");
    const taken = await storage.lease("a.test");
    clock.advance(20_000);
    await settled();
    expect(lease?.signal.aborted).toBe(true);
    expect(taken?.fence).toBeGreaterThan(lease?.fence ?? Infinity);
    expect(taken?.signal.aborted).toBe(false);
  });

  test("of a holder that is gone is over after a minute", async () => {
    const clock = new FakeClock();
    const store = createMemoryStore({ clock });
    await store.setIfAbsent("acme:ca:lease:a.test", "somebody", 60_000);
    expect(await storageOn(store, clock).lease("a.test")).toBeUndefined();
    clock.advance(60_001);
    expect(await storageOn(store, clock).lease("a.test")).toBeDefined();
  });
});

test("what is in the store is sealed, and what cannot be opened is not there", async () => {
  const store = createMemoryStore();
  await storageOn(store).saveAccount({ key: "k", url: "u" });
  expect(await store.get("acme:ca:account")).toStartWith("sealed ");
  const foreign: Sealer = { ...PLAIN, open: () => Promise.resolve(undefined) };
  expect(await storageOn(store, systemClock, foreign).account()).toBeUndefined();
  await store.set("acme:ca:account", 'sealed {"another":"version"}');
  expect(await storageOn(store).account()).toBeUndefined();
});

/** Lets what waits for nothing but its turn run. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}
