/**
 * `bun bench/control/swap.ts [--routes 10000] [--changes 1000]`: how long so many Ingresses take from objects to a gateway that serves them,
 * and one change of them, in this process. The baseline of each change is the time this machine takes to sort as many texts, in the same run.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { KubernetesConfig } from "#config/kubernetes/kubernetes-config.ts";
import { ResourceSet } from "#config/kubernetes/resource-set.ts";
import { knownKinds } from "#config/kubernetes/translators.ts";
import { translatorOptions } from "#src/command/resources.ts";
import { resourcesSource } from "#src/command/config-source.ts";
import { systemClock } from "#src/core/clock.ts";
import { createGateway } from "#src/gateway.ts";
import { registry } from "#src/registry.ts";
import { ingress, services } from "./objects.ts";

const { values } = parseArgs({
  options: { routes: { type: "string", default: "10000" }, changes: { type: "string", default: "1000" } },
});
const routes = Number(values.routes);
const changes = Number(values.changes);

const loaded = resourcesSource({}, registry)();
if (!loaded.ok) throw new Error(loaded.problems.join("\n"));
const { providers: definitions, plugins } = registry;
const set = new ResourceSet();
const options = translatorOptions(loaded.config);
const kinds = knownKinds({ plugins, definitions, env: {} });
const engine = new KubernetesConfig(set, { ...kinds, options, definitions, plugins, mcp: registry });
const quiet = { info() {}, warn() {}, error: console.error };
const gateway = createGateway({
  registry,
  clock: systemClock,
  fetch,
  decodesBodies: false,
  connectWebSocket: () => {
    throw new Error("there are no WebSockets here");
  },
  observers: [],
  log: quiet,
});

for (const object of services(routes, 9)) set.put(object);
for (let index = 0; index < routes; index++) set.put(ingress(index, 1));
const cold = await timed(async () => gateway.apply(engine.update(loaded.config).config));
console.log(`cold: ${cold.toFixed(0)} ms for ${routes} Ingresses`);

const parts: Record<"translate" | "compile" | "whole" | "baseline", number[]> = {
  translate: [],
  compile: [],
  whole: [],
  baseline: [],
};
const names = Array.from({ length: routes }, (_, index) => `shop-${(index * 7919) % routes}`);
const spent = process.cpuUsage();
for (let change = 0; change < changes; change++) {
  const index = Math.floor(Math.random() * routes);
  const object = ingress(index, 2 + change);
  let config = loaded.config;
  const translate = await timed(async () => {
    set.put(object);
    ({ config } = engine.update(loaded.config));
  });
  const compile = await timed(() => gateway.apply(config));
  parts.translate.push(translate);
  parts.compile.push(compile);
  parts.whole.push(translate + compile);
  parts.baseline.push(await timed(async () => void names.toSorted()));
}
const { user, system } = process.cpuUsage(spent);
for (const [name, times] of Object.entries(parts)) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(2);
  console.log(`${name}: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms`);
}
const sorting = parts.baseline.reduce((sum, one) => sum + one, 0);
console.log(
  `processor time of all threads, without the baseline: ${((user + system) / 1000 / changes - sorting / changes).toFixed(2)} ms a change`,
);
await gateway.close();

async function timed(run: () => Promise<void>): Promise<number> {
  const begin = performance.now();
  await run();
  return performance.now() - begin;
}
