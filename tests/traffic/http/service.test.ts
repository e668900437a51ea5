import { describe, expect, test } from "bun:test";
import type { HashSource, ServiceOptions } from "#src/traffic/http/http-options.ts";
import { createServices, type Service } from "#src/traffic/http/service.ts";
import { ServiceClients } from "#src/traffic/http/service-clients.ts";
import type { ServiceLink } from "#src/core/service-link.ts";
import { EndpointHealth } from "#src/traffic/http/endpoint-health.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { exchangeOf } from "./proxied.ts";

const deps = (health: EndpointHealth) => ({
  health,
  random: Math.random,
  fetch: () => Promise.reject(new Error("no")),
});

function service(options: Partial<ServiceOptions>, health = new EndpointHealth(new FakeClock())): Service {
  const endpoints = ["a:1", "b:1", "c:1"].map((address) => ({ address }));
  return createServices([{ name: "s", endpoints, ...options }], deps(health)).pick() as Service;
}

const none = new Set<never>();
const any = exchangeOf(new Request("http://x/")).exchange;

test("services share by weight, one with weight 0 gets nothing", () => {
  const named = (name: string, weight: number): ServiceOptions => ({ name, weight, endpoints: [] });
  const services = createServices(
    [named("stable", 9), named("canary", 1), named("off", 0)],
    deps(new EndpointHealth(new FakeClock())),
  );
  const picks = Array.from({ length: 100 }, () => services.pick()?.name);
  expect(picks.filter((name) => name === "canary").length).toBe(10);
  expect(picks).not.toContain("off");
});

test("what was tried comes last, what is out only when nothing else is left", () => {
  const health = new EndpointHealth(new FakeClock(), { after: 1 });
  const some = service({}, health);
  const a = some.pick(any, none);
  const b = some.pick(any, new Set([a as NonNullable<typeof a>]));
  expect(b?.base).not.toBe(a?.base as string);
  for (const host of ["a", "b", "c"]) health.hold(`http://${host}:1`).unreachable();
  expect(some.pick(any, none)).toBeDefined();
  health.hold("http://b:1").reached();
  expect(some.pick(any, none)?.base).toBe("http://b:1");
});

test("least request knows what is under way, from other routes too", () => {
  const health = new EndpointHealth(new FakeClock());
  const some = service({ balance: "least_request" }, health);
  health.hold("http://a:1").begin();
  health.hold("http://c:1").begin();
  expect(Array.from({ length: 20 }, () => some.pick(any, none)?.base)).toEqual(Array(20).fill("http://b:1"));
});

describe("a lease", () => {
  const two = (health: EndpointHealth) =>
    createServices(
      [
        { name: "s", weight: 9, endpoints: [{ address: "a:1", metadata: { zone: "x" } }, { address: "b:1" }] },
        { name: "t", weight: 1, endpoints: [{ address: "c:1" }] },
      ],
      deps(health),
    );

  test("is of an endpoint by weights, which is busy until it ends", () => {
    const health = new EndpointHealth(new FakeClock());
    const services = two(health);
    const leases = Array.from({ length: 20 }, () => services.lease(any, new Set()));
    const counts = Object.groupBy(leases, (lease) => lease?.address ?? "none");
    expect([counts["a:1"], counts["b:1"], counts["c:1"]].map((list) => list?.length)).toEqual([9, 9, 2]);
    expect(leases.find((lease) => lease?.address === "a:1")?.metadata).toEqual({ zone: "x" });
    expect(health.hold("http://a:1").active).toBe(9);
    for (const lease of leases) lease?.end("reached");
    expect(health.hold("http://a:1").active).toBe(0);
  });

  test("is of none that was tried, in whichever service there is another", () => {
    const services = two(new EndpointHealth(new FakeClock()));
    const tried = new Set<string>();
    for (let time = 0; time < 3; time++) tried.add(services.lease(any, tried)?.address ?? "none");
    expect(tried).toEqual(new Set(["a:1", "b:1", "c:1"]));
    expect(services.lease(any, tried)).toBeUndefined();
  });

  test("tells what became of it", () => {
    const health = new EndpointHealth(new FakeClock(), { after: 1 });
    const services = two(health);
    const a = new Set(["b:1", "c:1"]);
    services.lease(any, a)?.end("unknown");
    services.lease(any, a)?.end("broken");
    expect(health.hold("http://a:1").usable).toBeTrue();
    services.lease(any, a)?.end("unreachable");
    expect(health.hold("http://a:1").usable).toBeFalse();
    expect(services.lease(any, new Set(["c:1"]))?.address).toBe("b:1");
  });
});

describe("hash", () => {
  const request = (user: string): Request =>
    new Request(`http://x/?user=${user}`, { headers: { "x-user": user, cookie: `other=1; user=${user}; user2=x` } });

  test.each([[{ header: "x-user" }], [{ cookie: "user" }], [{ query: "user" }], [{ sourceIp: true }]] as [
    HashSource,
  ][])("%j keeps a client where it is and spreads clients", (hashOn) => {
    const some = service({ balance: "hash", hashOn });
    const at = (user: string): string | undefined =>
      some.pick(exchangeOf(request(user), { secure: false, remoteAddress: user }).exchange, none)?.base;
    const users = Array.from({ length: 50 }, (_, index) => `user${index}`);
    expect(users.map(at)).toEqual(users.map(at));
    expect(new Set(users.map(at)).size).toBe(3);
  });

  test("without the key clients are spread at random", () => {
    const some = service({ balance: "hash", hashOn: { cookie: "nope" } });
    expect(new Set(Array.from({ length: 200 }, () => some.pick(any, none)?.base)).size).toBe(3);
  });
});

describe("addresses", () => {
  const base = (address: string): string | undefined => service({ endpoints: [{ address }] }).pick(any, none)?.base;

  test.each([
    ["10.0.0.1:9000", "http://10.0.0.1:9000"],
    ["orders.svc", "http://orders.svc"],
    ["[::1]:80", "http://[::1]"],
    ["https://orders.example/v1/", "https://orders.example/v1"],
  ])("%p is %p", (address, expected) => {
    expect(base(address)).toBe(expected);
  });

  test.each(["", "ftp://x", "http://u:p@x", "x?y", "a b", "http://"])("%p is none", (address) => {
    expect(() => base(address)).toThrow('Service "s"');
  });

  test("states are given back, also when a later address is wrong", () => {
    const health = new EndpointHealth(new FakeClock());
    const endpoints = [{ address: "a:1" }, { address: "ftp://x" }];
    expect(() => createServices([{ name: "s", endpoints }], deps(health))).toThrow();
    const state = health.hold("http://a:1");
    health.release("http://a:1");
    expect(health.hold("http://a:1")).not.toBe(state);
  });
});

test("a service that the host cannot connect to as it is told is refused by name", () => {
  const link = { http2: true };
  const clients = new ServiceClients(new FakeClock(), undefined);
  const open = (more: object) =>
    createServices([{ name: "s", endpoints: [], link }], { ...deps(new EndpointHealth(new FakeClock())), ...more });
  expect(() => open({ clients })).toThrow('Service "s": this host has no HTTP/2');
  expect(() => open({})).toThrow('Service "s": there is no way to connect to it here');
});

test("services that are connected to alike share the connections, until the last is gone", () => {
  const log: string[] = [];
  const clients = new ServiceClients(new FakeClock(), () => {
    log.push("open");
    return { fetch: () => Promise.reject(new Error("no")), close: () => void log.push("close") };
  });
  const open = (name: string, link: ServiceLink) =>
    createServices([{ name, endpoints: [], link }], { ...deps(new EndpointHealth(new FakeClock())), clients });
  const all = [
    open("s", { http2: true }),
    open("s", { http2: true }),
    open("s", { http2: true, connectTimeout: 1 }),
    open("t", { http2: true }),
  ];
  expect(log).toEqual(["open", "open", "open"]);
  all[0]?.close();
  all[0]?.close();
  expect(log.length).toBe(3);
  for (const one of all) one.close();
  expect(log.filter((line) => line === "close").length).toBe(3);
});

test("clients that are opened after the limit has changed have the new one, and are others", () => {
  const opened: ServiceLink[] = [];
  const clients = new ServiceClients(new FakeClock(), (link) => {
    opened.push(link);
    return { fetch: () => Promise.reject(new Error("Nobody asks.")), close: () => {} };
  });
  const link: ServiceLink = { http2: true };
  const before = clients.hold("one", link).client;
  clients.idleTimeout = 10_000;
  const after = clients.hold("one", link).client;
  expect(opened).toEqual([{ http2: true }, { http2: true, idleTimeout: 10_000 }]);
  expect(after).not.toBe(before);
  expect(clients.hold("one", link).client).toBe(after);
});
