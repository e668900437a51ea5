import { describe, expect, test } from "bun:test";
import type { CertificateRecord } from "#src/control/acme/record.ts";
import { type CertificateSecrets, withSecrets } from "#src/control/acme/secret-storage.ts";
import { createSharedStorage } from "#src/control/acme/shared-storage.ts";
import type { Sealer } from "#src/control/acme/storage.ts";
import { createMemoryStore } from "#src/store/memory.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { messageOf } from "#tests/support/message-of.ts";

const PLAIN: Sealer = { seal: (text) => Promise.resolve(text), open: (text) => Promise.resolve(text) };
const NAME = "a.test";

const record = (fence: number, name = NAME): CertificateRecord => ({
  name,
  cert: `cert ${fence}`,
  key: `key ${fence}`,
  issuedAt: fence,
  fence,
});

function setUp({ writes = true } = {}) {
  const clock = new FakeClock();
  const storage = createSharedStorage({
    store: createMemoryStore({ clock }),
    clock,
    sealer: PLAIN,
    scope: "ca",
    shared: false,
  });
  const errors: string[] = [];
  const log = { info: () => {}, warn: () => {}, error: (message: string) => void errors.push(message) };
  const cluster = { there: new Map<string, CertificateRecord>(), leads: true, failing: false, writes: 0 };
  const secrets: CertificateSecrets = {
    isFor: (name) => name === NAME,
    read: (name) => cluster.there.get(name),
    ...(writes
      ? {
          writer: {
            get leads() {
              return cluster.leads;
            },
            write(one) {
              cluster.writes++;
              if (cluster.failing) return Promise.reject(new Error("not now"));
              cluster.there.set(one.name, one);
              return Promise.resolve();
            },
          },
        }
      : {}),
  };
  return { clock, storage, errors, cluster, both: withSecrets({ storage, secrets, clock, log }) };
}

describe("a certificate", () => {
  test("is the newer of both", async () => {
    const { storage, cluster, both } = setUp();
    expect(await both.certificate(NAME)).toBeUndefined();
    cluster.there.set(NAME, record(5));
    expect(await both.certificate(NAME)).toEqual(record(5));
    await storage.saveCertificate(record(4), 1e15);
    expect(await both.certificate(NAME)).toEqual(record(5));
    await storage.saveCertificate(record(6), 1e15);
    expect(await both.certificate(NAME)).toEqual(record(6));
  });

  test("is written to its Secret, and others are not", async () => {
    const { storage, cluster, both } = setUp();
    await both.saveCertificate(record(5), 1e15);
    await both.saveCertificate(record(6, "b.test"), 1e15);
    expect([...cluster.there.keys()]).toEqual([NAME]);
    expect(await storage.certificate("b.test")).toEqual(record(6, "b.test"));
  });

  test("that a Secret has not got is put there again, a while after it failed, by who leads", async () => {
    const { clock, errors, cluster, both } = setUp();
    cluster.failing = true;
    expect(await messageOf(both.saveCertificate(record(5), 1e15))).toBe("not now");
    expect(await both.certificate(NAME)).toEqual(record(5));
    expect(cluster.writes).toBe(1);
    clock.advance(60_000);
    expect(await both.certificate(NAME)).toEqual(record(5));
    expect(cluster.writes).toBe(2);
    expect(errors).toEqual(["A certificate could not be put into its Secret."]);
    cluster.failing = false;
    cluster.leads = false;
    clock.advance(60_000);
    await both.certificate(NAME);
    expect(cluster.writes).toBe(2);
    cluster.leads = true;
    await both.certificate(NAME);
    expect(cluster.there.get(NAME)).toEqual(record(5));
    // Once it is there nothing is written, until somebody takes it away.
    await both.certificate(NAME);
    expect(cluster.writes).toBe(3);
    cluster.there.clear();
    await both.certificate(NAME);
    expect(cluster.there.get(NAME)).toEqual(record(5));
  });
});

describe("a lease", () => {
  test("is for the replica that may write", async () => {
    const { cluster, both } = setUp();
    cluster.leads = false;
    expect(await both.lease(NAME)).toBeUndefined();
    // What the cluster has no place for, anybody may get.
    const other = await both.lease("b.test");
    expect(other?.fence).toBe(1);
    await other?.release();
    cluster.leads = true;
    expect(await both.lease(NAME)).toBeDefined();
    // Nobody has it twice.
    expect(await both.lease(NAME)).toBeUndefined();
  });

  test("is newer than what is there, whatever the clock says", async () => {
    const { clock, cluster, both } = setUp();
    const first = await both.lease(NAME);
    expect(first?.fence).toBe(clock.now());
    await first?.release();
    cluster.there.set(NAME, record(clock.now() + 1000));
    const second = await both.lease(NAME);
    expect(second?.fence).toBe(clock.now() + 1001);
    await second?.release();
    const files = setUp({ writes: false });
    expect(await files.both.lease(NAME)).toBeDefined();
  });
});
