import { afterEach, describe, expect, test } from "bun:test";
import { consul } from "#config/registries/consul.ts";
import type { DiscoveredService } from "#config/registries/registry.ts";
import { describeRegistry, type RegistryStage } from "#tests/contracts/registry.ts";
import { hurriedClock } from "#tests/support/hurried-clock.ts";
import { keptLog } from "#tests/support/kept-log.ts";
import { consulMissing, ConsulServer } from "#tests/support/registries/consul-server.ts";
import { FakeConsul } from "#tests/support/registries/fake-consul.ts";
import { registryConfig } from "#tests/support/registries/registry-config.ts";
import { until } from "#tests/support/until.ts";

const FACTS = { metadata: true, protocol: true, tcp: true, several: true, ports: true };
const world = { clock: hurriedClock(100), fetch, random: Math.random };
const A = { host: "10.0.0.1", port: 8080 };
const B = { host: "10.0.0.2", port: 8080 };

describeRegistry("consul, a fake of its HTTP API", FACTS, openFake);

if (consulMissing === undefined) {
  describeRegistry("consul, a real one", FACTS, openReal);
} else {
  console.warn(consulMissing);
  test.skip(`registry contract: consul, a real one (${consulMissing})`, () => {});
}

describe("consul", () => {
  const fakes: FakeConsul[] = [];
  const started = (...oddities: ConstructorParameters<typeof FakeConsul>): FakeConsul => {
    const fake = new FakeConsul(...oddities);
    fake.start();
    fakes.push(fake);
    return fake;
  };
  afterEach(() => Promise.all(fakes.splice(0).map((fake) => fake.stop())));

  test("underscores are hyphens in names, and the datacenter is Consul's own when none is named", async () => {
    const fake = started({ datacenter: "dc_2" });
    fake.put("my_orders", [A]);
    await using watched = watch(fake);
    await until("it is found", () => watched.names().includes("my-orders.dc-2.consul"));
  });

  test("only instances with the tag are taken, in capitals or not", async () => {
    const fake = started();
    fake.put("orders", [{ ...A, tags: ["Canary"] }, B]);
    fake.put("others", [B]);
    await using watched = watch(fake, { consulServiceTag: " CANARY " });
    await until("it is found", () => watched.told.length > 0);
    expect(watched.names()).toEqual(["orders.dc1.consul"]);
    expect(watched.told.at(-1)?.[0]?.endpoints).toMatchObject([A]);
  });

  test("the token and the datacenter are sent; a wrong token is told without itself", async () => {
    const fake = started({ token: "right-token" });
    fake.put("orders", [A]);
    await using watched = watch(fake, { consulDatacenter: "dc1", auth: { consulToken: "right-token" } });
    await until("it is found", () => watched.told.length > 0);
    expect(fake.asked.every((path) => path.includes("dc=dc1"))).toBe(true);
    await using wrong = watch(fake, { auth: { consulToken: "wrong-token" } });
    await until("it is refused", () => wrong.lines.length > 0);
    expect(wrong.lines.join()).toContain("403: Permission denied");
    expect(wrong.lines.join()).not.toContain("wrong-token");
    expect(wrong.told).toEqual([]);
  });

  test("a namespace is left out where Consul has none", async () => {
    const fake = started();
    fake.put("orders", [A]);
    await using watched = watch(fake, { consulNamespace: "team" });
    await until("it is found", () => watched.told.length > 0);
    expect(fake.asked[0]).toContain("ns=team");
    expect(watched.lines.join("\n")).toContain("this Consul has no namespaces");
  });

  test("an index that goes backwards starts anew", async () => {
    const fake = started();
    fake.put("orders", [A]);
    await using watched = watch(fake);
    await until("it is found", () => watched.told.length > 0);
    fake.forgetIndex();
    fake.put("orders", [B]);
    await until("the change is found", () => watched.told.at(-1)?.[0]?.endpoints[0]?.host === B.host);
    fake.put("orders", [A]);
    await until("so is the next", () => watched.told.at(-1)?.[0]?.endpoints[0]?.host === A.host);
    expect(fake.asked.filter((path) => path.startsWith("/v1/health") && !path.includes("index=")).length).toBe(2);
  });

  test("a service that Consul keeps to itself does not hold the others back", async () => {
    const fake = started();
    fake.put("orders", [A]);
    fake.put("secret", [B]);
    fake.answers.set("/v1/health/service/secret", () => new Response("rpc error", { status: 500 }));
    await using watched = watch(fake);
    await until("the others are found", () => watched.names().includes("orders.dc1.consul"));
    fake.answers.clear();
    await until("then it is found too", () => watched.names().includes("secret.dc1.consul"));
  });

  test("weights, and the node's address where an instance has none", async () => {
    const fake = started();
    fake.put("orders", [
      { ...A, weight: 5 },
      { ...B, host: "" },
    ]);
    await using watched = watch(fake);
    await until("it is found", () => watched.told.length > 0);
    expect(watched.told[0]?.[0]?.endpoints).toMatchObject([
      { ...A, weight: 5 },
      { host: "10.9.9.9", port: 8080, weight: 1 },
    ]);
  });

  test("more services than Consul takes connections are watched in turns", async () => {
    const fake = started();
    const names = Array.from({ length: 400 }, (_, at) => `s${at}`);
    for (const name of names) fake.put(name, [A]);
    await using watched = watch(fake);
    await until("all are found", () => watched.names().length === names.length);
    for (const name of ["s0", "s399"]) fake.put(name, [B]);
    const hosts = (): unknown[] =>
      (watched.told.at(-1) ?? [])
        .filter(({ name }) => /^s(0|399)\./.test(name))
        .map(({ endpoints }) => endpoints[0]?.host);
    await until("changes are found", () => hosts().every((host) => host === B.host));
  });

  test.skipIf(consulMissing !== undefined)("only instances that pass their checks are taken", async () => {
    const server = await ConsulServer.start();
    try {
      await server.putFailing("checked", A);
      await using watched = watch({ port: server.port });
      await until("it is ready", () => watched.told.length > 0);
      expect(watched.names()).not.toContain("checked.dc1.consul");
      await server.pass("checked");
      await until("it is found", () => watched.names().includes("checked.dc1.consul"));
    } finally {
      await server.kill();
    }
  });
});

function watch({ port }: { readonly port: number }, written: Readonly<Record<string, unknown>> = {}) {
  const { log, lines } = keptLog();
  const told: (readonly DiscoveredService[])[] = [];
  const config = registryConfig("consul", { port, ...written });
  const watcher = consul.watch(config, { ...world, log }, { services: (all) => void told.push(all) });
  return {
    told,
    lines,
    names: (): string[] => (told.at(-1) ?? []).map(({ name }) => name),
    [Symbol.asyncDispose]: () => watcher.close(),
  };
}

function openFake(): Promise<RegistryStage> {
  const fake = new FakeConsul();
  fake.start();
  return Promise.resolve({
    ...common(fake.port),
    put: (name, instances) => Promise.resolve(fake.put(name, instances)),
    spoil: (name) => Promise.resolve(fake.spoil(name)),
    kill: () => fake.stop(),
    revive: () => Promise.resolve(fake.start()),
    close: () => fake.stop(),
  });
}

async function openReal(): Promise<RegistryStage> {
  const server = await ConsulServer.start();
  return {
    ...common(server.port),
    put: (name, instances) => server.put(name, instances),
    // Consul takes an instance without a port.
    spoil: (name) => server.put(name, [{ host: "10.0.0.9", port: 0 }]),
    kill: () => server.kill(),
    revive: () => server.start(),
    close: () => server.kill(),
  };
}

function common(port: number): Pick<RegistryStage, "kind" | "port" | "world" | "config" | "found"> {
  return {
    kind: consul,
    port,
    world,
    config: () => registryConfig("consul", { port }),
    found: (name) => `${name}.dc1.consul`,
  };
}
