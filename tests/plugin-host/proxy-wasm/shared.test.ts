import { describe, expect, test } from "bun:test";
import { RedisError, type RedisServer } from "#src/core/plugin-host.ts";
import { SharedQueues } from "#src/plugin-host/proxy-wasm/shared-queues.ts";
import { until } from "#tests/support/until.ts";
import { probe } from "#tests/support/proxy-wasm/driver.ts";

describe("shared data", () => {
  test("is written with a number that tells of changes in between", async () => {
    using guest = await probe(`
      @configure
      sharedget key
      sharedset 0 key one
      sharedget key
      sharedset last key two
      sharedset last key three
      sharedset 4711 key four
      sharedget key
      sharedset 0 empty
      sharedget empty`);
    expect(guest.said("configure").map((line) => line.split(" -> ")[1])).toEqual([
      "1 ",
      "0",
      "0 one",
      "0",
      "8",
      "8",
      "0 two",
      "0",
      "0 ",
    ]);
  });

  test("that is too much is refused", async () => {
    using guest = await probe("@request_headers\nsharedset 0 key value");
    guest.host.shared.set = () => {
      throw new RangeError("full");
    };
    await guest.open().requestHeaders();
    expect(guest.said("request_headers")).toEqual(["sharedset 0 key value -> 10"]);
  });
});

describe("shared queues", () => {
  test("are filled and emptied, and tell whoever has registered", async () => {
    using guest = await probe(`
      @configure
      resolve - jobs
      register jobs
      dequeue last
      resolve probe jobs
      @request_headers
      resolve - jobs
      enqueue last first
      enqueue 99 x
      dequeue 99
      @queue_ready
      dequeue last
      dequeue last`);
    await guest.open().requestHeaders();
    expect(guest.said("configure").map((line) => line.split(" -> ")[1])).toEqual(["1", "0", "7 ", "0"]);
    expect(guest.said("request_headers").map((line) => line.split(" -> ")[1])).toEqual(["0", "0", "1", "1 "]);
    expect(guest.said("queue_ready").map((line) => line.split(" -> ")[1])).toEqual(["0 first", "7 "]);
  });

  test("are shared by the plugins of a gateway", async () => {
    const queues = new SharedQueues();
    using receiver = await probe("@configure\nregister jobs\n@queue_ready\ndequeue last", { queues, vmId: "receiver" });
    using sender = await probe("@request_headers\nresolve receiver jobs\nenqueue last job", { queues, vmId: "sender" });
    await sender.open().requestHeaders();
    await until("the receiver is told", () => receiver.said("queue_ready").length > 0);
    expect(receiver.said("queue_ready")).toEqual(["dequeue last -> 0 job"]);
  });

  test("tell one after the other, and nobody who has left", async () => {
    const queues = new SharedQueues();
    const told: string[] = [];
    const listeners = ["a", "b"].map((name) => () => void told.push(name));
    const token = listeners.map((listener) => queues.register("vm", "q", listener))[0] ?? 0;
    for (let item = 0; item < 4; item++) queues.enqueue(token, new Uint8Array());
    await until("all are told", () => told.length === 4);
    for (const listener of listeners) queues.leave(listener);
    queues.enqueue(token, new Uint8Array());
    // Whoever is told is told before this.
    await Promise.resolve();
    expect(told).toEqual(["a", "b", "a", "b"]);
  });

  test("have limits", () => {
    const queues = new SharedQueues();
    const token = queues.register("vm", "q", () => {}) ?? 0;
    const other = queues.register("vm", "other", () => {}) ?? 0;
    expect(queues.enqueue(other, new Uint8Array(40 * 1024 * 1024))).toBe("ok");
    expect(queues.enqueue(token, new Uint8Array(40 * 1024 * 1024))).toBe("full");
    queues.dequeue(other);
    for (let item = 0; item < 10_000; item++) queues.enqueue(token, new Uint8Array());
    expect(queues.enqueue(token, new Uint8Array())).toBe("full");
    for (let queue = 2; queue < 1000; queue++) queues.register("vm", `q${queue}`, () => {});
    expect(queues.register("vm", "more", () => {})).toBeUndefined();
    expect(queues.resolve("vm", "q7")).toBe(8);
  });
});

describe("Redis", () => {
  test("is opened by its service's name, and asked with a callback", async () => {
    const commands: string[][] = [];
    using guest = await probe(
      `@configure
       redisinit outbound|6379||redis.static?db=2 user pass
       @request_headers
       redis outbound|6379||redis.static get key
       return 4
       @redis_call_response
       buffer 9 0 100
       add 0 x-redis yes
       continue 0
       @response_headers
       buffer 9 0 100`,
      {
        host: {
          redis: {
            async command(args) {
              commands.push(args.map((arg) => (typeof arg === "string" ? arg : new TextDecoder().decode(arg))));
              return "value";
            },
          },
        },
      },
    );
    const stream = guest.open();
    await stream.requestHeaders();
    await stream.responseHeaders(new Response("x"));
    expect(commands).toEqual([["get", "key"]]);
    expect(guest.lines).toContain("redis_call_response 0 11");
    expect(guest.said("redis_call_response")[0]).toStartWith("buffer 9 0 100 -> 0 $5\r\nvalue");
    expect(stream.exchange.request.headers.get("x-redis")).toBe("yes");
    expect(guest.said("response_headers")).toEqual(["buffer 9 0 100 -> 1 "]);
  });

  test.each<[string, RedisServer]>([
    ["outbound|6379||redis.static?db=2", { host: "redis.static", port: 6379, database: 2, timeout: 250 }],
    ["outbound|6379|v1|redis.dns", { host: "redis.dns", port: 6379, timeout: 250 }],
    ["redis.dns:6380?db=1", { host: "redis.dns", port: 6380, database: 1, timeout: 250 }],
    ["redis", { host: "redis", timeout: 250 }],
  ])("knows %s", async (service, server) => {
    using guest = await probe(`@request_headers\nredisinit ${service}`);
    const asked: RedisServer[] = [];
    guest.host.redis = (given) => {
      asked.push(given);
      return { command: async () => null };
    };
    await guest.open().requestHeaders();
    expect(asked).toEqual([server]);
  });

  test("that says no says it to the guest, and one that is not there does so too", async () => {
    const says = [new RedisError("WRONGTYPE"), new Error("gone")];
    using guest = await probe(
      `@configure\nredisinit redis\n@request_headers\nredis redis get k\nredis other get k\nreturn 1\n@redis_call_response\nbuffer 9 0 100\ncontinue 0`,
      { host: { redis: { command: () => Promise.reject(says.shift()) } } },
    );
    for (let request = 0; request < 2; request++) await guest.open().requestHeaders();
    expect(guest.said("request_headers").map((line) => line.split(" -> ")[1])).toEqual(["0", "2", "0", "2"]);
    expect(guest.lines.filter((line) => line.startsWith("redis_call_response "))).toEqual([
      "redis_call_response 0 12",
      "redis_call_response 1 0",
    ]);
    expect(guest.said("redis_call_response")[0]).toContain("-WRONGTYPE");
  });

  test("that cannot be opened is a bad argument", async () => {
    using guest = await probe("@configure\nredisinit redis");
    expect(guest.said("configure")).toEqual(["redisinit redis -> 2"]);
  });
});
