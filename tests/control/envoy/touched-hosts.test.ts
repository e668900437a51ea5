import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Config, PluginConfig, RouteConfig, ServiceConfig } from "#config/model.ts";
import type { TranslatedResources } from "#src/control/envoy/resources.ts";
import { configOf, translatorOf } from "#tests/support/envoy-translation.ts";

/** Parts of which configurations are put together: the same part is the same object in each. */
const HOSTS = ["*", "*.test", "a.test", "b.test", "*.a.test", "x.a.test"];
const JWKS = JSON.stringify({ keys: [{ kty: "oct", alg: "HS256", k: "c".repeat(43) }] });
const written = configOf({
  listeners: [{ name: "one", port: 8080 }],
  services: [
    { name: "a", endpoints: ["10.0.0.1:80"] },
    { name: "b", endpoints: ["10.0.0.2:80"] },
  ],
  routes: HOSTS.flatMap((host, place) =>
    ["/", "/x", "/y"].map((prefix, index) => ({
      name: `${host}${prefix}`,
      match: { hosts: index === 1 ? [host, HOSTS[(place + 2) % HOSTS.length]] : [host], path: { prefix } },
      http: { services: [{ name: index === 2 ? "b" : "a" }] },
    })),
  ),
  plugins: [
    { name: "ip-restriction", rules: [{ routes: ["a.test/x"], config: { allow: ["10.0.0.0/8"] } }] },
    { name: "cors", rules: [{ domains: ["x.a.test"], config: { allow_origins: ["*"], reject_others: false } }] },
    { name: "cors", rules: [{ domains: ["b.test"], config: { allow_origins: ["*"], reject_others: false } }] },
    { name: "local-rate-limit", config: { requests_per_second: 5 } },
    {
      name: "key-auth",
      config: { global_auth: false, keys: ["x-key"], in_header: true, consumers: [{ name: "c", credential: "k" }] },
      rules: [{ routes: ["b.test/y"], config: { allow: ["c"] } }],
    },
    {
      name: "jwt-auth",
      config: { global_auth: false, consumers: [{ name: "c", issuer: "i", jwks: JWKS }] },
      rules: [{ routes: ["*/x"], config: { allow: ["c"] } }],
    },
  ],
});

const hashed = (service: ServiceConfig): ServiceConfig => ({ ...service, loadBalance: "hash", hash: { header: "x" } });
const services: readonly (readonly ServiceConfig[])[] = [
  written.services,
  written.services.map(hashed),
  written.services.map((one) => (one.name === "b" ? hashed(one) : one)),
  written.services.slice(0, 1),
];

/** What one configuration has that the one before did not, and the other way round. */
const step = fc.record({
  routes: fc.subarray<RouteConfig>([...written.routes], { maxLength: 2 }),
  plugins: fc.subarray<PluginConfig>([...written.plugins], { maxLength: 1 }),
  services: fc.constantFrom(...services),
  turned: fc.nat(9).map((one) => one === 0),
  timeout: fc.constantFrom(undefined, undefined, undefined, 5000),
});

const configs: fc.Arbitrary<Config[]> = fc.array(step, { minLength: 2, maxLength: 8 }).map((steps) => {
  let { routes, plugins } = written;
  return steps.map((next) => {
    const { timeout } = next;
    routes = toggled(next.turned ? routes.toReversed() : routes, next.routes);
    plugins = toggled(plugins, next.plugins);
    const downstream = timeout === undefined ? written.downstream : { ...written.downstream, routeTimeout: timeout };
    return { ...written, routes, plugins, services: next.services, downstream };
  });
});

function toggled<T>(list: readonly T[], some: readonly T[]): T[] {
  return [...list.filter((one) => !some.includes(one)), ...some.filter((one) => !list.includes(one))];
}

/** Without the order of virtual hosts, which means nothing. */
function readable({ rds, ...maps }: TranslatedResources): unknown {
  const inline = [...rds.values()].map(({ virtual_hosts: hosts = [], ...rest }) => [
    rest,
    new Set(Array.isArray(hosts) ? hosts.map((host) => JSON.stringify(host)) : []),
  ]);
  return { inline, ...Object.fromEntries(Object.entries(maps).map(([type, map]) => [type, Object.fromEntries(map)])) };
}

test.each(["vhds", "rds"] as const)(
  "one configuration after the other comes to what each comes to alone: %s",
  (kind) => {
    const check = fc.property(configs, (all) => {
      const translator = translatorOf({ virtualHosts: kind });
      for (const one of all) {
        const alone = translatorOf({ virtualHosts: kind }).translate(one);
        const after = translator.translate(one);
        expect(readable(after.resources)).toEqual(readable(alone.resources));
        expect(new Set(after.placements().map((place) => JSON.stringify(place)))).toEqual(
          new Set(alone.placements().map((place) => JSON.stringify(place))),
        );
      }
    });
    fc.assert(check, { numRuns: 80 });
  },
);
