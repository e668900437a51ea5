import { expect, test } from "bun:test";
import type { Config, RouteConfig } from "#config/model.ts";
import type { TranslatedResources, TranslatedType } from "#src/control/envoy/resources.ts";
import { loadMessages } from "#src/control/xds/messages.ts";
import { SnapshotBuilder } from "#src/control/xds/snapshot-builder.ts";
import { certificateOf } from "#tests/support/certificates.ts";
import { configOf, translatorOf } from "#tests/support/envoy-translation.ts";

const TYPES: readonly TranslatedType[] = ["cds", "eds", "lds", "rds", "vhds", "sds", "ecds"];

const config = configOf({
  listeners: [
    { name: "one", port: 8080 },
    { name: "tls", port: 8443, tls: { certificates: [certificateOf("a.test")] } },
  ],
  services: [
    { name: "a", endpoints: ["10.0.0.1:80"] },
    { name: "b", endpoints: ["10.0.0.2:80"], loadBalance: "hash", hash: { header: "x-key" } },
  ],
  routes: ["a.test", "b.test", "c.test"].map((host) => ({
    name: host,
    match: { hosts: [host], path: { prefix: "/x" } },
    http: { services: [{ name: "b" }] },
  })),
  plugins: [{ name: "ip-restriction", rules: [{ routes: ["c.test"], config: { allow: ["10.0.0.0/8"] } }] }],
});

/** The types whose map is not the same object any more. */
function touched(before: TranslatedResources, after: TranslatedResources): TranslatedType[] {
  return TYPES.filter((type) => before[type] !== after[type]);
}

/** The resources of a type that are not the same objects any more. */
function changed(type: TranslatedType, before: TranslatedResources, after: TranslatedResources): string[] {
  return [...after[type]].filter(([name, one]) => before[type].get(name) !== one).map(([name]) => name);
}

function twice(next: Config, virtualHosts: "vhds" | "rds" = "vhds") {
  const translator = translatorOf({ virtualHosts });
  return [translator.translate(config).resources, translator.translate(next).resources] as const;
}

test("the same configuration is the same objects", () => {
  const [before, after] = twice(config);
  expect(touched(before, after)).toEqual([]);
});

test("a configuration that was read anew and says the same is the same maps", () => {
  const [before, after] = twice(structuredClone(config));
  expect(touched(before, after)).toEqual([]);
});

test("a route's change touches its virtual host and nothing else", () => {
  const [first, ...others] = config.routes;
  const other: RouteConfig = { ...(first as RouteConfig), match: { hosts: ["a.test"], path: { prefix: "/y" } } };
  const next = { ...config, routes: [other, ...others] };
  const [before, after] = twice(next);
  expect(touched(before, after)).toEqual(["vhds"]);
  expect(changed("vhds", before, after)).toEqual(["sluice/a.test"]);
  const [inline, inlineAfter] = twice(next, "rds");
  expect(touched(inline, inlineAfter)).toEqual(["rds"]);
  const hosts = (of: TranslatedResources): unknown[] => {
    const list = of.rds.get("sluice")?.["virtual_hosts"];
    return Array.isArray(list) ? list : [];
  };
  expect(hosts(inlineAfter).map((host, index) => host === hosts(inline)[index])).toEqual([false, true, true]);
});

test("another endpoint touches the endpoints alone", () => {
  const services = config.services.map((one) =>
    one.name === "a" ? { ...one, endpoints: [{ host: "10.0.0.9", port: 80, weight: 1 }] } : one,
  );
  const [before, after] = twice({ ...config, services });
  expect(touched(before, after)).toEqual(["eds"]);
  expect(changed("eds", before, after)).toEqual(["a"]);
});

test("another way to hash touches the routes that go there", () => {
  const services = config.services.map((one) => (one.name === "b" ? { ...one, hash: { query: "q" } } : one));
  const [before, after] = twice({ ...config, services });
  expect(touched(before, after)).toEqual(["vhds"]);
});

test("a renewed certificate touches its secret alone", () => {
  const certificates = [{ ...certificateOf("a.test"), key: certificateOf("b.test").key }];
  const listeners = config.listeners.map((one) => (one.tls === undefined ? one : { ...one, tls: { certificates } }));
  const [before, after] = twice({ ...config, listeners });
  expect(touched(before, after)).toEqual(["sds"]);
  expect(changed("sds", before, after)).toEqual(["certificate/a.test,*.a.test"]);
});

test("a plugin's other configuration touches the routes it is on alone", () => {
  const plugins = config.plugins.map((one) => ({
    ...one,
    rules: [{ routes: ["c.test"], config: { deny: ["10.0.0.0/8"] } }],
  }));
  const [before, after] = twice({ ...config, plugins });
  expect(touched(before, after)).toEqual(["vhds"]);
  expect(changed("vhds", before, after)).toEqual(["sluice/c.test"]);
});

test("of 10,000 routes one change encodes one virtual host", async () => {
  const routes = Array.from({ length: 10_000 }, (_, index): RouteConfig => ({
    name: `r${index}`,
    match: { hosts: [`h${Math.floor(index / 10)}.test`], path: { prefix: `/p${index % 10}` } },
    public: false,
    strict: false,
    http: { services: [{ name: "a", weight: 1 }], websocket: true },
  }));
  const translator = translatorOf({ virtualHosts: "vhds" });
  const builder = new SnapshotBuilder(await loadMessages());
  const first = builder.build(translator.translate({ ...config, routes }).resources);
  expect(first.problems).toEqual([]);
  const [head, ...rest] = routes;
  const moved = { ...(head as RouteConfig), response: { status: 204, headers: {} } };
  delete moved.http;
  const second = builder.build(translator.translate({ ...config, routes: [moved, ...rest] }).resources);
  expect(TYPES.filter((type) => second.snapshot[type] !== first.snapshot[type])).toEqual(["vhds"]);
  const anew = [...second.snapshot.vhds].filter(([name, resource]) => first.snapshot.vhds.get(name) !== resource);
  expect(anew.map(([name]) => name)).toEqual(["sluice/h0.test"]);
});
