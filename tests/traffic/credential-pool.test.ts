import { describe, expect, test } from "bun:test";
import { array, assert, boolean, integer, property } from "fast-check";
import type { Store } from "#src/core/store.ts";
import { createRedisStore } from "#src/store/redis.ts";
import { redisMissing, startRedis } from "#tests/support/redis.ts";
import { createMemoryStore } from "#src/store/memory.ts";
import { type CoolDown, CredentialPool, type CredentialPoolOptions } from "#src/traffic/credential-pool.ts";
import { CredentialHealth } from "#src/traffic/health.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";

const NONE: ReadonlySet<string> = new Set();

/** A pool of the tokens a, b, c that begins with a. */
function setUp(options: Partial<CredentialPoolOptions> = {}) {
  const clock = new FakeClock();
  const health = new CredentialHealth({ clock });
  const coolDowns: CoolDown[] = [];
  const make = (more: Partial<CredentialPoolOptions> = {}): CredentialPool =>
    new CredentialPool({
      provider: "p",
      apiTokens: ["a", "b", "c"],
      keyless: false,
      health,
      clock,
      random: () => 0,
      onCoolDown: (coolDown) => coolDowns.push(coolDown),
      ...options,
      ...more,
    });
  return { clock, health, coolDowns, make, pool: make() };
}

function secrets(pool: CredentialPool, count: number): (string | undefined)[] {
  return Array.from({ length: count }, () => pool.lease(NONE)?.credential?.secret);
}

/** Leases the next credential and reports a failure with `status`. */
function failNext(pool: CredentialPool, status: number, retryAfter?: number): void {
  pool.lease(NONE)?.done({
    ok: false,
    verdict: status >= 500 ? "upstream" : "credential",
    status,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
}

describe("rotation", () => {
  test("each lease takes the next credential in turn", () => {
    expect(secrets(setUp().pool, 5)).toEqual(["a", "b", "c", "a", "b"]);
  });

  test("it starts at random", () => {
    expect(secrets(setUp({ random: () => 0.99 }).pool, 3)).toEqual(["c", "a", "b"]);
  });

  test("what the request tried already is left out", () => {
    const { pool } = setUp();
    const tried = new Set<string>();
    const seen: (string | undefined)[] = [];
    for (let lease = pool.lease(tried); lease !== undefined; lease = pool.lease(tried)) {
      tried.add(lease.id);
      seen.push(lease.credential?.id);
    }
    expect(seen).toEqual(["p#1", "p#2", "p#3"]);
    expect(pool.retryAfter()).toBeUndefined();
  });

  test("a keyless provider without tokens is called once without a credential", () => {
    const { pool } = setUp({ apiTokens: [], keyless: true });
    const lease = pool.lease(NONE);
    expect(lease).toMatchObject({ id: "p", credential: undefined });
    lease?.done({ ok: false, verdict: "upstream", status: 500 });
    expect(pool.lease(NONE)).toBeDefined();
    expect(pool.lease(new Set(["p"]))).toBeUndefined();
    expect(pool.retryAfter()).toBeUndefined();
  });

  test("a provider that needs a token has no lease without one", () => {
    expect(setUp({ apiTokens: [] }).pool.lease(NONE)).toBeUndefined();
  });
});

describe("cool-down", () => {
  test.each([
    [401, 300],
    [402, 300],
    [403, 300],
    [429, 30],
    [500, 5],
    [529, 5],
  ])("after %d a credential rests %d s", (status, seconds) => {
    const { pool, clock, coolDowns } = setUp();
    failNext(pool, status);
    expect(coolDowns).toEqual([{ provider: "p", credential: "p#1", seconds, status }]);
    expect(secrets(pool, 4)).toEqual(["b", "c", "b", "c"]);
    clock.advance(seconds * 1000 - 1);
    expect(secrets(pool, 2)).toEqual(["b", "c"]);
    clock.advance(1);
    expect(secrets(pool, 3)).toContain("a");
  });

  test("Retry-After decides, up to an hour", () => {
    const { pool, coolDowns } = setUp();
    failNext(pool, 429, 7);
    failNext(pool, 429, 1_000_000);
    failNext(pool, 503, 2);
    expect(coolDowns.map(({ seconds }) => seconds)).toEqual([7, 3600, 2]);
    expect(pool.lease(NONE)).toBeUndefined();
    expect(pool.retryAfter()).toBe(2);
  });

  test("a configured rest replaces the defaults but not Retry-After", () => {
    const { pool, coolDowns } = setUp({ coolDown: 12_000 });
    failNext(pool, 401);
    failNext(pool, 429, 3);
    expect(coolDowns.map(({ seconds }) => seconds)).toEqual([12, 3]);
  });

  test("the request's own fault leaves the credential alone", () => {
    const { pool, coolDowns } = setUp();
    pool.lease(NONE)?.done({ ok: false, verdict: "request", status: 400 });
    expect(coolDowns).toEqual([]);
  });

  test("a failing server does not lock out the last credential, a refused one is locked out", () => {
    const { pool } = setUp({ apiTokens: ["a"] });
    failNext(pool, 500);
    pool.lease(NONE)?.done({ ok: false, verdict: "upstream" });
    expect(secrets(pool, 1)).toEqual(["a"]);
    failNext(pool, 401);
    expect(secrets(pool, 1)).toEqual([undefined]);
    expect(pool.retryAfter()).toBe(300);
  });

  test("an outage does not lengthen the rest, however long it lasts", () => {
    const { pool, clock, coolDowns } = setUp({ apiTokens: ["a", "b"] });
    for (let round = 0; round < 5; round++) {
      failNext(pool, 503);
      clock.advance(5000);
    }
    expect(coolDowns.map(({ seconds }) => seconds)).toEqual([5, 5, 5, 5, 5]);
  });

  test("each refusal in a row doubles the rest, a success ends the row", () => {
    const { pool, clock, coolDowns } = setUp({ apiTokens: ["a"] });
    for (let round = 0; round < 9; round++) {
      failNext(pool, 429);
      clock.advance(3_600_000);
    }
    expect(coolDowns.map(({ seconds }) => seconds)).toEqual([30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
    pool.lease(NONE)?.done({ ok: true });
    failNext(pool, 429);
    expect(coolDowns.at(-1)?.seconds).toBe(30);
  });

  test("requests that fail together count as one failure", () => {
    const { pool, clock, coolDowns } = setUp({ apiTokens: ["a"] });
    const leases = Array.from({ length: 100 }, () => pool.lease(NONE));
    for (const lease of leases) {
      clock.advance(1);
      lease?.done({ ok: false, verdict: "credential", status: 429 });
    }
    expect(coolDowns.map(({ seconds }) => seconds)).toEqual([30]);
    clock.advance(30_000);
    failNext(pool, 429);
    expect(coolDowns.at(-1)?.seconds).toBe(60);
  });

  test("in a burst a clearly longer rest still wins", () => {
    const { pool, coolDowns } = setUp({ apiTokens: ["a"] });
    const [one, two] = [pool.lease(NONE), pool.lease(NONE)];
    one?.done({ ok: false, verdict: "credential", status: 429, retryAfter: 2 });
    two?.done({ ok: false, verdict: "credential", status: 401 });
    expect(coolDowns.map(({ seconds }) => seconds)).toEqual([2, 300]);
  });

  test("a rest is never cut short by a shorter one", () => {
    const clock = new FakeClock();
    const health = new CredentialHealth({ clock });
    const secret = health.hold("p", "a");
    health.rest(secret, 60_000);
    health.rest(secret, 1000);
    expect(secret.restsUntil).toBe(clock.now() + 60_000);
    health.rest(secret, 100 * 3_600_000);
    expect(secret.restsUntil).toBe(clock.now() + 3_600_000);
  });

  test("whatever happens, a lease never rests and is never one tried before", () => {
    const step = integer({ min: 0, max: 4 });
    assert(
      property(array(step, { maxLength: 60 }), boolean(), (steps, keepTried) => {
        const { pool, clock, coolDowns } = setUp();
        const tried = new Set<string>();
        const rests = new Map<string, number>();
        for (const kind of steps) {
          if (kind === 0) clock.advance(40_000);
          const lease = pool.lease(tried);
          if (lease === undefined) continue;
          expect(tried.has(lease.id)).toBe(false);
          expect(rests.get(lease.id) ?? 0).toBeLessThanOrEqual(clock.now());
          if (keepTried) tried.add(lease.id);
          if (kind <= 1) lease.done({ ok: true });
          else
            lease.done({ ok: false, verdict: kind === 2 ? "upstream" : "credential", status: kind === 2 ? 503 : 429 });
          const last = coolDowns.at(-1);
          if (last?.credential === lease.id && kind > 1) rests.set(lease.id, clock.now() + last.seconds * 1000 - 1000);
        }
      }),
    );
  });
});

describe("over a reload", () => {
  test("a cool-down stays while a configuration uses the secret, wherever it stands in the list", () => {
    const { pool, make } = setUp();
    failNext(pool, 401);
    const next = make({ apiTokens: ["x", "a"] });
    pool.close();
    expect(secrets(next, 2)).toEqual(["x", "x"]);
    next.close();
    expect(secrets(make(), 1)).toEqual(["a"]);
  });

  test("a rotated secret starts fresh, and so does the same secret of another provider", () => {
    const { pool, make } = setUp({ apiTokens: ["a"] });
    failNext(pool, 401);
    expect(secrets(make({ apiTokens: ["a2"] }), 1)).toEqual(["a2"]);
    expect(secrets(make({ provider: "q" }), 1)).toEqual(["a"]);
    expect(secrets(make(), 1)).toEqual([undefined]);
  });
});

describe("between replicas", () => {
  /** Two replicas on one store; `log` gathers their warnings. */
  function replicas(store: Store, clock: FakeClock) {
    const warnings: string[] = [];
    const log = { info() {}, error() {}, warn: (message: string) => void warnings.push(message) };
    const make = () => {
      const health = new CredentialHealth({ clock, store, log });
      const pool = new CredentialPool({
        provider: "p",
        apiTokens: ["secret-a", "secret-b"],
        keyless: false,
        health,
        clock,
        random: () => 0,
      });
      return { health, pool };
    };
    return { make, warnings };
  }

  test("a cool-down is known on the others at once, and on those that start later", async () => {
    const clock = new FakeClock();
    const { make } = replicas(createMemoryStore({ clock }), clock);
    const [one, two] = [make(), make()];
    await Promise.all([one.health.settled(), two.health.settled()]);
    failNext(one.pool, 429, 60);
    await one.health.settled();
    await Promise.resolve();
    expect(secrets(two.pool, 2)).toEqual(["secret-b", "secret-b"]);
    const late = make();
    await late.health.settled();
    expect(secrets(late.pool, 2)).toEqual(["secret-b", "secret-b"]);
    clock.advance(60_000);
    expect(secrets(two.pool, 2)).toContain("secret-a");
  });

  test("a failure before the shared name is made is told once it is", async () => {
    const clock = new FakeClock();
    const { make } = replicas(createMemoryStore({ clock }), clock);
    const one = make();
    failNext(one.pool, 429, 60);
    await one.health.settled();
    const two = make();
    await two.health.settled();
    expect(secrets(two.pool, 1)).toEqual(["secret-b"]);
  });

  test("no secret reaches the store", async () => {
    const clock = new FakeClock();
    const written: string[] = [];
    const inner = createMemoryStore({ clock });
    const store: Store = {
      ...inner,
      set: (key, value, ttl) => (written.push(key, value), inner.set(key, value, ttl)),
      get: (key) => (written.push(key), inner.get(key)),
      publish: (channel, message) => (written.push(channel, message), inner.publish(channel, message)),
    };
    const { make } = replicas(store, clock);
    const one = make();
    await one.health.settled();
    failNext(one.pool, 401);
    await one.health.settled();
    expect(written.length).toBeGreaterThan(4);
    expect(written.join()).not.toContain("secret-");
    expect(written.find((text) => text.startsWith("cool-down:"))).toMatch(/^cool-down:p:[0-9a-f]{32}$/);
  });

  test("a nonsensical or far-off time from another replica does not put a secret away for good", async () => {
    const clock = new FakeClock();
    const store = createMemoryStore({ clock });
    const { make } = replicas(store, clock);
    const { health, pool } = make();
    await health.settled();
    const names: string[] = [];
    const stop = await store.subscribe("credential-cool-down", (message) => names.push(message.split(" ")[1] ?? ""));
    failNext(pool, 429, 1);
    await health.settled();
    await stop();
    await store.publish("credential-cool-down", `NaN ${names[0]}`);
    await store.publish("credential-cool-down", `${clock.now() * 2} ${names[0]}`);
    await store.publish("credential-cool-down", "noise");
    await Promise.resolve();
    expect(secrets(pool, 2)).toEqual(["secret-b", "secret-b"]);
    clock.advance(3_600_000);
    expect(secrets(pool, 2)).toContain("secret-a");
  });

  test("without the store each goes on alone, says so once, and joins when it is back", async () => {
    const clock = new FakeClock();
    const inner = createMemoryStore({ clock });
    let away = true;
    const guard = <T>(work: () => Promise<T>): Promise<T> => (away ? Promise.reject(new Error("away")) : work());
    const store: Store = {
      ...inner,
      get: (key) => guard(() => inner.get(key)),
      set: (key, value, ttl) => guard(() => inner.set(key, value, ttl)),
      publish: (channel, message) => guard(() => inner.publish(channel, message)),
      subscribe: (channel, receive) => guard(() => inner.subscribe(channel, receive)),
    };
    const { make, warnings } = replicas(store, clock);
    const one = make();
    await one.health.settled();
    failNext(one.pool, 429, 2);
    await one.health.settled();
    expect(secrets(one.pool, 1)).toEqual(["secret-b"]);
    expect(warnings).toHaveLength(1);
    away = false;
    clock.advance(1000);
    await one.health.settled();
    clock.advance(1000);
    const two = make();
    await two.health.settled();
    failNext(two.pool, 429, 60);
    await two.health.settled();
    await Promise.resolve();
    expect(secrets(one.pool, 2)).toEqual(["secret-b", "secret-b"]);
    expect(warnings).toHaveLength(1);
  });

  test("closing stops listening and leaves no timer", async () => {
    const clock = new FakeClock();
    const store: Store = { ...createMemoryStore({ clock }), subscribe: () => Promise.reject(new Error("away")) };
    const { make } = replicas(store, clock);
    const { health } = make();
    await health.settled();
    expect(clock.pending).toBe(1);
    await health.close();
    expect(clock.pending).toBe(0);
  });

  test.skipIf(redisMissing !== undefined)("a real Redis carries a cool-down from one to the other", async () => {
    await using server = await startRedis();
    const clock = new FakeClock(Date.now());
    const stores = [0, 1].map(() => createRedisStore(`redis://127.0.0.1:${server.port}`));
    const [one, two] = [replicas(stores[0]!, clock).make(), replicas(stores[1]!, clock).make()];
    await Promise.all([one.health.settled(), two.health.settled()]);
    failNext(one.pool, 429, 60);
    // The message comes over the network: until it is there the second replica still leases both in turn.
    while (secrets(two.pool, 2).includes("secret-a")) await new Promise((resolve) => setTimeout(resolve, 1));
    const late = replicas(stores[1]!, clock).make();
    await late.health.settled();
    expect(secrets(late.pool, 2)).toEqual(["secret-b", "secret-b"]);
    await Promise.all([one, two, late].map(({ health }) => health.close()));
    await Promise.all(stores.map((store) => store.close()));
  });
});

describe("a preferred credential", () => {
  test("comes first and out of turn, unless it rests or was tried", () => {
    const { make } = setUp();
    const pool = make();
    const prefer = { credential: "p#3", only: false };
    expect(pool.lease(NONE, prefer)?.id).toBe("p#3");
    expect(pool.lease(NONE)?.id).toBe("p#1");
    expect(pool.lease(new Set(["p#3"]), prefer)?.id).toBe("p#2");
    pool.lease(NONE, prefer)?.done({ ok: false, verdict: "credential", status: 429 });
    expect(pool.lease(NONE, prefer)?.id).not.toBe("p#3");
  });

  test("that alone will do is leased at rest, once, and nobody in its place", () => {
    const { make } = setUp();
    const pool = make();
    const prefer = { credential: "p#3", only: true };
    pool.lease(NONE, prefer)?.done({ ok: false, verdict: "credential", status: 429 });
    expect(pool.lease(NONE, prefer)?.id).toBe("p#3");
    expect(pool.lease(new Set(["p#3"]), prefer)).toBeUndefined();
  });
});
