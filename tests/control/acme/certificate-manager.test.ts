import { X509Certificate } from "node:crypto";
import { describe, expect, test } from "bun:test";
import { AuthorityError } from "#src/control/acme/authority.ts";
import { CertificateManager, type ManagerOptions } from "#src/control/acme/certificate-manager.ts";
import { createSharedStorage } from "#src/control/acme/shared-storage.ts";
import type { Sealer } from "#src/control/acme/storage.ts";
import { createMemoryStore } from "#src/store/memory.ts";
import { FakeAuthority } from "#tests/support/acme/fake-authority.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { until } from "#tests/support/until.ts";

const DAY = 24 * 3_600_000;
const PLAIN: Sealer = { seal: (text) => Promise.resolve(text), open: (text) => Promise.resolve(text) };
const PLACEHOLDER = { cert: "placeholder", key: "placeholder" };

/** Replicas that share a store and a clock, and have an authority each. */
function setUp() {
  const clock = new FakeClock();
  const store = createMemoryStore({ clock });
  const logged: string[] = [];
  const log = {
    info: (message: string) => void logged.push(message),
    warn: (message: string) => void logged.push(message),
    error: (message: string) => void logged.push(message),
  };
  const replica = (more: Partial<ManagerOptions> = {}) => {
    const authority = new FakeAuthority(clock);
    const counts = { changed: 0, issued: 0, failed: 0 };
    const manager = new CertificateManager({
      storage: createSharedStorage({ store, clock, sealer: PLAIN, scope: "ca", shared: true }),
      authority,
      clock,
      log,
      random: () => 0,
      renewBefore: 1 / 3,
      challenges: ["http-01"],
      placeholder: PLACEHOLDER,
      events: { issued: () => counts.issued++, failed: () => counts.failed++ },
      changed: () => counts.changed++,
      ...more,
    });
    const use = async (...names: string[]): Promise<void> => {
      await manager.prepare(names);
      manager.use(names);
    };
    const statusOf = (name: string) => manager.status.find((one) => one.name === name);
    return { authority, manager, counts, use, statusOf };
  };
  return { clock, store, logged, replica };
}

/** Moves the clock on in steps, so that what waits gets its turn between them. */
async function pass(clock: FakeClock, span: number, steps = 20): Promise<void> {
  for (let step = 0; step < steps; step++) {
    clock.advance(span / steps);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const namesShown = (manager: CertificateManager, names: readonly string[]): string[] =>
  manager
    .shown(names)
    .certificates.map(({ cert, hosts }) =>
      cert === PLACEHOLDER.cert
        ? `self-signed ${hosts?.join(" ")}`
        : `${new X509Certificate(cert).subject} ${hosts?.join(" ")}`,
    );

describe("a name", () => {
  test("is shown self-signed until there is a certificate, then by that", async () => {
    const { replica, logged } = setUp();
    const { manager, use, counts, statusOf } = replica();
    await manager.prepare(["a.test", "b.test"]);
    expect(namesShown(manager, ["a.test", "b.test"])).toEqual(["self-signed a.test b.test"]);
    expect(statusOf("a.test")).toEqual({ name: "a.test", state: "pending" });
    await use("a.test", "b.test");
    await until("both are got", () => counts.issued === 2);
    expect(namesShown(manager, ["a.test", "b.test"])).toEqual(["CN=a.test a.test", "CN=b.test b.test"]);
    expect([...manager.certificates.keys()]).toEqual(["a.test", "b.test"]);
    expect(statusOf("a.test")?.state).toBe("valid");
    expect(logged).toContain("A self-signed certificate is shown until there is one by ACME.");
    await manager.close();
  });

  test("that is not wanted any more is let go, and what is under way for it given up", async () => {
    const { replica } = setUp();
    const { manager, authority, use, counts } = replica();
    const reached = Promise.withResolvers<AbortSignal>();
    const gate = Promise.withResolvers<void>();
    authority.before = (signal) => {
      reached.resolve(signal);
      return gate.promise;
    };
    await use("a.test");
    const signal = await reached.promise;
    manager.use([]);
    expect(signal.aborted).toBe(true);
    gate.resolve();
    await manager.close();
    expect(counts).toMatchObject({ issued: 0, failed: 0 });
    expect(manager.status).toEqual([]);
  });
});

describe("a renewal", () => {
  test("comes when a third of the lifetime is left, and replaces the one before", async () => {
    const { clock, replica } = setUp();
    const { manager, authority, use, counts, statusOf } = replica();
    await use("a.test");
    await until("it is got", () => counts.issued === 1);
    const first = manager.certificates.get("a.test")?.cert;
    const renewAt = Date.parse(statusOf("a.test")?.renewAt ?? "");
    expect(renewAt - clock.now()).toBeGreaterThan(58.9 * DAY);
    expect(renewAt - clock.now()).toBeLessThanOrEqual(60 * DAY);
    await pass(clock, renewAt - clock.now() - 60_000, 2000);
    expect(counts.issued).toBe(1);
    await pass(clock, 3_600_000);
    await until("it is renewed", () => counts.issued === 2);
    expect(authority.replaced).toEqual([undefined, first]);
    expect(manager.certificates.get("a.test")?.cert).not.toBe(first as string);
    await manager.close();
  });

  test("comes when the authority suggests it, however early", async () => {
    const { clock, replica } = setUp();
    const { manager, authority, use, counts } = replica();
    await use("a.test");
    await until("it is got", () => counts.issued === 1);
    const now = clock.now();
    authority.info = { window: { start: now - 2 * DAY, end: now - DAY }, askAgain: DAY };
    // A certificate is a day old at least, whatever is suggested.
    await pass(clock, 23 * 3_600_000, 400);
    expect(counts.issued).toBe(1);
    await pass(clock, 2 * 3_600_000, 100);
    await until("it is renewed", () => counts.issued === 2);
    await pass(clock, 22 * 3_600_000, 400);
    expect(counts.issued).toBe(2);
    await manager.close();
  });
});

describe("a failure", () => {
  test("is told, and tried again after rests that grow", async () => {
    const { clock, replica } = setUp();
    const { manager, authority, use, counts, statusOf } = replica();
    authority.failures.push(new AuthorityError("the name points elsewhere", {}, undefined), new Error("again"));
    await use("a.test");
    await until("it failed", () => counts.failed === 1);
    expect(statusOf("a.test")).toMatchObject({
      state: "failing",
      failures: 1,
      lastError: "the name points elsewhere",
      nextTry: new Date(clock.now() + 120_000).toISOString(),
    });
    await pass(clock, 110_000);
    expect(authority.asked).toHaveLength(1);
    await pass(clock, 20_000);
    await until("it failed again", () => counts.failed === 2);
    await pass(clock, 340_000);
    expect(authority.asked).toHaveLength(2);
    await pass(clock, 60_000);
    await until("it is got", () => counts.issued === 1);
    expect(statusOf("a.test")).toMatchObject({ state: "valid" });
    expect(statusOf("a.test")).not.toHaveProperty("failures");
    await manager.close();
  });

  test("rests for as long as the authority asks, whoever tries next", async () => {
    const { clock, replica } = setUp();
    const one = replica();
    one.authority.failures.push(new AuthorityError("too many", { retryAfter: 3 * 3_600_000, type: "rateLimited" }, 0));
    await one.use("a.test");
    await until("it failed", () => one.counts.failed === 1);
    await one.manager.close();
    const two = replica();
    await two.use("a.test");
    await pass(clock, 2.9 * 3_600_000, 100);
    expect(two.authority.asked).toEqual([]);
    expect(two.statusOf("a.test")).toMatchObject({ state: "failing", lastError: "too many" });
    await pass(clock, 0.2 * 3_600_000);
    await until("it is got", () => two.counts.issued === 1);
    await two.manager.close();
  });

  test("of one name keeps no other from its own", async () => {
    const { replica } = setUp();
    const { manager, authority, use, counts, statusOf } = replica();
    authority.failures.push(new Error("no"));
    await use("bad.test", "good.test");
    await until("both are tried", () => counts.failed + counts.issued === 2);
    // Which of them is asked for first is left open.
    expect(new Set([statusOf("bad.test")?.state, statusOf("good.test")?.state])).toEqual(new Set(["failing", "valid"]));
    await manager.close();
  });
});

describe("replicas", () => {
  test("get one certificate between them, and all show it", async () => {
    const { clock, replica } = setUp();
    const replicas = Array.from({ length: 5 }, () => replica());
    await Promise.all(replicas.map(({ use }) => use("a.test", "b.test")));
    await until("all have both", async () => {
      await pass(clock, 60_000, 4);
      return replicas.every(({ manager }) => manager.certificates.size === 2);
    });
    expect(replicas.flatMap(({ authority }) => authority.asked).sort()).toEqual(["a.test", "b.test"]);
    const shown = replicas.map(({ manager }) => manager.certificates.get("a.test")?.cert);
    expect(new Set(shown).size).toBe(1);
    await Promise.all(replicas.map(({ manager }) => manager.close()));
  });

  test("one that lost its lease gives up, and its certificate does not take a newer one's place", async () => {
    const { clock, store, replica } = setUp();
    const slow = replica();
    const quick = replica();
    const reached = Promise.withResolvers<AbortSignal>();
    const gate = Promise.withResolvers<void>();
    slow.authority.before = (signal) => {
      reached.resolve(signal);
      return gate.promise;
    };
    await slow.use("a.test");
    const signal = await reached.promise;
    await store.delete("acme:ca:lease:a.test");
    await quick.use("a.test");
    await until("the quick one has it", () => quick.counts.issued === 1);
    await pass(clock, 30_000);
    expect(signal.aborted).toBe(true);
    gate.resolve();
    await until("the slow one shows it as well", () => slow.manager.certificates.size === 1);
    expect(slow.counts.issued).toBe(0);
    expect(slow.manager.certificates.get("a.test")?.cert).toBe(
      quick.manager.certificates.get("a.test")?.cert as string,
    );
    await slow.manager.close();
    await quick.manager.close();
  });

  test("answer each other's HTTP-01 checks while they are put up", async () => {
    const { replica } = setUp();
    const one = replica();
    const two = replica();
    const answers: (string | undefined)[] = [];
    const answerOf = async (path: string): Promise<string | undefined> => (await two.manager.answer(path))?.text();
    one.authority.before = async (_, solver) => {
      const challenge = { type: "http-01", name: "a.test", token: "tok-1", value: "tok-1.print" } as const;
      await solver.putUp(challenge);
      answers.push(await answerOf("/.well-known/acme-challenge/tok-1"));
      await solver.takeDown(challenge);
    };
    await one.use("a.test");
    await until("it is got", () => one.counts.issued === 1);
    expect(answers).toEqual(["tok-1.print"]);
    expect(await answerOf("/.well-known/acme-challenge/tok-1")).toBeUndefined();
    expect(await answerOf("/.well-known/acme-challenge/../x")).toBeUndefined();
    expect(await answerOf("/other")).toBeUndefined();
    await one.manager.close();
    await two.manager.close();
  });

  test("show each other's TLS-ALPN-01 challenges", async () => {
    const { clock, replica } = setUp();
    const challenges = ["tls-alpn-01"] as const;
    const one = replica({ challenges });
    const two = replica({ challenges });
    const challenge = {
      type: "tls-alpn-01",
      name: "a.test",
      token: "t",
      value: "v",
      certificate: { cert: "challenge", key: "k" },
    } as const;
    await two.use("other.test");
    const seen: unknown[] = [];
    one.authority.before = async (_, solver) => {
      const up = solver.putUp(challenge);
      await until("the other shows it", () => two.manager.shown(["a.test"]).challenges !== undefined);
      seen.push(two.manager.shown(["a.test"]).challenges, one.manager.shown(["a.test"]).challenges);
      await pass(clock, 2000);
      await up;
      await solver.takeDown(challenge);
    };
    await one.use("a.test");
    await until("it is got", () => one.counts.issued === 1);
    const expected = [{ cert: "challenge", key: "k", hosts: ["a.test"] }];
    expect(seen).toEqual([expected, expected]);
    await until("both have taken it down", () =>
      [one, two].every(({ manager }) => manager.shown(["a.test"]).challenges === undefined),
    );
    await one.manager.close();
    await two.manager.close();
  });
});

test("a store that is away is told, and asked again", async () => {
  const { clock, store, logged, replica } = setUp();
  let away = true;
  const failing = (): Promise<never> => Promise.reject(new Error("the store cannot be reached"));
  const storage = createSharedStorage({
    store: {
      ...store,
      get: (key) => (away ? failing() : store.get(key)),
      list: (key) => (away ? failing() : store.list(key)),
    },
    clock,
    sealer: PLAIN,
    scope: "ca",
    shared: true,
  });
  const { manager, use, counts } = replica({ storage });
  await use("a.test");
  await until("it is told", () => logged.includes("A certificate cannot be looked after: its storage is away."));
  expect(namesShown(manager, ["a.test"])).toEqual(["self-signed a.test"]);
  away = false;
  await until("it is got", async () => {
    await pass(clock, 60_000, 4);
    return counts.issued === 1;
  });
  await manager.close();
});
