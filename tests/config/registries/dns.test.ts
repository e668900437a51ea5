import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { dns } from "#config/registries/dns.ts";
import type { DiscoveredService } from "#config/registries/registry.ts";
import { describeRegistry, type RegistryStage } from "#tests/contracts/registry.ts";
import { hurriedClock } from "#tests/support/hurried-clock.ts";
import { keptLog } from "#tests/support/kept-log.ts";
import { Dnsmasq, dnsmasqMissing } from "#tests/support/registries/dnsmasq.ts";
import { registryConfig } from "#tests/support/registries/registry-config.ts";
import { until } from "#tests/support/until.ts";

const clock = hurriedClock(50);

if (dnsmasqMissing === undefined) {
  const facts = { metadata: false, protocol: false, tcp: false, several: false, ports: false };
  describeRegistry("dns", facts, openStage);
  describe("dns", records);
} else {
  console.warn(dnsmasqMissing);
  test.skip(`registry contract: dns (${dnsmasqMissing})`, () => {});
}

function records(): void {
  let server: Dnsmasq;
  beforeAll(async () => {
    server = await Dnsmasq.start();
  });
  afterAll(() => server.close());

  test("the addresses of several names are those of one service", async () => {
    await server.put("a.test", ["10.0.0.1"]);
    await server.put("b.test", ["10.0.0.3", "10.0.0.2"]);
    await using watched = watch(server, { domain: "a.test, b.test" });
    await until("it is found", () => watched.told.length > 0);
    expect(watched.endpoints()).toBe("10.0.0.1:8080 10.0.0.2:8080 10.0.0.3:8080");
    await server.put("b.test", []);
    await until("a name is missed", () => !watched.healthy());
    expect(watched.endpoints()).toBe("10.0.0.1:8080 10.0.0.2:8080 10.0.0.3:8080");
    await server.put("b.test", ["10.0.0.4"]);
    await until("it is back", () => watched.endpoints() === "10.0.0.1:8080 10.0.0.4:8080");
    expect(watched.told).toHaveLength(2);
  });

  test("a name that is not there does not hold the others back", async () => {
    await server.put("a.test", ["10.0.0.1"]);
    await using watched = watch(server, { domain: "nowhere.test,a.test" });
    await until("the other is found", () => watched.endpoints() === "10.0.0.1:8080");
    expect(watched.healthy()).toBe(false);
  });

  test("IPv6 addresses are taken where there are no others", async () => {
    await server.put("six.test", ["2001:db8::1"]);
    await server.put("both.test", ["2001:db8::2", "10.0.0.2"]);
    await using watched = watch(server, { domain: "six.test,both.test" });
    await until("it is found", () => watched.told.length > 0);
    expect(watched.endpoints()).toBe("10.0.0.2:8080 [2001:db8::1]:8080");
  });

  test("service records give ports and weights, those of the first priority", async () => {
    await server.put("a.test", ["10.0.0.1"]);
    await server.put("b.test", ["10.0.0.2"]);
    const name = "_http._tcp.shop.test";
    await server.putServices([
      { name, target: "a.test", port: 81, priority: 1, weight: 30 },
      { name, target: "b.test", port: 82, priority: 1, weight: 10 },
      { name, target: "a.test", port: 83, priority: 2, weight: 10 },
    ]);
    await using watched = watch(server, { domain: name });
    await until("it is found", () => watched.endpoints() === "10.0.0.1:81 10.0.0.2:82");
    expect(watched.told.at(-1)?.[0]?.endpoints.map(({ weight }) => weight)).toEqual([30, 10]);
    await server.putServices([{ name, target: "b.test", port: 84, priority: 0, weight: 0 }]);
    await until("the change is found", () => watched.endpoints() === "10.0.0.2:84");
    expect(watched.told.at(-1)?.[0]?.endpoints[0]?.weight).toBe(1);
  });

  test("over TLS the name is asked for: the only one, or each server's own", async () => {
    await server.put("a.test", ["10.0.0.1"]);
    await using one = watch(server, { domain: "a.test", protocol: "HTTPS" });
    await until("it is found", () => one.told.length > 0);
    expect(one.told[0]?.[0]).toMatchObject({ protocol: "https", sni: "a.test", endpoints: [{ host: "10.0.0.1" }] });
    await using several = watch(server, { domain: "b.test,a.test", protocol: "HTTPS" });
    await until("they are found", () => several.endpoints() === "a.test:8080 b.test:8080");
    expect(several.told[0]?.[0]?.sni).toBeUndefined();
    await using named = watch(server, { domain: "a.test", protocol: "HTTPS", sni: "other.test" });
    await until("it is found", () => named.told.length > 0);
    expect(named.told[0]?.[0]?.sni).toBe("other.test");
  });

  test("behind a proxy names are left to it", async () => {
    await using watched = watch(server, { domain: "only-the-proxy-knows.test", proxyName: "out" });
    await until("it is told", () => watched.endpoints() === "only-the-proxy-knows.test:8080");
  });
}

test("the system's own names are found without DNS", async () => {
  await using watched = watch(undefined, { domain: "localhost" });
  await until("it is found", () => watched.endpoints() === "127.0.0.1:8080");
});

test("a name is looked up again when its records are too old, and not sooner", async () => {
  const server = dnsmasqMissing === undefined ? await Dnsmasq.start() : undefined;
  if (server === undefined) return;
  try {
    await server.put("a.test", ["10.0.0.1"]);
    const pauses: number[] = [];
    const noting = {
      ...clock,
      after: (delay: number, run: () => void) => (pauses.push(delay), clock.after(delay, run)),
    };
    await using watched = watch(server, { domain: "a.test" }, noting);
    await until("it is looked up twice", () => pauses.filter((pause) => pause === 5000).length > 1);
    expect(watched.told).toHaveLength(1);
  } finally {
    await server.close();
  }
});

function watch(server: Dnsmasq | undefined, written: Readonly<Record<string, unknown>>, used: typeof clock = clock) {
  const { log, lines } = keptLog();
  const told: (readonly DiscoveredService[])[] = [];
  const world = {
    clock: used,
    fetch,
    random: Math.random,
    log,
    ...(server === undefined ? {} : { dnsServers: [server.address] }),
  };
  const watcher = dns.watch(registryConfig("dns", { name: "it", port: 8080, ...written }), world, {
    services: (all) => void told.push(all),
  });
  const endpoints = (): string =>
    (told.at(-1)?.[0]?.endpoints ?? []).map(({ host, port }) => `${host}:${port}`).join(" ");
  return {
    told,
    lines,
    endpoints,
    healthy: () => watcher.status.healthy,
    [Symbol.asyncDispose]: () => watcher.close(),
  };
}

async function openStage(): Promise<RegistryStage> {
  const server = await Dnsmasq.start();
  return {
    kind: dns,
    port: 8080,
    world: { clock, fetch, random: Math.random, dnsServers: [server.address] },
    config: (name) => registryConfig("dns", { name, domain: `${name}.test`, port: 8080 }),
    found: (name) => `${name}.dns`,
    put: (name, instances) =>
      server.put(
        `${name}.test`,
        instances.map(({ host }) => host),
      ),
    // A name can have nothing but addresses.
    spoil: () => Promise.resolve(),
    kill: () => server.kill(),
    revive: () => server.start(),
    close: () => server.close(),
  };
}
