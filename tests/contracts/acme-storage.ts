import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { AcmeStorage } from "#src/control/acme/storage.ts";

/** What every storage of certificates does. `open` answers another replica's view of the same. */
export function acmeStorageContract(
  name: string,
  start: () => Promise<{ open(): AcmeStorage; close(): Promise<void> }>,
  shared: boolean,
): void {
  describe(`ACME storage contract: ${name}`, () => {
    let world: Awaited<ReturnType<typeof start>>;
    beforeAll(async () => {
      world = await start();
    });
    afterAll(() => world.close());
    const FUTURE = Date.now() + 3_600_000;
    const record = (fence: number, of = "a.test") => ({
      name: of,
      cert: `cert ${fence}`,
      key: `key ${fence}`,
      issuedAt: 1,
      fence,
    });

    test("what is kept is read again, by others as well, each name for itself", async () => {
      const one = world.open();
      expect(await one.certificate("a.test")).toBeUndefined();
      await one.saveCertificate(record(1), FUTURE);
      await one.saveCertificate(record(1, "*.a.test"), FUTURE);
      expect(await world.open().certificate("a.test")).toEqual(record(1));
      expect(await world.open().certificate("*.a.test")).toEqual(record(1, "*.a.test"));
      await one.saveAccount({ key: "key", url: "https://ca.test/1" });
      expect(await world.open().account()).toEqual({ key: "key", url: "https://ca.test/1" });
      await one.saveTries("a.test", { failures: 2, nextTry: 3, error: "no" });
      expect(await world.open().tries("a.test")).toEqual({ failures: 2, nextTry: 3, error: "no" });
      await one.saveTries("a.test", undefined);
      expect(await world.open().tries("a.test")).toBeUndefined();
    });

    test("a challenge is answered while it is put up", async () => {
      const one = world.open();
      const challenge = { type: "http-01", name: "a.test", token: "token", value: "answer" } as const;
      await one.putUp(challenge);
      expect(await (shared ? world.open() : one).answer("token")).toBe("answer");
      expect(await one.answer("other")).toBeUndefined();
      await one.takeDown(challenge);
      expect(await one.answer("token")).toBeUndefined();
    });

    test("each lease has a higher fence than the ones before", async () => {
      const one = world.open();
      const first = await one.lease("fenced.test");
      expect(first?.signal.aborted).toBe(false);
      await one.saveCertificate(record(first?.fence ?? 0, "fenced.test"), FUTURE);
      await first?.release();
      const second = await world.open().lease("fenced.test");
      expect(second?.fence).toBeGreaterThan(first?.fence ?? Infinity);
      await second?.release();
    });

    if (!shared) return;

    test("a lease is held by one at a time", async () => {
      const one = await world.open().lease("held.test");
      expect(await world.open().lease("held.test")).toBeUndefined();
      expect(await world.open().lease("other.test")).toBeDefined();
      await one?.release();
      const two = await world.open().lease("held.test");
      expect(two).toBeDefined();
      // A release that comes late takes nothing from who holds it now.
      await one?.release();
      expect(await world.open().lease("held.test")).toBeUndefined();
    });

    test("a certificate that was got earlier does not take a later one's place", async () => {
      const one = world.open();
      await one.saveCertificate(record(7, "late.test"), FUTURE);
      await one.saveCertificate(record(5, "late.test"), FUTURE);
      expect(await world.open().certificate("late.test")).toEqual(record(7, "late.test"));
    });

    test("others hear of a certificate, and of a TLS-ALPN-01 challenge", async () => {
      const heard: string[] = [];
      let wake: () => void = () => {};
      const stop = await world.open().watch((of) => {
        heard.push(String(of));
        wake();
      });
      const next = (): Promise<void> => new Promise((resolve) => (wake = resolve));
      let news = next();
      await world.open().saveCertificate(record(1, "heard.test"), FUTURE);
      await news;
      const challenge = {
        type: "tls-alpn-01",
        name: "alpn.test",
        token: "t",
        value: "v",
        certificate: { cert: "c", key: "k" },
      } as const;
      news = next();
      await world.open().putUp(challenge);
      await news;
      expect(heard).toEqual(["heard.test", "alpn.test"]);
      expect(await world.open().alpn("alpn.test")).toEqual(challenge);
      await stop();
    });
  });
}
