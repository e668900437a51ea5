import { expect, test } from "bun:test";
import type { RedisServer } from "#src/core/plugin-host.ts";
import { madePlugin } from "#tests/support/made-plugin.ts";
import { pluginStage } from "#tests/support/plugin-stage.ts";
import { until } from "#tests/support/until.ts";

test("done comes after the last piece of an answer that the upstream has long sent", async () => {
  const seen: string[] = [];
  const plugin = madePlugin("watcher", {
    async responseChunk(_, chunk, last) {
      await Promise.resolve();
      seen.push(last ? "last" : "piece");
      return chunk;
    },
    done: () => void seen.push("done"),
  });
  await using stage = await pluginStage({ extra: [plugin], plugins: [{ name: "watcher" }] });
  expect(await (await stage.fetch("/x")).text()).toBe("from the backend");
  await until("the request is over", () => seen.includes("done"));
  expect(seen).toEqual(["piece", "last", "done"]);
});

test("done comes when the client leaves in the middle of an answer", async () => {
  const over = Promise.withResolvers<void>();
  const plugin = madePlugin("watcher", { responseChunk: (_, chunk) => chunk, done: () => over.resolve() });
  await using stage = await pluginStage({
    extra: [plugin],
    plugins: [{ name: "watcher" }],
    backend: () => new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1000)) })),
  });
  const leaving = new AbortController();
  const { body } = await stage.fetch("/x", { signal: leaving.signal });
  await body?.getReader().read();
  leaving.abort();
  await over.promise;
});

test("a Redis is found by the service's name as Higress writes it, once the configuration runs", async () => {
  const opened: RedisServer[] = [];
  const plugin = madePlugin("asks", (_, host) => {
    const redis = host.redis({ host: "counts.static", port: 6379 });
    return { requestHeaders: async () => void (await redis.command(["PING"])) };
  });
  await using stage = await pluginStage({
    extra: [plugin],
    plugins: [{ name: "asks" }],
    config: ({ http }) => ({
      services: [
        { name: "backend", endpoints: [http] },
        { name: "counts", endpoints: ["127.0.0.1:7777"] },
      ],
    }),
    gateway: {
      openRedis(server) {
        opened.push(server);
        return { command: async () => "PONG", close: async () => {} };
      },
    },
  });
  await stage.fetch("/x");
  await stage.fetch("/x");
  expect(opened).toEqual([{ host: "127.0.0.1", port: 7777 }]);
});

test("a plugin sees the endpoints of the route's service, and chooses one", async () => {
  const seen: unknown[] = [];
  let backend = "";
  const plugin = madePlugin("chooser", {
    requestHeaders(call) {
      const hosts = call.upstreamHosts?.() ?? [];
      seen.push(hosts);
      call.overrideUpstream(hosts.at(-1)?.address ?? "");
    },
  });
  await using stage = await pluginStage({
    extra: [plugin],
    plugins: [{ name: "chooser" }],
    config({ http }) {
      backend = http;
      return { services: [{ name: "backend", endpoints: ["127.0.0.1:9", http] }] };
    },
  });
  expect(await (await stage.fetch("/x")).text()).toBe("from the backend");
  expect(seen).toEqual([
    [
      { address: "127.0.0.1:9", healthy: true },
      { address: backend, healthy: true },
    ],
  ]);
  await stage.fetch("/v1/models");
  expect(seen[1]).toEqual([]);
});
