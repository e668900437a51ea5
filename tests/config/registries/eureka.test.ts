import { afterEach, describe, expect, test } from "bun:test";
import { eureka } from "#config/registries/eureka.ts";
import type { DiscoveredService } from "#config/registries/registry.ts";
import { describeRegistry, type RegistryStage } from "#tests/contracts/registry.ts";
import { hurriedClock } from "#tests/support/hurried-clock.ts";
import { keptLog } from "#tests/support/kept-log.ts";
import { eurekaMissing, EurekaServer } from "#tests/support/registries/eureka-server.ts";
import { FakeEureka } from "#tests/support/registries/fake-eureka.ts";
import { registryConfig } from "#tests/support/registries/registry-config.ts";
import { until } from "#tests/support/until.ts";

const FACTS = { metadata: true, protocol: true, tcp: true, several: true, ports: true };
const A = { host: "10.0.0.1", port: 8080 };
const B = { host: "10.0.0.2", port: 8080 };
const DELTA = "/eureka/apps/delta";
const ALL = "/eureka/apps";

describeRegistry("eureka, a fake of its HTTP API", FACTS, openFake);

if (eurekaMissing === undefined) {
  describeRegistry("eureka, a real one", FACTS, openReal);
} else {
  console.warn(eurekaMissing);
  test.skip(`registry contract: eureka, a real one (${eurekaMissing})`, () => {});
}

describe("eureka", () => {
  const fakes: FakeEureka[] = [];
  const started = (): FakeEureka => {
    const fake = new FakeEureka();
    fake.start();
    fakes.push(fake);
    return fake;
  };
  afterEach(() => Promise.all(fakes.splice(0).map((fake) => fake.stop())));

  test("only what has changed is asked for after the first time", async () => {
    const fake = started();
    fake.put("orders", [A]);
    await using watched = watch(fake);
    await until("it is found", () => watched.hosts() === "10.0.0.1");
    fake.put("orders", [A, B]);
    await until("the change is found", () => watched.hosts() === "10.0.0.1 10.0.0.2");
    expect(fake.asked.filter((path) => path === ALL)).toHaveLength(1);
    expect(fake.asked.at(-1)).toBe(DELTA);
  });

  test("all is asked for again when a delta does not add up", async () => {
    const fake = started();
    fake.put("orders", [A]);
    await using watched = watch(fake);
    await until("it is found", () => watched.hosts() === "10.0.0.1");
    fake.losesDelta = true;
    fake.put("orders", [A, B]);
    await until("the change is found", () => watched.hosts() === "10.0.0.1 10.0.0.2");
    expect(fake.asked.filter((path) => path === ALL)).toHaveLength(2);
  });

  test("a server without deltas is asked for all each time", async () => {
    const fake = started();
    fake.deltasOff = true;
    fake.put("orders", [A]);
    await using watched = watch(fake);
    await until("it is found", () => watched.hosts() === "10.0.0.1");
    fake.put("orders", [B]);
    await until("the change is found", () => watched.hosts() === "10.0.0.2");
    expect(fake.asked.filter((path) => path === DELTA)).toHaveLength(1);
    expect(watched.lines).toEqual([]);
  });

  test("only instances that are up are taken", async () => {
    const fake = started();
    fake.put("orders", [A, { ...B, status: "OUT_OF_SERVICE" }]);
    await using watched = watch(fake);
    await until("it is found", () => watched.hosts() === "10.0.0.1");
    fake.put("orders", [{ ...A, status: "DOWN" }, B]);
    await until("the change is found", () => watched.hosts() === "10.0.0.2");
  });

  test("the port with TLS is taken where only that one is open", async () => {
    const fake = started();
    fake.put("orders", [{ ...A, secure: true }]);
    await using watched = watch(fake);
    await until("it is found", () => watched.hosts() === "10.0.0.1");
    expect(watched.told.at(-1)?.[0]).toMatchObject({ name: "ORDERS.eureka", protocol: "https", endpoints: [A] });
  });

  test("lists of one may be no lists", async () => {
    const fake = started();
    fake.bareLists = true;
    fake.put("orders", [A]);
    await using watched = watch(fake);
    await until("it is found", () => watched.hosts() === "10.0.0.1");
  });

  test("what a server that has restarted does not know yet is kept for a while", async () => {
    const fake = started();
    fake.put("orders", [A, B]);
    await using watched = watch(fake);
    await until("it is found", () => watched.hosts() === "10.0.0.1 10.0.0.2");
    await fake.stop();
    await until("the outage is noticed", () => !watched.healthy());
    fake.start();
    fake.put("orders", [A]);
    await until("it is back", () => watched.healthy());
    expect(watched.hosts()).toBe("10.0.0.1 10.0.0.2");
    await until("what has not come back is gone", () => watched.hosts() === "10.0.0.1");
  });
});

function watch({ port }: FakeEureka) {
  const { log, lines } = keptLog();
  const told: (readonly DiscoveredService[])[] = [];
  const world = { clock: hurriedClock(50), fetch, random: Math.random, log };
  const watcher = eureka.watch(registryConfig("eureka", { port }), world, { services: (all) => void told.push(all) });
  const hosts = (): string =>
    (told.at(-1) ?? []).flatMap(({ endpoints }) => endpoints.map(({ host }) => host)).join(" ");
  return { told, lines, hosts, healthy: () => watcher.status.healthy, [Symbol.asyncDispose]: () => watcher.close() };
}

function openFake(): Promise<RegistryStage> {
  const fake = new FakeEureka();
  fake.start();
  const spoilt = new Set<string>();
  return Promise.resolve({
    ...common(fake.port, 50),
    put(name, instances) {
      const bad = spoilt.has(name) && instances.length > 0 ? [{ host: "10.0.0.9", port: 0 }] : [];
      return Promise.resolve(fake.put(name, [...instances, ...bad]));
    },
    spoil: (name) => Promise.resolve(void spoilt.add(name)),
    kill: () => fake.stop(),
    revive: () => Promise.resolve(fake.start()),
    close: () => fake.stop(),
  });
}

async function openReal(): Promise<RegistryStage> {
  const server = await EurekaServer.start();
  return {
    ...common(server.port, 20),
    put: (name, instances) => server.put(name, instances),
    spoil: (name) => server.put(name, [{ host: "10.0.0.9", port: 0 }]),
    kill: () => server.kill(),
    revive: () => server.start(),
    close: () => server.kill(),
  };
}

function common(port: number, hurry: number): Pick<RegistryStage, "kind" | "port" | "world" | "config" | "found"> {
  return {
    kind: eureka,
    port,
    world: { clock: hurriedClock(hurry), fetch, random: Math.random },
    config: () => registryConfig("eureka", { port }),
    found: (name) => `${name.toUpperCase()}.eureka`,
  };
}
