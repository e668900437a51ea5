import { describe, expect, test } from "bun:test";
import { array, assert, asyncProperty, integer } from "fast-check";
import type { RedisClient } from "#src/core/plugin-host.ts";
import type { Store } from "#src/core/store.ts";
import { RedisCommands } from "#src/store/redis-commands.ts";
import { createMemoryStore } from "#src/store/memory.ts";
import { createRedisStore } from "#src/store/redis.ts";
import { clusterKeyRateLimit } from "#plugins/cluster-key-rate-limit.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { type FakePluginHost, fakePluginHost } from "#tests/support/fake-plugin-host.ts";
import { redisMissing, startRedis } from "#tests/support/redis.ts";
import { type Answered, type Asked, behind } from "./behind.ts";

interface Stage {
  readonly clock: FakeClock;
  readonly host: FakePluginHost;
  readonly ask: (asked?: Asked) => Promise<Answered>;
  /** The statuses of so many requests of this kind. */
  readonly times: (count: number, asked?: Asked) => Promise<number[]>;
}

async function stageOf(
  config: object,
  parts: { store?: Store; redis?: RedisClient; clock?: FakeClock } = {},
): Promise<Stage> {
  const clock = parts.clock ?? new FakeClock();
  const host = fakePluginHost({ clock, store: createMemoryStore({ clock }), ...parts });
  const ask = await behind(clusterKeyRateLimit, { rule_name: "test", ...config }, host);
  const times = async (count: number, asked?: Asked): Promise<number[]> => {
    const statuses: number[] = [];
    for (let at = 0; at < count; at++) statuses.push((await ask(asked)).status);
    return statuses;
  };
  return { clock, host, ask, times };
}

/** A store that is away, as long as it is told to be. */
function failingStore(clock: FakeClock): Store & { away: boolean } {
  const memory = createMemoryStore({ clock });
  const store = {
    ...memory,
    away: true,
    increment: (key: string, by: number, ttl: number) =>
      store.away ? Promise.reject(new Error("Nobody answers.")) : memory.increment(key, by, ttl),
  };
  return store;
}

const APIKEY_RULES = [
  {
    limit_by_param: "apikey",
    limit_keys: [
      { key: "9a342114-ba8a-11ec-b1bf-00163e1250b5", query_per_minute: 2 },
      { key: "a6a6d7f2-ba8a-11ec-bec2-00163e1250b5", query_per_hour: 3 },
    ],
  },
  {
    limit_by_per_param: "apikey",
    limit_keys: [
      { key: "regexp:^a.*", query_per_second: 1 },
      { key: "regexp:^b.*", query_per_minute: 2 },
      { key: "*", query_per_hour: 3 },
    ],
  },
];

describe("Higress' examples", () => {
  test("by parameter: exact keys first, then each value that fits a pattern for itself", async () => {
    const { times, clock } = await stageOf({ rule_items: APIKEY_RULES });
    expect(await times(3, { url: "/?apikey=9a342114-ba8a-11ec-b1bf-00163e1250b5" })).toEqual([200, 200, 429]);
    // Begins with a, and is a key of the rule before.
    expect(await times(4, { url: "/?apikey=a6a6d7f2-ba8a-11ec-bec2-00163e1250b5" })).toEqual([200, 200, 200, 429]);
    expect(await times(2, { url: "/?apikey=a1" })).toEqual([200, 429]);
    expect(await times(2, { url: "/?apikey=a2" })).toEqual([200, 429]);
    expect(await times(3, { url: "/?apikey=b1" })).toEqual([200, 200, 429]);
    expect(await times(4, { url: "/?apikey=c" })).toEqual([200, 200, 200, 429]);
    expect(await times(9, { url: "/" })).not.toContain(429);
    clock.advance(1000);
    expect(await times(1, { url: "/?apikey=a1" })).toEqual([200]);
    expect(await times(1, { url: "/?apikey=b1" })).toEqual([429]);
  });

  test("by header; a key that YAML reads as a number", async () => {
    const rule = { limit_by_header: "X-Ca-Key", limit_keys: [{ key: 102_234, query_per_minute: 1 }] };
    const { times } = await stageOf({ rule_items: [rule] });
    expect(await times(2, { headers: { "x-ca-key": "102234" } })).toEqual([200, 429]);
    expect(await times(2, { headers: { "x-ca-key": "308239" } })).toEqual([200, 200]);
  });

  test("by the address in a header: one, a block, the rest", async () => {
    const keys = [
      { key: "1.1.1.1", query_per_day: 1 },
      { key: "1.1.1.0/24", query_per_day: 2 },
      { key: "0.0.0.0/0", query_per_day: 3 },
    ];
    const { times } = await stageOf({
      rule_items: [{ limit_by_per_ip: "from-header-X-Forwarded-For", limit_keys: keys }],
    });
    const from = (value: string): Asked => ({ headers: { "x-forwarded-for": value } });
    expect(await times(2, from("1.1.1.1"))).toEqual([200, 429]);
    expect(await times(3, from("1.1.1.2, 10.0.0.1"))).toEqual([200, 200, 429]);
    expect(await times(1, from("1.1.1.3"))).toEqual([200]);
    expect(await times(4, from("2.2.2.2:4711"))).toEqual([200, 200, 200, 429]);
    expect(await times(9, from("nonsense"))).not.toContain(429);
    expect(await times(9)).not.toContain(429);
  });

  test("by the connection's address, in either spelling", async () => {
    const rule = { limit_by_per_ip: "from-remote-addr", limit_keys: [{ key: "0.0.0.0/0", query_per_day: 1 }] };
    const { times } = await stageOf({ rule_items: [rule] });
    expect(await times(1, { remoteAddress: "10.0.0.1" })).toEqual([200]);
    expect(await times(1, { remoteAddress: "::ffff:10.0.0.1" })).toEqual([429]);
    expect(await times(1, { remoteAddress: "10.0.0.2" })).toEqual([200]);
  });

  test("by consumer", async () => {
    const { times } = await stageOf({
      rule_items: [
        { limit_by_consumer: "", limit_keys: [{ key: "consumer1", query_per_second: 1 }] },
        { limit_by_per_consumer: "", limit_keys: [{ key: "regexp:^a", query_per_second: 2 }] },
      ],
    });
    expect(await times(2, { consumer: "consumer1" })).toEqual([200, 429]);
    expect(await times(3, { consumer: "anna" })).toEqual([200, 200, 429]);
    expect(await times(3, { consumer: "berta" })).toEqual([200, 200, 200]);
    expect(await times(3)).toEqual([200, 200, 200]);
  });

  test("by cookie, with an answer of one's own", async () => {
    const { times, ask } = await stageOf({
      rule_items: [{ limit_by_cookie: "key1", limit_keys: [{ key: "a=b", query_per_minute: 1 }] }],
      rejected_code: 200,
      rejected_msg: '{"code":-1,"msg":"Too many requests"}',
    });
    const asked = { headers: { cookie: "other=1; key1=a=b" } };
    expect(await times(1, asked)).toEqual([200]);
    const { status, body, reply } = await ask({ ...asked, route: { ai: true } });
    expect([status, body, reply?.refusal]).toEqual([200, '{"code":-1,"msg":"Too many requests"}', false]);
    expect((await ask({ headers: { cookie: "key1=" } })).reply).toBeUndefined();
  });

  test("all together", async () => {
    const { times } = await stageOf({ global_threshold: { query_per_second: 2 } });
    expect(await times(3)).toEqual([200, 200, 429]);
  });
});

describe("what clients are told", () => {
  test("the limit and what is left, if it is wanted", async () => {
    const { ask, clock } = await stageOf({ global_threshold: { query_per_minute: 2 }, show_limit_quota_header: true });
    expect((await ask()).headers).toEqual({ "x-ratelimit-limit": "2", "x-ratelimit-remaining": "1" });
    clock.advance(15_500);
    expect((await ask()).headers).toEqual({ "x-ratelimit-limit": "2", "x-ratelimit-remaining": "0" });
    const refused = await ask();
    expect(refused).toMatchObject({ status: 429, body: "Too many requests" });
    expect(refused.headers).toEqual({
      "x-ratelimit-reset": "45",
      "x-ratelimit-limit": "2",
      "x-ratelimit-remaining": "0",
      "retry-after": "45",
    });
    expect(refused.reply).toMatchObject({ refusal: true, reason: "cluster-key-rate-limit.rejected" });
  });

  test("otherwise only when they may come again", async () => {
    const { ask } = await stageOf({ global_threshold: { query_per_hour: 1 }, rejected_code: 403 });
    expect((await ask()).headers).toEqual({});
    expect((await ask()).headers).toEqual({ "x-ratelimit-reset": "3600" });
  });
});

test("a window never lets more than the limit through, and a new one begins a window after the first request", async () => {
  await assert(
    asyncProperty(
      integer({ min: 1, max: 5 }),
      array(integer({ min: 0, max: 700 }), { maxLength: 30 }),
      async (limit, waits) => {
        const { ask, clock } = await stageOf({ global_threshold: { query_per_second: limit } });
        let [begun, count] = [Number.NEGATIVE_INFINITY, 0];
        for (const wait of waits) {
          clock.advance(wait);
          if (clock.monotonic() >= begun + 1000) [begun, count] = [clock.monotonic(), 0];
          count += 1;
          expect((await ask()).status).toBe(count > limit ? 429 : 200);
        }
      },
    ),
    { numRuns: 50 },
  );
});

test("long and strange values are counted, each for itself", async () => {
  const rule = { limit_by_per_header: "x-key", limit_keys: [{ key: "*", query_per_day: 1 }] };
  const { times } = await stageOf({ rule_items: [rule] });
  const values = ["a:b", "a%3Ab", "x".repeat(4000), `${"x".repeat(3999)}y`, "\ud800", "*"];
  for (const value of values) expect(await times(2, { headers: { "x-key": value } })).toEqual([200, 429]);
});

describe("replicas", () => {
  const config = { rule_items: APIKEY_RULES };
  const asked = { url: "/?apikey=b7" };

  test("count together in one store, rules of other names apart", async () => {
    const clock = new FakeClock();
    const store = createMemoryStore({ clock });
    const [one, two] = [await stageOf(config, { store, clock }), await stageOf(config, { store, clock })];
    expect([...(await one.times(1, asked)), ...(await two.times(1, asked)), ...(await one.times(1, asked))]).toEqual([
      200, 200, 429,
    ]);
    const other = await stageOf({ ...config, rule_name: "other" }, { store, clock });
    expect(await other.times(1, asked)).toEqual([200]);
  });

  test.skipIf(redisMissing !== undefined)(
    "count together in a real Redis, also in one of the plugin's own",
    async () => {
      await using redis = await startRedis();
      const url = `redis://127.0.0.1:${redis.port}/0`;
      const stores = [createRedisStore(url), createRedisStore(url)];
      const own = new RedisCommands({ host: "127.0.0.1", port: redis.port, database: 1 });
      try {
        const [one, two] = await Promise.all(stores.map((store) => stageOf(config, { store })));
        expect([...((await one?.times(2, asked)) ?? []), ...((await two?.times(2, asked)) ?? [])]).toEqual([
          200, 200, 429, 429,
        ]);
        const block = { redis: { service_name: "redis.static" } };
        const third = await stageOf({ ...config, ...block }, { redis: own });
        expect(await third.times(3, asked)).toEqual([200, 200, 429]);
        const { headers } = await third.ask(asked);
        expect(Number(headers["x-ratelimit-reset"])).toBeWithin(1, 61);
      } finally {
        await Promise.all([...stores.map((store) => store.close()), own.close()]);
      }
    },
  );
});

describe("when counting fails", () => {
  test("requests go through, and the log says so once for each time", async () => {
    const clock = new FakeClock();
    const store = failingStore(clock);
    const { times, host } = await stageOf({ global_threshold: { query_per_day: 1 } }, { store, clock });
    expect(await times(3)).toEqual([200, 200, 200]);
    expect(host.lines).toEqual([
      { level: "warn", message: "Requests cannot be counted in the store, so they are not limited until they can." },
    ]);
    store.away = false;
    expect(await times(2)).toEqual([200, 429]);
    store.away = true;
    expect(await times(2)).toEqual([200, 200]);
    expect(host.lines).toHaveLength(2);
  });

  test("in the plugin's own Redis: they are counted in the store", async () => {
    const redis: RedisClient = { command: () => Promise.reject(new Error("Nobody answers.")) };
    const config = { global_threshold: { query_per_day: 1 }, redis: { service_name: "redis.dns", service_port: 6380 } };
    const { times, host } = await stageOf(config, { redis });
    expect(await times(2)).toEqual([200, 429]);
    expect(host.lines.map(({ message }) => message)).toEqual([
      "Requests cannot be counted in the Redis redis.dns, so they are in the store until they can.",
    ]);
  });

  test("on a host that reaches no Redis: they are counted in the store", async () => {
    const { times, host } = await stageOf({
      global_threshold: { query_per_day: 1 },
      redis: { service_name: "r.static" },
    });
    expect(await times(2)).toEqual([200, 429]);
    expect(host.lines).toHaveLength(1);
  });
});

const KEYS = [{ key: "a", query_per_day: 1 }];

test.each([
  [{}, "Give one of rule_items and global_threshold"],
  [{ rule_items: [{ limit_by_header: "a", limit_keys: KEYS }], global_threshold: { query_per_day: 1 } }, "Give one of"],
  [{ rule_items: [] }, "rule_items"],
  [{ rule_items: [{ limit_keys: KEYS }] }, "A rule needs exactly one of limit_by_header"],
  [{ rule_items: [{ limit_by_header: "a", limit_by_param: "b", limit_keys: KEYS }] }, "exactly one of limit_by_header"],
  [{ rule_items: [{ limit_by_header: "", limit_keys: KEYS }] }, "limit_by_header must not be empty"],
  [{ rule_items: [{ limit_by_header: "a", limit_keys: [] }] }, "limit_keys"],
  [
    { rule_items: [{ limit_by_header: "a", limit_keys: [{ key: "a" }] }] },
    'The key "a" needs exactly one of query_per',
  ],
  [{ rule_items: [{ limit_by_per_header: "a", limit_keys: KEYS }] }, "is * or begins with regexp:"],
  [{ rule_items: [{ limit_by_per_ip: "x-real-ip", limit_keys: KEYS }] }, "from-remote-addr"],
  [{ rule_items: [{ limit_by_per_ip: "from-header-", limit_keys: KEYS }] }, "from-remote-addr"],
  [{ rule_items: [{ limit_by_per_ip: "from-remote-addr", limit_keys: KEYS }] }, "neither an IP address"],
  [{ global_threshold: { query_per_day: 1, query_per_hour: 1 } }, "global_threshold needs exactly one"],
  [{ global_threshold: { query_per_day: 0 } }, "query_per_day"],
  [{ global_threshold: { query_per_day: 1 }, redis: {} }, "redis.service_name"],
])("refuses the configuration %j", async (config, message) => {
  expect(await stageOf(config).catch(String)).toContain(message);
});
