import { describe, expect, test } from "bun:test";
import { createRedisStore } from "#src/store/redis.ts";
import type { Log } from "#src/core/log.ts";
import type { Store } from "#src/core/store.ts";
import { describeStore } from "#tests/contracts/store.ts";
import { redisMissing, startRedis } from "#tests/support/redis.ts";
import { until } from "#tests/support/until.ts";

if (redisMissing === undefined) {
  describeStore("redis", async () => {
    const server = await startRedis();
    const store = createRedisStore(`redis://127.0.0.1:${server.port}/0`);
    const replica = createRedisStore(`redis://127.0.0.1:${server.port}/0`);
    return {
      store,
      replica,
      // A real server has real time.
      pass: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds + 5)),
      async close() {
        await Promise.all([store.close(), replica.close()]);
        await server.stop();
      },
    };
  });
} else {
  console.warn(redisMissing);
  test.skip(`store contract: redis (${redisMissing})`, () => {});
}

describe("redis store", () => {
  test.skipIf(redisMissing !== undefined)("keys and channels carry the prefix, databases are apart", async () => {
    await using server = await startRedis();
    const url = `redis://127.0.0.1:${server.port}`;
    const stores = [
      createRedisStore(url),
      createRedisStore(url, { prefix: "" }),
      createRedisStore(`${url}/1`),
    ] as const;
    const [plain, bare, other] = stores;
    await plain.set("key", "value");
    expect(await bare.get("sluice:key")).toBe("value");
    expect(await other.get("key")).toBeUndefined();
    await Promise.all(stores.map((store) => store.close()));
  });

  test.skipIf(redisMissing !== undefined)("a wrong password is told without the password", async () => {
    await using server = await startRedis({ password: "right-pass" });
    const { log, lines } = linesOfLog();
    const store = createRedisStore(`redis://:wrong-pass@127.0.0.1:${server.port}`, { log });
    const error = await failure(store);
    expect(lines).toEqual([expect.stringMatching(/^warn .*WRONGPASS/)]);
    expect(lines.join()).not.toContain("wrong-pass");
    expect(error.message).toContain(`127.0.0.1:${server.port}`);
    expect(told(error)).not.toContain("wrong-pass");
    await store.close();
    const good = createRedisStore(`redis://:right-pass@127.0.0.1:${server.port}`);
    await good.set("a", "1");
    expect(await good.get("a")).toBe("1");
    await good.close();
  });

  test.skipIf(redisMissing !== undefined)(
    "it fails at once while the server is away and comes back by itself",
    async () => {
      await using server = await startRedis();
      const { log, lines } = linesOfLog();
      const store = createRedisStore(`redis://127.0.0.1:${server.port}`, { log });
      const heard: string[] = [];
      const regained = Promise.withResolvers<void>();
      await store.subscribe("c", (message) => heard.push(message), regained.resolve);
      await store.set("a", "1");
      await server.stop();
      await failure(store);
      await using _again = await startRedis({ port: server.port });
      while ((await store.set("a", "2").catch(() => "away")) === "away")
        await new Promise((resolve) => setTimeout(resolve, 5));
      expect(await store.get("a")).toBe("2");
      // From then on no message is missed.
      await regained.promise;
      await store.publish("c", "back");
      await until("the message is heard", () => heard.length > 0);
      expect(heard).toEqual(["back"]);
      await store.close();
      expect(lines).toEqual([
        expect.stringMatching(/^warn The store is away.* Redis at 127\.0\.0\.1:/),
        "info The store is back. ",
      ]);
    },
  );

  test("a server that is not there is told by its address", async () => {
    const store = createRedisStore("redis://user:secret-pass@127.0.0.1:1/0");
    const error = await failure(store);
    expect(error.message).toContain("127.0.0.1:1");
    expect(told(error)).not.toContain("secret-pass");
    const noSubscription = await store.subscribe("c", () => {}).catch((reason: Error) => reason.message);
    expect(noSubscription).toContain("127.0.0.1:1");
    await store.close();
    expect(await store.get("a").catch((reason: Error) => reason.message)).toContain("closed");
  });

  test.each([
    ["nonsense-pass"],
    ["http://:pass-word@host"],
    ["redis://:pass-word@host/zero"],
    ["redis:///0?pass-word"],
  ])("%s is refused without being repeated", (url) => {
    expect(() => createRedisStore(url)).toThrow(/^The (?!.*pass)/);
  });
});

async function failure(store: Store): Promise<Error> {
  for (;;) {
    const thrown: unknown = await store.set("a", "1").then(
      () => undefined,
      (error: unknown) => error,
    );
    if (thrown instanceof Error) return thrown;
  }
}

/** A log, and its lines so far. */
function linesOfLog(): { readonly log: Log; readonly lines: string[] } {
  const lines: string[] = [];
  const writing =
    (level: keyof Log): Log["info"] =>
    (message, fields) =>
      void lines.push(`${level} ${message} ${String(fields?.reason ?? "")}`);
  return { log: { info: writing("info"), warn: writing("warn"), error: writing("error") }, lines };
}

/** Everything an error could show in a log. */
function told(error: Error): string {
  return `${error.stack}${JSON.stringify(error)}${Bun.inspect(error)}`;
}
