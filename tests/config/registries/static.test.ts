import { expect, test } from "bun:test";
import { fixed } from "#config/registries/static.ts";
import type { DiscoveredService } from "#config/registries/registry.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { keptLog } from "#tests/support/kept-log.ts";
import { registryConfig } from "#tests/support/registries/registry-config.ts";

function watch(written: Readonly<Record<string, unknown>>) {
  const { log, lines } = keptLog();
  const clock = new FakeClock();
  const told: (readonly DiscoveredService[])[] = [];
  const config = registryConfig("static", { name: "orders", ...written });
  const watcher = fixed.watch(
    config,
    { clock, fetch, random: Math.random, log },
    { services: (all) => told.push(all) },
  );
  return { clock, told, lines, watcher };
}

test("the addresses are told once, sorted and without duplicates", () => {
  const { clock, told, lines, watcher } = watch({ domain: "10.0.0.2:80, 10.0.0.1:81,[::1]:82,10.0.0.2:80," });
  expect(watcher.status).toEqual({ name: "orders", type: "static", healthy: false, ready: false });
  clock.advance(60_000);
  const endpoints = [
    { host: "10.0.0.1", port: 81, weight: 1 },
    { host: "10.0.0.2", port: 80, weight: 1 },
    { host: "[::1]", port: 82, weight: 1 },
  ];
  expect(told).toEqual([[{ name: "orders.static", protocol: "http", endpoints }]]);
  expect(watcher.status).toEqual({ name: "orders", type: "static", healthy: true, ready: true });
  expect(lines).toEqual([]);
});

test("protocol and sni are the service's", () => {
  const { clock, told } = watch({ domain: "10.0.0.1:443", protocol: "HTTPS", sni: "orders.test" });
  clock.advance(0);
  expect(told[0]?.[0]).toMatchObject({ protocol: "https", sni: "orders.test" });
});

test("one that is closed at once tells nothing", async () => {
  const { clock, told, watcher } = watch({ domain: "10.0.0.1:443" });
  await watcher.close();
  clock.advance(60_000);
  expect(told).toEqual([]);
  expect(clock.pending).toBe(0);
});
