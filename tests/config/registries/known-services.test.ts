import { describe, expect, test } from "bun:test";
import { array, assert, boolean, constantFrom, integer, property, record } from "fast-check";
import { grouped, type Instance } from "#config/registries/instances.ts";
import { KnownServices } from "#config/registries/known-services.ts";
import type { DiscoveredService } from "#config/registries/registry.ts";
import { Slots } from "#config/registries/slots.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { keptLog } from "#tests/support/kept-log.ts";
import { registryConfig } from "#tests/support/registries/registry-config.ts";

const instance = record({
  service: constantFrom("a", "b", "c"),
  host: constantFrom("10.0.0.1", "10.0.0.2", "::1", "", "a b"),
  port: integer({ min: -1, max: 4 }),
  protocol: constantFrom("http", "HTTPS", "smtp"),
  weight: integer({ min: -5, max: 2_000_000 }),
});
const SETTINGS = { metadata: {} };
const nothing = (): void => {};

describe("grouped instances", () => {
  test("are the same in whatever order they come, however often", () => {
    assert(
      property(array(instance), array(integer()), (instances, order) => {
        const distinct = [...new Map(instances.map((one) => [`${one.service} ${one.host} ${one.port}`, one])).values()];
        const shuffled = distinct.toSorted(
          (a, b) => (order[distinct.indexOf(a)] ?? 0) - (order[distinct.indexOf(b)] ?? 0),
        );
        const all = grouped(distinct, SETTINGS, nothing);
        expect(grouped(shuffled, SETTINGS, nothing)).toEqual([...all]);
        expect(grouped([...distinct, ...distinct], SETTINGS, nothing)).toEqual([...all]);
      }),
    );
  });

  test("have addresses and shares that can be used", () => {
    assert(
      property(array(instance), (instances) => {
        for (const { endpoints } of grouped(instances, SETTINGS, nothing)) {
          for (const { host, port, weight } of endpoints) {
            expect(host).toMatch(/^(?:[\d.]+|\[::1\])$/);
            expect(port).toBeGreaterThanOrEqual(1);
            expect(weight).toBeGreaterThanOrEqual(0);
            expect(weight).toBeLessThanOrEqual(1_000_000);
          }
        }
      }),
    );
  });

  test("what most of a service's instances speak is what it speaks", () => {
    const skipped: string[] = [];
    const all = ["http", "grpc", "grpc"].map((protocol, at): Instance => ({
      service: "a",
      host: "h",
      port: at + 1,
      protocol,
    }));
    const groups = grouped(all, SETTINGS, (_what, reason) => skipped.push(reason));
    expect(groups).toMatchObject([{ protocol: "grpc", endpoints: [{ port: 2 }, { port: 3 }] }]);
    expect(skipped).toEqual(["instances that speak http: most speak grpc"]);
  });
});

function known(forgetful = false) {
  const clock = new FakeClock();
  const { log, lines } = keptLog();
  const told: (readonly DiscoveredService[])[] = [];
  const world = { clock, log, fetch, random: Math.random };
  const listener = { services: (all: readonly DiscoveredService[]) => void told.push(all) };
  const services = new KnownServices(registryConfig("eureka", {}), world, listener, { forgetful });
  return { clock, lines, told, services };
}

const [A, B] = [1, 2].map((port): Instance => ({ service: "a", host: "h", port }));
const ports = (told: readonly (readonly DiscoveredService[])[]): number[] =>
  (told.at(-1) ?? []).flatMap(({ endpoints }) => endpoints.map(({ port }) => port));

describe("known services", () => {
  test("the same is never told twice in a row, and nothing is forgotten", () => {
    assert(
      property(array(array(instance, { maxLength: 4 }), { maxLength: 10 }), (answers) => {
        const { told, services } = known();
        for (const answer of answers) {
          services.tell(answer);
          const groups = grouped(answer, SETTINGS, nothing);
          expect(told.at(-1)?.map(({ name, endpoints }) => ({ name, endpoints }))).toEqual(
            groups.map(({ name, endpoints }) => ({ name, endpoints })),
          );
        }
        const texts = told.map((list) => JSON.stringify(list));
        for (const [at, text] of texts.entries()) expect(text).not.toBe(texts[at - 1] ?? "");
      }),
    );
  });

  test("it is healthy when it has answered and no question is open", () => {
    const question = record({ what: constantFrom("x", "y"), ok: boolean() });
    assert(
      property(array(question), (questions) => {
        const { services, lines } = known();
        const open = new Set<string>();
        let answered = false;
        for (const { what, ok } of questions) {
          if (ok) {
            services.answered(what);
            open.delete(what);
            answered = true;
          } else {
            services.failed(what, "why");
            open.add(what);
          }
          expect(services.status.healthy).toBe(answered && open.size === 0);
        }
        const told = lines.map((line) => line.split(" ", 1)[0]);
        for (const [at, level] of told.entries()) expect(level).toBe(at % 2 === 0 ? "warn" : "info");
      }),
    );
  });

  test("what a forgetful registry has not said again after an outage is kept for half a minute", () => {
    const { clock, told, services } = known(true);
    services.answered("all");
    services.tell([A, B].filter((one) => one !== undefined));
    services.failed("all", "away");
    services.answered("all");
    services.tell([]);
    expect(ports(told)).toEqual([1, 2]);
    clock.advance(29_999);
    services.tell(A === undefined ? [] : [A]);
    expect(ports(told)).toEqual([1, 2]);
    clock.advance(1);
    expect(ports(told)).toEqual([1]);
    services.tell([]);
    expect(ports(told)).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test("a complaint is told once", () => {
    const { lines, services } = known();
    for (let time = 0; time < 3; time++) services.skipped("entry", "no port");
    services.skipped("entry", "no host");
    expect(lines).toHaveLength(2);
  });
});

test("slots are given in turn, and whoever leaves the line takes none", async () => {
  const slots = new Slots(1);
  const { signal } = new AbortController();
  const leaving = new AbortController();
  const free = await slots.take(signal);
  const order: string[] = [];
  const left = slots.take(leaving.signal).then((give) => (order.push("left"), give));
  const second = slots.take(signal).then((give) => (order.push("second"), give));
  const third = slots.take(signal).then((give) => (order.push("third"), give));
  leaving.abort();
  (await left)();
  expect(order).toEqual(["left"]);
  free();
  (await second)();
  (await third)();
  expect(order).toEqual(["left", "second", "third"]);
  await slots.take(signal);
});
