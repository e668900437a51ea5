import { describe, expect, test } from "bun:test";
import type { PluginHost } from "#src/core/plugin-host.ts";
import { createProxyWasmPlugin } from "#src/plugin-host/proxy-wasm/plugin.ts";
import { Restarts } from "#src/plugin-host/proxy-wasm/restarts.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { fakePluginHost } from "#tests/support/fake-plugin-host.ts";
import { buildAssemblyScript } from "#tests/support/proxy-wasm/assemblyscript.ts";
import { messageOf } from "#tests/support/message-of.ts";
import { probe } from "#tests/support/proxy-wasm/driver.ts";

describe("a stream", () => {
  test("is told of its beginning and its end, and knows its request at the end", async () => {
    using guest = await probe(`
      @context_create
      get 0 :path
      @done
      get 0 :path
      @log
      get 0 :path
      get 2 :status
      @delete
      log 2 bye`);
    const stream = guest.open();
    await stream.requestHeaders();
    await stream.responseHeaders(new Response("x"));
    stream.done();
    stream.done();
    expect(guest.lines.slice(1).filter((line) => line.includes(":"))).toEqual([
      "context_create: get 0 :path -> 0 /things?x=1",
      "done: get 0 :path -> 0 /things?x=1",
      "log: get 0 :path -> 0 /things?x=1",
      "log: get 2 :status -> 0 200",
      "delete: log 2 bye -> 0",
    ]);
  });

  test("that the guest is not done with lives until it says so", async () => {
    using guest = await probe(`
      @configure
      tick 100
      @done
      return 0
      @tick
      effective 2
      done
      done
      @delete
      log 2 bye`);
    const stream = guest.open();
    stream.done();
    expect(guest.lines).not.toContain("bye");
    await guest.host.tick();
    expect(guest.lines).toContain("bye");
    expect(guest.said("tick")).toEqual(["effective 2 -> 0", "done -> 0", "done -> 0"]);
    await guest.host.tick();
    expect(guest.said("tick").slice(3)).toEqual(["effective 2 -> 2", "done -> 1", "done -> 1"]);
  });

  test("has its own place beside others", async () => {
    using guest = await probe("@request_headers\nget 0 x-n\n@request_body\nget 0 x-n");
    const streams = [1, 2, 3].map((n) =>
      guest.open(new Request("http://a.test/", { method: "POST", headers: { "x-n": `${n}` } })),
    );
    for (const stream of streams) await stream.requestHeaders();
    for (const stream of streams.toReversed()) await stream.requestBody("x");
    expect(guest.said("request_body")).toEqual(["get 0 x-n -> 0 3", "get 0 x-n -> 0 2", "get 0 x-n -> 0 1"]);
  });
});

describe("a configuration", () => {
  test("that the guest refuses is told of", async () => {
    expect(await messageOf(probe("@configure\nreturn 0"))).toContain("refuses its configuration");
  });

  test("has hooks for what its module exports", async () => {
    using guest = await probe("");
    expect("hooks" in guest.filter && guest.filter.hooks.toSorted()).toEqual([
      "done",
      "requestBody",
      "requestHeaders",
      "responseBody",
      "responseChunk",
      "responseHeaders",
    ]);
  });

  test("has a VM of its own, which ends with it", async () => {
    const plugin = await createProxyWasmPlugin("probe", await Bun.file(await buildAssemblyScript("probe")).bytes());
    const hosts = [1, 2].map(() => fakePluginHost());
    const filters = await Promise.all(
      hosts.map((host: PluginHost, at) =>
        plugin.configure(`@configure\ntick 50\nlog 2 I am ${at}\n@delete_root\nlog 2 gone`, host),
      ),
    );
    filters[0]?.close?.();
    await hosts[0]?.tick();
    const messages = hosts.map(({ lines }) => lines.map(({ message }) => message));
    expect(messages[0]).toContain("I am 0");
    expect(messages[0]).toContain("gone");
    expect(messages[1]).toContain("I am 1");
    expect(messages[1]).not.toContain("gone");
    plugin.close();
    expect(hosts[1]?.lines.map(({ message }) => message)).toContain("gone");
  });

  test("ticks as often as the guest says, until it says no more", async () => {
    using guest = await probe("@configure\ntick 1\n@tick\nlog 2 tock\ntick 0");
    await guest.host.tick();
    await guest.host.tick();
    expect(guest.lines.filter((line) => line === "tock")).toHaveLength(1);
  });
});

describe("a VM that has ended", () => {
  test.each([
    ["traps", "trap"],
    ["never ends", "loop"],
    ["recurses without end", "recurse 0"],
    ["floods its host with calls", "flood"],
    ["floods its host with bytes", "copyflood"],
    ["exits", "exit 3"],
  ])("because the guest %s fails its streams, and another takes its place", async (_, op) => {
    using guest = await probe(`@request_headers\nget 0 x-bad\n@request_body\n${op}`, { limits: { fuel: 2_000_000 } });
    const bystander = guest.open();
    await bystander.requestHeaders();
    const victim = guest.open(new Request("http://a.test/", { method: "POST", body: "x" }));
    expect(await messageOf(victim.requestBody("x"))).toContain("The plugin's VM has ended in proxy_on_request_body");
    expect(await messageOf(bystander.responseHeaders(new Response("x")))).toContain("has ended");
    expect(
      guest.host.lines.filter(({ level, message }) => level === "error" && message.includes("has ended")),
    ).toHaveLength(1);
    await guest.open().requestHeaders();
    expect(guest.said("request_headers")).toHaveLength(2);
  });

  test("again and again rests before it starts once more", async () => {
    const clock = new FakeClock();
    using guest = await probe("@request_headers\ntrap", { host: { clock } });
    const ask = (): Promise<unknown> => guest.open().requestHeaders();
    expect(await messageOf(ask())).toContain("has ended in");
    expect(await messageOf(ask())).toContain("has ended in");
    expect(() => guest.open()).toThrow("started again in 100 ms");
    clock.advance(100);
    expect(await messageOf(ask())).toContain("has ended in");
    expect(() => guest.open()).toThrow("started again in 200 ms");
  });

  test("lets nobody wait", async () => {
    using guest = await probe(
      "@request_headers\ncall u :method=GET|:path=/|:authority=h\nreturn 4\n@http_call_response\ntrap",
      { host: { answer: () => ({ status: 200, headers: [], body: new Uint8Array() }) } },
    );
    expect(await messageOf(guest.open().requestHeaders())).toContain("has ended in proxy_on_http_call_response");
  });
});

test("rests double up to half a minute, and are forgotten after a good one", () => {
  const clock = new FakeClock();
  const restarts = new Restarts(clock);
  const rests: number[] = [];
  for (let failure = 0; failure < 12; failure++) {
    restarts.failed();
    rests.push(restarts.rest);
    clock.advance(restarts.rest);
  }
  expect(rests).toEqual([0, 100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]);
  clock.advance(60_001);
  restarts.failed();
  expect(restarts.rest).toBe(0);
});

test("fuel is what the limits say, and 0 stands for as much as the guest likes", async () => {
  using frugal = await probe("@request_headers\nrandom", { limits: { fuel: 1000 } });
  expect(await messageOf(frugal.open().requestHeaders())).toContain("it used up the fuel of one callback");
  using free = await probe("@request_headers\nrandom", { limits: { fuel: 0 } });
  await free.open().requestHeaders();
  expect(free.said("request_headers")).toEqual(["random -> 0 random"]);
});

test("memory has a cap", async () => {
  using guest = await probe("@configure\ngrow 10\ngrow 1000", { limits: { memoryPages: 64 } });
  expect(guest.said("configure").map((line) => line.split(" -> ")[1])).toEqual([expect.stringMatching(/^\d+$/), "-1"]);
});

test("a flood of lines is cut, and told of", async () => {
  using guest = await probe("@configure\nlogflood");
  expect(guest.lines.filter((line) => line === "again")).toHaveLength(1000);
  expect(guest.lines.at(-1)).toBe("4001 more lines of one callback were left out.");
});

test("a guest of Higress' may ask for a new VM, and the old one finishes what it has begun", async () => {
  using guest = await probe(
    "@request_headers\npropertyhex plugin_vm_memory\nsetproperty wasm_need_rebuild true\n@delete_root\nlog 2 gone",
  );
  const first = guest.open();
  await first.requestHeaders();
  const second = guest.open();
  await second.requestHeaders();
  expect(guest.lines.filter((line) => line.startsWith("vm_start"))).toHaveLength(2);
  await first.responseHeaders(new Response("x"));
  expect(guest.lines).not.toContain("gone");
  first.done();
  expect(guest.lines.filter((line) => line === "gone")).toHaveLength(1);
});

describe("a module", () => {
  const load = async (wasm: Uint8Array): Promise<unknown> =>
    (await createProxyWasmPlugin("p", wasm)).configure({}, fakePluginHost());
  const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

  test("that is none says so", async () => {
    expect(await messageOf(load(new TextEncoder().encode("<html>")))).toContain("The plugin 'p' cannot be loaded");
  });

  test("of another kind says what is missing", async () => {
    expect(await messageOf(load(new Uint8Array(header)))).toContain("exports none of proxy_abi_version_0_2_100");
  });

  test("that wants what no host gives says what", async () => {
    const wanting = new Uint8Array([...header, 1, 4, 1, 0x60, 0, 0, 2, 9, 1, 3, 0x67, 0x70, 0x75, 1, 0x78, 0, 0]);
    expect(await messageOf(load(wanting))).toContain("It imports the function 'x' of 'gpu'");
  });
});
