import { heapStats } from "bun:jsc";
import { expect, test } from "bun:test";
import type { Config, RouteConfig } from "#config/model.ts";
import { systemClock } from "#src/core/clock.ts";
import { createGateway } from "#src/gateway.ts";
import { registry } from "#src/registry.ts";
import { configOf } from "#tests/support/envoy-translation.ts";

const ROUTES = 3000;
const CHANGES = 100;
const MEBIBYTE = 1024 * 1024;

const base = configOf({ routes: [{ name: "r", response: { status: 200, body: "yes" } }] });

function route(index: number): RouteConfig {
  const [made] = base.routes;
  if (made === undefined) throw new Error("there is no route");
  return { ...made, name: `r${index}`, match: { hosts: [`h${index}.test`], path: { prefix: "/" } } };
}

function heap(): number {
  Bun.gc(true);
  return heapStats().heapSize;
}

test("a configuration is forgotten once another one is in use, although most of its routes go on", async () => {
  const gateway = createGateway({
    registry,
    clock: systemClock,
    fetch: (url, init) => fetch(url, init),
    decodesBodies: false,
    connectWebSocket: () => {
      throw new Error("There are no WebSockets here.");
    },
    observers: [],
    log: { info() {}, warn() {}, error() {} },
  });
  let config: Config = { ...base, routes: Array.from({ length: ROUTES }, (_, index) => route(index)) };
  await gateway.apply(config);
  const change = async (turn: number): Promise<void> => {
    config = { ...config, routes: config.routes.with(turn, route(turn)) };
    await gateway.apply(config);
  };
  for (let turn = 0; turn < 10; turn++) await change(turn);
  const before = heap();
  for (let turn = 10; turn < 10 + CHANGES; turn++) await change(turn);
  // A snapshot of so many routes is some hundred KiB.
  expect(heap() - before).toBeLessThan(10 * MEBIBYTE);
  await gateway.close();
});
