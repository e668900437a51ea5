import { expect, test } from "bun:test";
import type { Config } from "#config/model.ts";
import type { RegistryType } from "#config/model/registries.ts";
import type { LoadKind } from "#config/registries/kinds.ts";
import type { DiscoveredService, RegistryKind, RegistryListener } from "#config/registries/registry.ts";
import { createRegistries } from "#src/control/registries.ts";
import { loaded } from "#tests/config/load.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { keptLog } from "#tests/support/kept-log.ts";

const ORDERS: DiscoveredService = {
  name: "orders.dc1.consul",
  protocol: "https",
  endpoints: [{ host: "10.0.0.1", port: 80, weight: 1 }],
  sni: "orders.test",
};

/** A kind whose watchers say what the test says, and what has become of them. */
class Told {
  readonly listeners: RegistryListener[] = [];
  closed = 0;

  readonly kind: RegistryKind = {
    types: ["consul"],
    watch: ({ name, type }, _world, listener) => {
      this.listeners.push(listener);
      return {
        status: { name, type, healthy: true, ready: true },
        close: () => {
          this.closed += 1;
          return Promise.resolve();
        },
      };
    },
  };
}

function setUp() {
  const told = new Told();
  const clock = new FakeClock();
  const { log, lines } = keptLog();
  let changes = 0;
  const kinds = new Map<RegistryType, LoadKind>([["consul", () => Promise.resolve(told.kind)]]);
  const registries = createRegistries({ clock, log, fetch, random: Math.random }, () => (changes += 1), { kinds });
  return { told, clock, lines, registries, changes: () => changes };
}

function configOf(registries: string, more = ""): Config {
  return loaded(`registries: ${registries}\n${more}`);
}

const ONE = "[{ type: consul, name: a, domain: c, port: 80 }]";
const ROUTE = `routes: [{ name: r, match: { path: { prefix: / } }, http: { services: [{ name: orders.dc1.consul }] } }]`;

/** Lets promises that are already settled run. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("what is found is put over the configuration; what is only named answers nobody", async () => {
  const { told, registries, changes } = setUp();
  const config = configOf(ONE, ROUTE);
  const [awaited] = registries.over(config).services;
  expect(awaited).toMatchObject({ name: "orders.dc1.consul", endpoints: [] });
  expect(registries.over(config).services[0]).toBe(awaited);
  await turn();
  told.listeners[0]?.services([ORDERS]);
  expect(changes()).toBe(1);
  const { name, protocol, endpoints } = ORDERS;
  const tls = { sni: "orders.test", verify: true };
  expect(registries.over(config).services).toEqual([{ name, protocol, endpoints, loadBalance: "round_robin", tls }]);
  expect(registries.over(config).services[0]).toBe(registries.services[0]);
});

test("a service of the configuration wins over one that is found", async () => {
  const { told, registries } = setUp();
  const config = configOf(ONE, `services: [{ name: orders.dc1.consul, endpoints: ["127.0.0.1:1"] }]`);
  registries.over(config);
  await turn();
  told.listeners[0]?.services([ORDERS]);
  expect(registries.over(config).services.map(({ endpoints }) => endpoints[0]?.host)).toEqual(["127.0.0.1"]);
});

test("an entry that says the same goes on over reloads; one that is gone is ended once that is in use", async () => {
  const { told, registries } = setUp();
  registries.over(configOf(ONE));
  registries.settle();
  await turn();
  told.listeners[0]?.services([ORDERS]);
  const [before] = registries.services;
  registries.over(configOf(`[{ domain: c, type: consul, port: "80", name: a }]`));
  registries.settle();
  expect(told.listeners).toHaveLength(1);
  expect(registries.services[0]).toBe(before);
  registries.over(configOf("[]"));
  expect(registries.services).toEqual([]);
  expect(told.closed).toBe(0);
  // That configuration could not be used.
  registries.over(configOf(ONE));
  registries.settle();
  expect(registries.services[0]).toBe(before);
  expect(told.closed).toBe(0);
  registries.over(configOf("[]"));
  registries.settle();
  expect(told.closed).toBe(1);
});

test("an entry that has changed keeps the services of before until it says something", async () => {
  const { told, registries } = setUp();
  registries.over(configOf(ONE));
  await turn();
  told.listeners[0]?.services([ORDERS]);
  registries.over(configOf("[{ type: consul, name: a, domain: other, port: 80 }]"));
  registries.settle();
  await turn();
  expect(told.closed).toBe(1);
  expect(registries.services.map(({ name }) => name)).toEqual(["orders.dc1.consul"]);
  told.listeners[1]?.services([]);
  expect(registries.services).toEqual([]);
});

test("where two registries know a name, the first one's counts", async () => {
  const { told, registries } = setUp();
  const two = "[{ type: consul, name: a, domain: c, port: 80 }, { type: consul, name: b, domain: d, port: 80 }]";
  registries.over(configOf(two));
  await turn();
  told.listeners[1]?.services([{ ...ORDERS, endpoints: [] }]);
  told.listeners[0]?.services([ORDERS]);
  expect(registries.services.map(({ endpoints }) => endpoints.length)).toEqual([1]);
  expect(registries.statuses.map(({ name }) => name)).toEqual(["a", "b"]);
});

test("services are behind the registry's proxy", async () => {
  const { told, registries } = setUp();
  const proxies = "proxies: [{ name: out, serverAddress: 10.9.9.9, serverPort: 3128 }]";
  registries.over(configOf("[{ type: consul, name: a, domain: c, port: 80, proxyName: out }]", proxies));
  await turn();
  told.listeners[0]?.services([ORDERS]);
  expect(registries.services[0]?.proxy).toEqual({ host: "10.9.9.9", port: 3128, connectTimeout: 1200 });
});

test("without its proxy a registry is not watched", async () => {
  const { told, lines, registries } = setUp();
  const config = configOf(
    "[{ type: consul, name: a, domain: c, port: 80, proxyName: out }]",
    "proxies: [{ name: out, serverAddress: p, serverPort: 1 }]",
  );
  registries.over({ ...config, proxies: [] });
  await registries.ready();
  expect(told.listeners).toEqual([]);
  expect(lines.join()).toContain("there is no proxy out");
  expect(registries.statuses).toEqual([{ name: "a", type: "consul", healthy: false, ready: false }]);
});

test("what registries say first is waited for, but not for long", async () => {
  const { told, clock, registries } = setUp();
  registries.over(configOf(ONE));
  let ready = 0;
  const first = registries.ready().then(() => (ready += 1));
  await turn();
  expect(ready).toBe(0);
  told.listeners[0]?.services([]);
  await first;
  registries.over(configOf("[{ type: consul, name: b, domain: c, port: 80 }]"));
  const late = registries.ready().then(() => (ready += 1));
  await turn();
  expect(ready).toBe(1);
  clock.advance(1000);
  await late;
});

test("a kind that cannot be loaded is told, and the others go on", async () => {
  const { clock } = setUp();
  const { log, lines } = keptLog();
  const kinds = new Map<RegistryType, LoadKind>([["consul", () => Promise.reject(new Error("no such module"))]]);
  const registries = createRegistries({ clock, log, fetch, random: Math.random }, () => {}, { kinds });
  registries.over(configOf(ONE));
  await registries.ready();
  expect(lines.join()).toContain("no such module");
});

test("nothing is told once it is closed", async () => {
  const { told, registries, changes } = setUp();
  registries.over(configOf(ONE));
  await turn();
  await registries.close();
  told.listeners[0]?.services([ORDERS]);
  expect([told.closed, changes()]).toEqual([1, 0]);
});
