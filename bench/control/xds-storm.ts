/**
 * `bun bench/control/xds-storm.ts [--routes 10000] [--clients 100]`: so many clients of xDS, half of them by increments and half by the state of
 * the world, come at once and know nothing; are cut and come back at once with what they have; are cut and come back after a change. How
 * long until all are served, and what the control plane costs meanwhile.
 */
import { loadavg } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { parseArgs } from "node:util";
import { KubernetesConfig } from "#config/kubernetes/kubernetes-config.ts";
import { ResourceSet } from "#config/kubernetes/resource-set.ts";
import { knownKinds } from "#config/kubernetes/translators.ts";
import { translatorOptions } from "#src/command/resources.ts";
import type { ConnectedClient } from "#src/control/xds/client-stream.ts";
import { XdsServer } from "#src/control/xds/server.ts";
import { SnapshotBuilder } from "#src/control/xds/snapshot-builder.ts";
import { loadMessages } from "#src/control/xds/messages.ts";
import { systemClock } from "#src/core/clock.ts";
import { registry } from "#src/registry.ts";
import { configOf, translatorOf } from "#tests/support/envoy-translation.ts";
import { ingress, services } from "./objects.ts";
import { cpuOf, memoryOf } from "./usage.ts";

const { values } = parseArgs({
  options: { routes: { type: "string", default: "10000" }, clients: { type: "string", default: "100" } },
});
const [routes, clients] = [Number(values.routes), Number(values.clients)];
const base = configOf({ listeners: [{ name: "http", port: 8080 }] });
const set = new ResourceSet();
const { plugins, providers: definitions } = registry;
const kinds = knownKinds({ plugins, definitions, env: {} });
const engine = new KubernetesConfig(set, {
  ...kinds,
  options: translatorOptions(base),
  definitions,
  plugins,
  mcp: registry,
});
for (const object of services(routes, 9)) set.put(object);
for (let index = 0; index < routes; index++) set.put(ingress(index, 1));

const messages = await loadMessages();
let bytes = 0;
const server = new XdsServer({
  host: "127.0.0.1",
  port: 0,
  messages,
  clock: systemClock,
  log: { info() {}, warn: console.error, error: console.error },
  metrics: { streams() {}, pushed: (_type, _protocol, _count, sent) => (bytes += sent), settled() {} },
  token: () => undefined,
});
/** Each kind of client has its own view: virtual hosts one by one need increments. */
const views = (["vhds", "rds"] as const).map((virtualHosts) => ({
  translator: translatorOf({ virtualHosts }),
  builder: new SnapshotBuilder(messages),
}));
await server.listen();
publish();

const child = Bun.spawn([process.execPath, join(import.meta.dir, "xds-clients.ts"), `${server.port}`, `${clients}`], {
  stdin: "pipe",
  stdout: "pipe",
  stderr: "inherit",
});
const lines = createInterface({ input: Readable.fromWeb(child.stdout as never) })[Symbol.asyncIterator]();
await lines.next();
console.log(`${routes} routes, ${clients} clients, half of them by increments`);
await storm("connect", "all know nothing");
await cut();
await storm("back", "all come back");
await cut();
await storm("connect", "all know nothing, again");
await cut();
set.put(ingress(0, 7));
publish();
await storm("back", "all come back after a change");
console.log(`load average ${loadavg()[0]?.toFixed(1)}`);
child.kill();
await server.close();
process.exit(0);

function publish(): void {
  const { config } = engine.update(base);
  const [delta, sotw] = views.map(({ translator, builder }) => {
    const { snapshot, problems } = builder.build(translator.translate(config).resources);
    if (problems.length > 0) throw new Error(JSON.stringify(problems));
    return snapshot;
  });
  server.publish(({ id }) => (id.startsWith("delta") ? delta : sotw));
}

async function say(word: string): Promise<void> {
  void child.stdin.write(`${word}\n`);
  void child.stdin.flush();
  await lines.next();
}

async function cut(): Promise<void> {
  await say("cut");
  while (server.clients.length > 0) await Bun.sleep(5);
}

/** Until every client has what it asks for, and has said so. */
async function storm(word: "connect" | "back", title: string): Promise<void> {
  Bun.gc(true);
  const start = { at: performance.now(), cpu: cpuOf(process.pid), memory: memoryOf(process.pid), bytes };
  let most = start.memory;
  const watch = setInterval(() => (most = Math.max(most, memoryOf(process.pid))), 20);
  await say(word);
  const isServed = ({ stream }: ConnectedClient): boolean => stream.states.length >= 4 && stream.inSync;
  while (!(server.clients.length === clients && server.clients.every(isServed))) await Bun.sleep(5);
  clearInterval(watch);
  most = Math.max(most, memoryOf(process.pid));
  const megabytes = (count: number): string => (count / 1024 / 1024).toFixed(0);
  console.log(
    `${title}: ${(performance.now() - start.at).toFixed(0)} ms, ${(cpuOf(process.pid) - start.cpu).toFixed(0)} ms CPU, ` +
      `${megabytes(bytes - start.bytes)} MB sent, memory ${megabytes(start.memory)} to ${megabytes(most)} MB`,
  );
}
