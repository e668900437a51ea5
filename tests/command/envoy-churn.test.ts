import { describe, expect, test } from "bun:test";
import { KubernetesConfig } from "#config/kubernetes/kubernetes-config.ts";
import { resourceOf } from "#config/kubernetes/read-resources.ts";
import type { Resource } from "#config/kubernetes/resource.ts";
import { ResourceSet } from "#config/kubernetes/resource-set.ts";
import { knownKinds } from "#config/kubernetes/translators.ts";
import { openEnvoyLayer } from "#src/command/envoy-layer.ts";
import { translatorOptions } from "#src/command/resources.ts";
import { envoyBootstrap } from "#src/control/xds/bootstrap.ts";
import { systemClock } from "#src/core/clock.ts";
import { registry } from "#src/registry.ts";
import { certificateOf } from "#tests/support/certificates.ts";
import { Backends } from "#tests/support/churn/backends.ts";
import { Load, Streams } from "#tests/support/churn/load.ts";
import { certificatesFor, type KubeObject, PATH } from "#tests/support/churn/objects.ts";
import { Prober, Shop } from "#tests/support/churn/shop.ts";
import { envoyMissing, startEnvoy } from "#tests/support/envoy.ts";
import { configOf } from "#tests/support/envoy-translation.ts";
import { seeded } from "#tests/support/seeded.ts";
import { until } from "#tests/support/until.ts";

if (envoyMissing !== undefined) console.log(envoyMissing);

const PATIENCE = 60_000;
const CHANGES = 100;
const base = configOf({
  listeners: [
    { name: "http", host: "127.0.0.1", port: 0 },
    { name: "https", host: "127.0.0.1", port: 0, tls: { certificates: [certificateOf("other.test")] } },
  ],
  xds: { port: 0 },
});

function read(object: KubeObject): Resource {
  const resource = resourceOf(object);
  if (typeof resource === "string") throw new Error(resource);
  return resource;
}

/** Objects, brought to an Envoy by what the gateway brings them by. */
async function openControl() {
  const set = new ResourceSet();
  const { plugins, providers: definitions } = registry;
  const options = translatorOptions(base);
  const kinds = knownKinds({ plugins, definitions, env: {} });
  const engine = new KubernetesConfig(set, { ...kinds, options, definitions, plugins, mcp: registry });
  const problems: unknown[] = [];
  const layer = await openEnvoyLayer({
    clock: systemClock,
    log: { info() {}, warn: (...said) => problems.push(said), error: (...said) => problems.push(said) },
    metrics: { streams() {}, pushed() {}, settled() {} },
    registry,
    certificatesOf: () => [],
    modules: { load: () => Promise.reject(new Error("there are no modules")) },
  });
  const move = (): Promise<void> => layer.moveTo(engine.update(base).config);
  return { set, layer, move, problems };
}

describe.skipIf(envoyMissing !== undefined)("an Envoy whose configuration changes all the time", () => {
  test(
    "fails no request, cuts no stream and takes every change",
    async () => {
      const random = seeded(7);
      using backends = new Backends();
      const certificates = await Promise.all(
        ["one.test", "two.test"].map(async (host) => ({ host, turns: await certificatesFor(host, 2) })),
      );
      const shop = new Shop({ routes: 40, backends: backends.ports, certificates, random });
      const { set, layer, move, problems } = await openControl();
      for (const object of shop.objects()) set.put(read(object));
      await move();
      await using envoy = await startEnvoy(
        envoyBootstrap({
          node: { id: "e", cluster: "c", metadata: {} },
          servers: [{ host: "127.0.0.1", port: layer.port }],
          admin: { host: "127.0.0.1", port: 0 },
          protocol: "delta",
          maxConnections: 1000,
        }),
      );
      const plain = { port: (await envoy.listenerPort("http")) ?? 0 };
      const secure = { port: (await envoy.listenerPort("https")) ?? 0, serverName: "one.test" };
      const prober = new Prober(plain, secure);
      const { hosts } = shop;
      const [stream = ""] = hosts;
      const streams = await Streams.open(3, plain, stream, `${PATH}/events`);
      const load = new Load({ target: plain, clients: 3, hosts, path: PATH, random });
      const safe = new Load({ target: secure, clients: 1, hosts: ["one.test"], path: PATH, random });
      const kinds = new Set<string>();
      for (let made = 0; made < CHANGES;) {
        const change = shop.next();
        if (change === undefined) continue;
        made++;
        kinds.add(change.kind);
        for (const object of change.before) set.put(read(object));
        if (change.before.length > 0) await move();
        for (const object of change.put) set.put(read(object));
        for (const object of change.removed) set.delete(read(object));
        await move();
        await until(`the change of ${change.kind} ${change.subject} is in use`, () => change.isUsed(prober));
        backends.tick();
      }
      await until("the last event has come", () => streams.counts.every((count) => count === CHANGES));
      streams.stop();
      await Promise.all([load.stop(), safe.stop()]);
      prober.close();
      await layer.close();
      const failures = [load, safe, streams, prober].flatMap((one) => one.failures);
      expect({ failures, closed: load.closed + safe.closed, problems }).toEqual({
        failures: [],
        closed: 0,
        problems: [],
      });
      expect(load.count).toBeGreaterThan(CHANGES);
      expect(safe.count).toBeGreaterThan(CHANGES);
      expect([...kinds].sort()).toEqual(["added", "certificate", "endpoints", "plugin", "removed", "route", "service"]);
    },
    PATIENCE,
  );
});
