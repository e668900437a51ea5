import { afterEach, describe, expect, test } from "bun:test";
import type { RegistryType } from "#config/model/registries.ts";
import { describeRegistry, type RegistryStage } from "#tests/contracts/registry.ts";
import { hurriedClock } from "#tests/support/hurried-clock.ts";
import { FakeNacos, type Oddities } from "#tests/support/registries/fake-nacos.ts";
import { ADMIN, rnacosMissing, RnacosServer } from "#tests/support/registries/rnacos-server.ts";
import { HURRY, nacosConfig, nacosKind, watchNacos as watch } from "#tests/support/registries/watched-nacos.ts";
import { until } from "#tests/support/until.ts";

const FACTS = { metadata: true, protocol: true, tcp: true, several: true, ports: true };
const A = { host: "10.0.0.1", port: 8080 };
const B = { host: "10.0.0.2", port: 8080 };
const ORDERS = "orders.DEFAULT-GROUP.public.nacos";

describeRegistry("nacos2, a fake of its gRPC services", FACTS, () => openFake("nacos2"));
describeRegistry("nacos, a fake of its HTTP API", FACTS, () => openFake("nacos"));

if (rnacosMissing === undefined) {
  describeRegistry("nacos3, an R-Nacos", FACTS, () => openRnacos("nacos3"));
  describeRegistry("nacos, an R-Nacos", FACTS, () => openRnacos("nacos"));
} else {
  console.warn(rnacosMissing);
  test.skip(`registry contract: nacos, an R-Nacos (${rnacosMissing})`, () => {});
}

const fakes: FakeNacos[] = [];
afterEach(() => Promise.all(fakes.splice(0).map((fake) => fake.stop())));

async function started(oddities: Oddities = {}): Promise<FakeNacos> {
  const fake = await FakeNacos.start(oddities);
  fakes.push(fake);
  return fake;
}

for (const type of ["nacos", "nacos2"] as const) {
  describe(type, () => {
    test("groups and namespaces are asked for; names have hyphens but for the service's own", async () => {
      const fake = await started();
      fake.put("my_orders", [A], { namespace: "id-1", group: "GROUP_A" });
      fake.put("stock", [B], { namespace: "id-1", group: "GROUP_B" });
      fake.put("other", [B], { namespace: "id-1", group: "GROUP_C" });
      fake.put("elsewhere", [B], { group: "GROUP_A" });
      const written = { nacosNamespaceId: "id-1", nacosNamespace: "team_x", nacosGroups: ["GROUP_A", "GROUP_B"] };
      await using watched = watch(fake, type, written);
      await until("they are found", () => watched.told.length > 0);
      expect(watched.names()).toEqual(["my_orders.GROUP-A.team-x.nacos", "stock.GROUP-B.team-x.nacos"]);
    });

    test("the id of the namespace is in names that have no other", async () => {
      const fake = await started();
      fake.put("orders", [A], { namespace: "id_1" });
      await using watched = watch(fake, type, { nacosNamespaceId: "id_1" });
      await until("it is found", () => watched.told.length > 0);
      expect(watched.names()).toEqual(["orders.DEFAULT-GROUP.id-1.nacos"]);
    });

    test("only instances that are healthy, enabled and have a weight are taken; weights keep two decimals", async () => {
      const fake = await started();
      fake.put("orders", [
        { ...A, weight: 0.5 },
        { ...B, weight: 2 },
        { host: "10.0.0.3", port: 1, healthy: false },
        { host: "10.0.0.4", port: 1, enabled: false },
        { host: "10.0.0.5", port: 1, weight: 0 },
      ]);
      fake.put("whole", [
        { ...A, weight: 3 },
        { ...B, weight: 1 },
      ]);
      await using watched = watch(fake, type);
      await until("they are found", () => watched.told.length > 0);
      expect(watched.shares()).toEqual({
        [ORDERS]: { "10.0.0.1": 50, "10.0.0.2": 200 },
        "whole.DEFAULT-GROUP.public.nacos": { "10.0.0.1": 3, "10.0.0.2": 1 },
      });
    });

    test("Dubbo's consumers, and what Higress has registered, are no services", async () => {
      const fake = await started();
      fake.put("consumers:shop.Orders::", [A]);
      fake.put("bridged", [{ ...A, metadata: { "register-resource": "mcp-bridge" } }]);
      fake.put("providers:shop.Orders:1.0.0:", [{ ...A, metadata: { protocol: "tri" } }]);
      await using watched = watch(fake, type);
      await until("the provider is found", () => watched.told.length > 0);
      expect(watched.told.at(-1)).toMatchObject([
        { name: "providers:shop.Orders:1.0.0:.DEFAULT-GROUP.public.nacos", protocol: "grpc" },
      ]);
    });

    test("a list of several pages is read whole", async () => {
      const fake = await started();
      for (let at = 0; at < 250; at += 1) fake.put(`s${at}`, [A]);
      await using watched = watch(fake, type);
      await until("all are found", () => watched.names().length === 250);
    });

    test("a service that is refused does not hold the others back", async () => {
      const fake = await started();
      fake.put("orders", [A]);
      fake.put("secret", [B]);
      const [refused] = type === "nacos" ? ["DEFAULT_GROUP@@secret"] : ["secret"];
      fake.refused.add(refused ?? "");
      await using watched = watch(fake, type);
      await until("the other is found", () => watched.names().includes(ORDERS));
      expect(watched.lines.join()).toContain("was refused with 500: not now");
      fake.refused.clear();
      await until("then it is found too", () => watched.names().length === 2);
    });

    test("a user is let in, with a new token when one has ended; no secret is logged", async () => {
      const fake = await started({ user: { name: "sluice", password: "right-pass", tokenTtl: 20 } });
      fake.put("orders", [A]);
      const logins = (): number => fake.asked.filter((what) => what === "/nacos/v1/auth/users/login").length;
      const auth = { nacosUsername: "sluice", nacosPassword: "right-pass" };
      await using watched = watch(fake, type, { auth });
      await until("it is found", () => watched.told.length > 0);
      expect(logins()).toBe(1);
      await until("the token is renewed before it ends", () => logins() > 1);
      expect(watched.lines).toEqual([]);
      fake.forgetTokens();
      await until("a token that is no longer good is noticed", () => watched.lines.length > 1);
      expect(watched.lines).toEqual([
        expect.stringContaining("warn The registry is away"),
        expect.stringContaining("info The registry is back."),
      ]);
      await using wrong = watch(fake, type, { auth: { ...auth, nacosPassword: "wrong-pass" } });
      await until("a wrong password is told", () => wrong.lines.length > 0);
      expect(wrong.lines.join()).toContain("the login was answered with 403");
      expect([...watched.lines, ...wrong.lines].join()).not.toMatch(/wrong-pass|right-pass|token-/);
      expect(wrong.told).toEqual([]);
    });

    test.skipIf(rnacosMissing !== undefined)(
      "an R-Nacos lets its users in",
      async () => {
        const server = await RnacosServer.start(true);
        try {
          await server.put("orders", [A]);
          const [nacosUsername, nacosPassword] = [ADMIN.username, ADMIN.password];
          await using watched = watch(server, type, { auth: { nacosUsername, nacosPassword } });
          await until("it is found", () => watched.hosts() === A.host);
          await using stranger = watch(server, type);
          await until("others are refused", () => stranger.lines.length > 0);
          expect(stranger.told).toEqual([]);
        } finally {
          await server.close();
        }
      },
      30_000,
    );

    test("a login of the other version's is found", async () => {
      const fake = await started({
        user: { name: "u", password: "p", tokenTtl: 18_000 },
        without: ["/nacos/v1/auth/users/login"],
      });
      fake.put("orders", [A]);
      await using watched = watch(fake, type, { auth: { nacosUsername: "u", nacosPassword: "p" } });
      await until("it is found", () => watched.told.length > 0);
      expect(fake.asked).toContain("/nacos/v3/auth/user/login");
    });

    test("of several servers, one that answers is taken", async () => {
      const fake = await started();
      fake.put("orders", [A]);
      await using watched = watch(fake, type, { domain: `127.0.0.9,127.0.0.1:${fake.port}`, port: 1 });
      await until("it is found", () => watched.names().includes(ORDERS));
    });

    test("an address server says where the servers are, and where they have gone", async () => {
      const [first, second] = [await started(), await started()];
      first.put("orders", [A]);
      second.put("orders", [B]);
      first.serverList = `127.0.0.1:${first.port}\n`;
      const server = `127.0.0.1:${first.port}`;
      await using watched = watch(first, type, { domain: "nobody.invalid", nacosAddressServer: server });
      await until("it is found", () => watched.hosts() === A.host);
      first.serverList = `127.0.0.1:${second.port}`;
      await until("it has moved", () => watched.hosts() === B.host);
      first.serverList = "";
      second.put("orders", [A]);
      await until("an empty list changes nothing", () => watched.hosts() === A.host);
    });
  });
}

async function openFake(type: RegistryType): Promise<RegistryStage> {
  const fake = await FakeNacos.start();
  const spoilt = new Set<string>();
  return {
    ...common(type, fake.port),
    put(name, instances) {
      const bad = spoilt.has(name) && instances.length > 0 ? [{ host: "10.0.0.9", port: 0 }] : [];
      return Promise.resolve(fake.put(name, [...instances, ...bad]));
    },
    spoil: (name) => Promise.resolve(void spoilt.add(name)),
    kill: () => fake.stop(),
    revive: () => fake.start(),
    close: () => fake.stop(),
  };
}

async function openRnacos(type: RegistryType): Promise<RegistryStage> {
  const server = await RnacosServer.start();
  return {
    ...common(type, server.port),
    put: (name, instances) => server.put(name, instances),
    spoil: (name) => server.put(name, [{ host: "10.0.0.9", port: 0 }]),
    kill: () => server.kill(),
    revive: () => server.start(),
    close: () => server.close(),
  };
}

/** What connects by gRPC does so at 1000 above the port that is configured. */
function common(type: RegistryType, port: number) {
  const offset = type === "nacos" ? 0 : 1000;
  return {
    kind: nacosKind(type),
    port: port + offset,
    configPort: (connected: number) => connected - offset,
    world: { clock: hurriedClock(HURRY), fetch, random: Math.random },
    config: () => nacosConfig(type, { port }),
    found: (name: string) => `${name}.DEFAULT-GROUP.public.nacos`,
  };
}
