import { describe, expect, test } from "bun:test";
import type { Credential } from "#src/core/provider.ts";
import { createMemoryStore } from "#src/store/memory.ts";
import { CredentialCheck } from "#src/traffic/credential-check.ts";
import { CredentialPool } from "#src/traffic/credential-pool.ts";
import { CredentialHealth } from "#src/traffic/health.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";

const NONE: ReadonlySet<string> = new Set();
const INTERVAL = 5000;

interface Setting {
  readonly successThreshold?: number;
  readonly failureThreshold?: number;
  readonly coolDown?: number;
  readonly tokens?: readonly string[];
  readonly health?: CredentialHealth;
  readonly clock?: FakeClock;
}

/** A pool whose resting credentials are tried; each try takes the next of `answers`, and fails without one. */
function setUp({ successThreshold = 1, tokens = ["a", "b"], ...setting }: Setting = {}) {
  const clock = setting.clock ?? new FakeClock();
  const health = setting.health ?? new CredentialHealth({ clock });
  const tried: string[] = [];
  const recovered: string[] = [];
  const answers: boolean[] = [];
  const check = new CredentialCheck({
    clock,
    interval: INTERVAL,
    successThreshold,
    probe({ secret }: Credential) {
      tried.push(secret);
      return Promise.resolve(answers.shift() ?? false);
    },
    recovered(credential, secret) {
      recovered.push(credential.secret);
      health.wake(secret);
    },
  });
  const pool = new CredentialPool({
    provider: "p",
    apiTokens: tokens,
    keyless: false,
    health,
    clock,
    random: () => 0,
    check,
    ...(setting.coolDown === undefined ? {} : { coolDown: setting.coolDown }),
    ...(setting.failureThreshold === undefined ? {} : { failureThreshold: setting.failureThreshold }),
  });
  /** Lets time pass until the next try is over. */
  const pass = async (milliseconds = INTERVAL) => {
    clock.advance(milliseconds);
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  };
  return { clock, health, pool, tried, recovered, answers, pass };
}

function fail(pool: CredentialPool, status = 401, retryAfter?: number): void {
  const verdict = status >= 500 ? "upstream" : "credential";
  pool.lease(NONE)?.done({ ok: false, verdict, status, ...(retryAfter === undefined ? {} : { retryAfter }) });
}

function next(pool: CredentialPool): string | undefined {
  return pool.lease(NONE)?.credential?.secret;
}

describe("a resting credential", () => {
  test("is tried until the provider takes it, and then used again", async () => {
    const { pool, tried, recovered, answers, pass, clock } = setUp();
    fail(pool);
    answers.push(false, false, true);
    await pass(INTERVAL - 1);
    expect(tried).toEqual([]);
    await pass(1);
    await pass();
    expect([next(pool), next(pool)]).toEqual(["b", "b"]);
    await pass();
    expect(tried).toEqual(["a", "a", "a"]);
    expect(recovered).toEqual(["a"]);
    expect(new Set([next(pool), next(pool)])).toEqual(new Set(["a", "b"]));
    await pass();
    expect(tried.length).toBe(3);
    expect(clock.pending).toBe(0);
  });

  test("needs as many good tries in a row as are wanted", async () => {
    const { pool, recovered, answers, pass } = setUp({ successThreshold: 2 });
    fail(pool);
    answers.push(true, false, true, true);
    for (const _ of [1, 2, 3]) await pass();
    expect(recovered).toEqual([]);
    await pass();
    expect(recovered).toEqual(["a"]);
  });

  test("comes back by time all the same: after the cool-down when there is one, else within an hour", async () => {
    const short = setUp({ coolDown: 2 * INTERVAL });
    fail(short.pool);
    await short.pass();
    await short.pass();
    expect(new Set([next(short.pool), next(short.pool)])).toEqual(new Set(["a", "b"]));
    expect(short.tried).toEqual(["a"]);
    expect(short.clock.pending).toBe(0);
    const long = setUp();
    fail(long.pool);
    long.clock.advance(3_600_000 - 1);
    expect([next(long.pool), next(long.pool)]).toEqual(["b", "b"]);
    long.clock.advance(1);
    expect(new Set([next(long.pool), next(long.pool)])).toEqual(new Set(["a", "b"]));
  });

  test("is not tried while the provider itself has said how long to wait", async () => {
    const { pool, tried, pass } = setUp();
    fail(pool, 429, 20);
    for (const _ of [1, 2, 3, 4]) await pass();
    next(pool);
    expect(tried).toEqual([]);
    expect(new Set([next(pool), next(pool)])).toEqual(new Set(["a", "b"]));
  });

  test("is tried by each configuration that finds it at rest, and no more once that is gone", async () => {
    const first = setUp();
    fail(first.pool);
    const second = setUp({ health: first.health, clock: first.clock });
    first.pool.close();
    expect(next(second.pool)).toBe("b");
    await second.pass();
    expect([first.tried, second.tried]).toEqual([[], ["a"]]);
  });

  test("the client is told to come back by the next try", () => {
    const { pool } = setUp({ tokens: ["a"] });
    fail(pool);
    expect(pool.retryAfter()).toBe(5);
  });
});

describe("failureThreshold", () => {
  test("that many failures in a row, with no success between them", () => {
    const { pool } = setUp({ failureThreshold: 2, tokens: ["a"] });
    fail(pool);
    pool.lease(NONE)?.done({ ok: true });
    fail(pool);
    expect(next(pool)).toBe("a");
    fail(pool);
    expect(next(pool)).toBeUndefined();
  });

  test("what the provider says itself counts at once", () => {
    const { pool } = setUp({ failureThreshold: 3, tokens: ["a"] });
    fail(pool, 429, 10);
    expect(next(pool)).toBeUndefined();
  });
});

test("replicas tell each other of a recovery", async () => {
  const clock = new FakeClock();
  const store = createMemoryStore();
  const [one, two] = [new CredentialHealth({ clock, store }), new CredentialHealth({ clock, store })];
  const [here, there] = [one.hold("p", "a"), two.hold("p", "a")];
  await Promise.all([one.settled(), two.settled()]);
  one.rest(here, 60_000);
  await one.settled();
  expect(there.restsUntil).toBe(clock.now() + 60_000);
  two.wake(there);
  await two.settled();
  expect([here.restsUntil, there.restsUntil]).toEqual([0, 0]);
  // Who comes later does not learn of a rest that is over.
  const late = new CredentialHealth({ clock, store });
  const known = late.hold("p", "a");
  await late.settled();
  expect(known.restsUntil).toBe(0);
});
