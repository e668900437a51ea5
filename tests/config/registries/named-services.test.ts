import { expect, test } from "bun:test";
import { withFound } from "#config/registries/named-services.ts";
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
  withFound(config(written), found).services[0];

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
  expect(withFound(config("[{ name: empty, endpoints: [] }]"), [FOUND]).services).toHaveLength(2);
});

test("what did not change comes to the same object", () => {
  const base = config("[{ name: shop.dns, endpoints: [] }]");
  expect(withFound(base, [FOUND]).services[0]).toBe(withFound(base, [FOUND]).services[0] as ServiceConfig);
  expect(withFound(base, [])).toBe(base);
});
