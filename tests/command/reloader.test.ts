import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { fileSource } from "#src/command/config-source.ts";
import { configured, Listeners } from "#src/command/listeners.ts";
import { Reloader } from "#src/command/reloader.ts";
import type { Host } from "#src/core/host.ts";
import type { Gateway } from "#src/gateway.ts";
import { registry } from "#src/registry.ts";
import { ActiveRequests } from "#src/traffic/active.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { temporaryFile } from "#tests/support/temporary-file.ts";

const text = (port: number, token = "t"): string =>
  `listeners: [{ port: ${port} }]\nadmin: { port: 9, token: ${token} }\n`;

function setUp() {
  const path = temporaryFile(text(1));
  const source = fileSource(path, {}, registry);
  const loaded = source();
  if (!loaded.ok) throw new Error(loaded.problems.join("\n"));
  const absent = (): never => {
    throw new Error("not needed here");
  };
  const host: Host = {
    runtime: "bun",
    listen: ({ port }) => Promise.resolve({ port, stop: () => Promise.resolve() }),
    fetch: absent,
    probe: absent,
    connectWebSocket: absent,
  };
  const listeners = new Listeners(host, { gateway: absent, admin: absent });
  const applied: number[] = [];
  let refused = false;
  const gateway: Gateway = {
    fetch: absent,
    apply(config) {
      if (refused) return Promise.reject(new Error("it cannot be compiled"));
      applied.push(config.listeners[0]?.port ?? -1);
      return Promise.resolve();
    },
    files: new Map(),
    pluginFailures: [],
    active: new ActiveRequests(),
    activeMcp: { sessions: 0, streams: 0 },
    draining: false,
    drain: absent,
    close: absent,
  };
  const clock = new FakeClock();
  const results: boolean[] = [];
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  const reloaded = (ok: boolean): void => void results.push(ok);
  const reloader = new Reloader({
    source,
    loaded,
    over: (config) => config,
    certificates: { prepare: () => Promise.resolve(), shownBy: configured, commit: () => {}, rollBack: () => {} },
    gateway,
    listeners,
    log,
    clock,
    reloaded,
  });
  const ports = (): number[] => listeners.open.map(({ port }) => port);
  return { path, clock, reloader, applied, results, ports, refuse: (now: boolean) => (refused = now) };
}

test("what changes before the begin is taken by the begin alone: two moves at once would open a port twice", async () => {
  const { clock, reloader, applied } = setUp();
  reloader.refresh();
  clock.advance(1000);
  await new Promise((resolve) => setImmediate(resolve));
  expect(applied).toEqual([]);
  await reloader.start();
  expect(applied).toEqual([1]);
});

test("a good file is moved to: gateway, ports and token", async () => {
  const { path, reloader, applied, results, ports } = setUp();
  writeFileSync(path, text(2, "other"));
  expect(await reloader.reload("a test")).toEqual({ ok: true });
  expect(applied).toEqual([2]);
  expect(ports()).toEqual([2, 9]);
  expect(reloader.token).toBe("other");
  expect(results).toEqual([true]);
});

test("a bad file changes nothing and is told, until a good one comes", async () => {
  const { path, reloader, applied, results } = setUp();
  writeFileSync(path, "listeners: 5\n");
  expect(await reloader.reload("a test")).toMatchObject({ ok: false });
  expect([applied, reloader.stale, reloader.token]).toEqual([[], true, "t"]);
  writeFileSync(path, text(3));
  expect(await reloader.reload("a test")).toEqual({ ok: true });
  expect([applied, reloader.stale, results]).toEqual([[3], false, [false, true]]);
});

test("what the gateway cannot compile gives the ports back", async () => {
  const { path, reloader, ports, refuse } = setUp();
  await reloader.reload("a test");
  refuse(true);
  writeFileSync(path, text(2));
  expect(await reloader.reload("a test")).toEqual({ ok: false, problems: ["it cannot be compiled"] });
  expect(new Set(ports())).toEqual(new Set([1, 9]));
});

test("two at a time are done one after the other", async () => {
  const { reloader, applied } = setUp();
  await Promise.all([reloader.reload("one"), reloader.reload("two")]);
  expect(applied).toEqual([1, 1]);
});
