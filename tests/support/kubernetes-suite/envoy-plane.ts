import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { KubernetesConfig } from "#config/kubernetes/kubernetes-config.ts";
import { ResourceReader } from "#config/kubernetes/read-resources.ts";
import { ResourceSet } from "#config/kubernetes/resource-set.ts";
import { knownKinds } from "#config/kubernetes/translators.ts";
import type { Config } from "#config/model.ts";
import { translatorOptions } from "#src/command/resources.ts";
import { createRegistries } from "#src/control/registries.ts";
import { systemClock } from "#src/core/clock.ts";
import { registry } from "#src/registry.ts";
import { startEnvoy } from "../envoy.ts";
import { staticBootstrap } from "../envoy-static.ts";
import { configOf, translatorOf } from "../envoy-translation.ts";
import { startTier } from "../tier.ts";
import { ask } from "./plane-client.ts";
import type { Plane, RunningPlane } from "./plane.ts";

const pem = (name: string): string => readFileSync(new URL(`../../fixtures/tls/${name}`, import.meta.url), "utf8");

/** The same listeners as those of Sluice's own plane. */
const CONFIG = {
  listeners: [
    { name: "http", host: "127.0.0.1", port: 0 },
    {
      name: "https",
      host: "127.0.0.1",
      port: 0,
      tls: { certificates: [{ cert: pem("other.test.pem"), key: pem("other.test.key.pem") }] },
    },
  ],
};

const log = { info() {}, warn() {}, error() {} };

/** A real Envoy, with what Sluice would send it, and Sluice behind it for what needs Sluice. */
export const envoyPlane: Plane = {
  name: "Envoy",
  async start(resources): Promise<RunningPlane> {
    const registries = createRegistries({ clock: systemClock, log, fetch, random: Math.random }, () => {});
    const objects = configIn(resources);
    registries.over(objects);
    await registries.ready();
    const config = registries.over(objects);
    const replica = await startTier(config);
    const tier = { endpoints: [replica], protocol: "http" as const };
    const envoy = await startEnvoy(staticBootstrap(translatorOf({ tier }).translate(config).resources));
    const ports = { http: (await envoy.listenerPort("http")) ?? 0, https: (await envoy.listenerPort("https")) ?? 0 };
    return {
      request: (listener, asked) => ask(typeof listener === "number" ? listener : ports[listener], asked),
      async close() {
        await envoy.stop();
        await registries.close();
        await replica[Symbol.asyncDispose]();
      },
    };
  },
};

/** What the objects of a folder come to. */
function configIn(folder: string): Config {
  const reader = new ResourceReader();
  const set = new ResourceSet();
  for (const file of readdirSync(folder)) {
    for (const one of reader.read(file, readFileSync(join(folder, file), "utf8")).resources) set.put(one);
  }
  const base = configOf(CONFIG);
  const { plugins, providers: definitions } = registry;
  const kinds = knownKinds({ plugins, definitions, env: {} });
  const options = translatorOptions(base);
  return new KubernetesConfig(set, { ...kinds, options, definitions, plugins, mcp: registry }).update(base).config;
}
