import { expect, test } from "bun:test";
import { FoundServices } from "#config/registries/named-services.ts";
import type { Config, ServiceConfig } from "#config/model.ts";
import { loaded } from "../load.ts";

const FOUND: ServiceConfig = {
  name: "shop.dns",
  protocol: "https",
  endpoints: [{ host: "shop.example.com", port: 443, weight: 1 }],
  loadBalance: "round_robin",
  tls: { verify: true, sni: "shop.example.com" },
};

const config = (services: string): Config => loaded(`services: ${services}\nadmin: false`);
const one = (written: string, found: readonly ServiceConfig[]): unknown =>
  new FoundServices().over(config(written), found).services[0];

test("an entry without endpoints says how a registry's service is used", () => {
  expect(
    one("[{ name: shop.dns, protocol: https, loadBalance: random, endpoints: [], tls: { verify: false } }]", [FOUND]),
  ).toEqual({
    ...FOUND,
    loadBalance: "random",
    tls: { verify: false, sni: "shop.example.com" },
  });
  expect(one("[{ name: shop.dns, protocol: grpcs, endpoints: [] }]", [FOUND])).toMatchObject({ protocol: "grpcs" });
});

test("an entry with endpoints, or of another name, is what it says", () => {
  const written = '[{ name: shop.dns, endpoints: ["10.0.0.1:80"] }]';
  expect(one(written, [FOUND])).toEqual(config(written).services[0]);
  expect(new FoundServices().over(config("[{ name: empty, endpoints: [] }]"), [FOUND]).services).toHaveLength(2);
});

test("what did not change comes to the same object", () => {
  const base = config("[{ name: shop.dns, endpoints: [] }]");
  expect(new FoundServices().over(base, [FOUND]).services[0]).toBe(
    new FoundServices().over(base, [FOUND]).services[0] as ServiceConfig,
  );
  expect(new FoundServices().over(base, [])).toBe(base);
});

const INSTANCES: ServiceConfig = {
  name: "orders.group.public.nacos",
  protocol: "http",
  endpoints: ["v1", "v2", "v2"].map((version, index) => ({
    host: `10.0.0.${index}`,
    port: 80,
    weight: 1,
    metadata: { version },
  })),
  loadBalance: "round_robin",
};

const SUBSET =
  "[{ name: second, loadBalance: random, subsetOf: { service: orders.group.public.nacos, metadata: { version: v2 } } }]";

test("a subset has the endpoints of a service whose metadata is asked for", () => {
  const base = config(SUBSET);
  const { services } = new FoundServices().over(base, [INSTANCES]);
  const [second, whole] = services;
  expect(second).toMatchObject({ name: "second", loadBalance: "random", protocol: "http" });
  expect(second?.endpoints.map(({ host }) => host)).toEqual(["10.0.0.1", "10.0.0.2"]);
  expect(whole).toBe(INSTANCES);
  expect(new FoundServices().over(base, [INSTANCES]).services[0]).toBe(second as ServiceConfig);
  const fewer = { ...INSTANCES, endpoints: INSTANCES.endpoints.slice(0, 1) };
  expect(new FoundServices().over(base, [fewer]).services[0]?.endpoints).toEqual([]);
});

test("a subset of a service that is not found yet waits for it, and one of an own service needs no registry", () => {
  expect(new FoundServices().over(config(SUBSET), []).services.map(({ name, endpoints }) => [name, endpoints])).toEqual(
    [
      ["second", []],
      ["orders.group.public.nacos", []],
    ],
  );
  const own = `[{ name: all, endpoints: [{ address: "10.0.0.1:80", metadata: { zone: a } }, "10.0.0.2:80"] }, { name: near, subsetOf: { service: all, metadata: { zone: a } } }, { name: same, subsetOf: { service: all } }]`;
  expect(new FoundServices().over(config(own), []).services.map(({ endpoints }) => endpoints.length)).toEqual([
    2, 1, 2,
  ]);
});

test("a service has endpoints or is a subset, of a service that there is", () => {
  expect(() => config("[{ name: a }]")).toThrow("is required");
  expect(() => config('[{ name: a, endpoints: ["10.0.0.1:80"], subsetOf: { service: shop.dns } }]')).toThrow(
    "cannot be there beside subsetOf",
  );
  expect(() => config("[{ name: a, subsetOf: { service: b } }]")).toThrow("services[0].subsetOf.service");
});
