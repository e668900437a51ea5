/**
 * `bun bench/control/envoy-churn.ts [--routes 10000] [--changes 1000] [--every 100]`: Sluice, its own process, reads so many Ingresses of an
 * API server and drives a real Envoy, while clients ask through it and streams are open. Of random changes: how long each takes from
 * the API server's event to the first good answer, what failed meanwhile, and what the control plane and Envoy cost.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { envoyBootstrap } from "#src/control/xds/bootstrap.ts";
import { collectionPath, KUBE_KINDS } from "#config/sources/kube/kinds.ts";
import { kindNameOf } from "#config/kubernetes/resource.ts";
import { Backends } from "#tests/support/churn/backends.ts";
import { Load, Streams } from "#tests/support/churn/load.ts";
import { certificatesFor, hostOf, type KubeObject, PATH } from "#tests/support/churn/objects.ts";
import { type Change, Prober, Shop } from "#tests/support/churn/shop.ts";
import { certificateOf } from "#tests/support/certificates.ts";
import { envoyMissing, startEnvoy } from "#tests/support/envoy.ts";
import { FakeApiServer } from "#tests/support/fake-api-server.ts";
import { spawnGateway } from "#tests/support/gateway.ts";
import { seeded } from "#tests/support/seeded.ts";
import { freePort } from "#tests/support/unprivileged.ts";
import { cpuOf, memoryOf } from "./usage.ts";

if (envoyMissing !== undefined) throw new Error(envoyMissing);

const { values } = parseArgs({
  options: {
    routes: { type: "string", default: "10000" },
    changes: { type: "string", default: "1000" },
    /** Milliseconds from one change to the next. */
    every: { type: "string", default: "100" },
    clients: { type: "string", default: "10" },
    /** Milliseconds that each client rests after an answer. */
    rest: { type: "string", default: "50" },
    streams: { type: "string", default: "50" },
    hosts: { type: "string", default: "vhds" },
    seed: { type: "string", default: "1" },
  },
});
const [routes, changes, every] = [Number(values.routes), Number(values.changes), Number(values.every)];
const [clients, rest, open] = [Number(values.clients), Number(values.rest), Number(values.streams)];
/** A change that is not in use by then is told as lost. */
const LOST_MS = 20_000;
/** What a change names is there for so long before it. */
const BEFORE_MS = 400;

const random = seeded(Number(values.seed));
const folder = mkdtempSync(join(tmpdir(), "sluice-bench-"));
using backends = new Backends();
const certificates = await Promise.all(
  ["one", "two", "three"].map(async (name) => ({ host: hostOf(name), turns: await certificatesFor(hostOf(name), 4) })),
);
const shop = new Shop({ routes, backends: backends.ports, certificates, random });

await using server = new FakeApiServer();
for (const object of shop.objects()) put(object);
const [inside, admin, xds] = [await freePort(), await freePort(), await freePort()];
const begin = performance.now();
const gateway = spawnGateway({
  config: {
    listeners: [
      { name: "inside", host: "127.0.0.1", port: inside, behindEnvoy: true },
      { name: "http", host: "127.0.0.1", port: 0 },
      { name: "https", host: "127.0.0.1", port: 0, tls: { certificates: [certificateOf("other.test")] } },
    ],
    admin: { port: admin },
    xds: { port: xds, tier: { endpoints: [`127.0.0.1:${inside}`], readyPort: admin }, virtualHosts: values.hosts },
  },
  args: ["--kube", "--kubeconfig", kubeconfig(), "--port", String(inside), "--admin-port", String(admin)],
});
await listening();
const cold = performance.now() - begin;
const envoyBegin = performance.now();
const envoy = await startEnvoy(
  envoyBootstrap({
    node: { id: "bench", cluster: "bench", metadata: {} },
    servers: [{ host: "127.0.0.1", port: xds }],
    admin: { host: "127.0.0.1", port: 0 },
    protocol: values.hosts === "vhds" ? "delta" : "sotw",
    maxConnections: 10_000,
  }),
);
console.log(`cold: Sluice ${cold.toFixed(0)} ms, then Envoy ${(performance.now() - envoyBegin).toFixed(0)} ms`);
const plain = { port: (await envoy.listenerPort("http")) ?? 0 };
const secure = { port: (await envoy.listenerPort("https")) ?? 0, serverName: hostOf("one") };

const pause = (): Promise<void> => Bun.sleep(rest * (0.5 + Math.random()));
const streams = await Streams.open(open, plain, hostOf("shop-0"), `${PATH}/events`);
const load = new Load({ target: plain, clients, hosts: shop.hosts, path: PATH, random: Math.random, pause });
const safe = new Load({ target: secure, clients: 2, hosts: [hostOf("one")], path: PATH, random: Math.random, pause });
const ticks = setInterval(() => backends.tick(), 100);
await Bun.sleep(1000);

const start = {
  at: performance.now(),
  cpu: cpuOf(gateway.pid),
  memory: memoryOf(gateway.pid),
  envoy: cpuOf(envoy.pid),
};
let most = start.memory;
const watch = setInterval(() => (most = Math.max(most, memoryOf(gateway.pid))), 250);
const idle: Prober[] = [];
const probers: Prober[] = [];
const times = new Map<string, number[]>();
const lost: string[] = [];
/** By subject, the last change of it: one comes after the other. */
const running = new Map<string, Promise<void>>();
for (let made = 0; made < changes;) {
  const change = shop.next();
  if (change === undefined) continue;
  made++;
  running.set(change.subject, bring(change, running.get(change.subject)));
  await Bun.sleep(every);
}
await Promise.all(running.values());
const end = { at: performance.now(), cpu: cpuOf(gateway.pid), memory: memoryOf(gateway.pid), envoy: cpuOf(envoy.pid) };
for (const timer of [watch, ticks]) clearInterval(timer);
const least = Math.min(...streams.counts);
streams.stop();
await Promise.all([load.stop(), safe.stop()]);
for (const prober of probers) prober.close();

const all = [...times.values()].flat();
for (const [kind, own] of [...times, ["all", all] as const]) console.log(`${kind}: ${shares(own)}`);
const failures = [load, safe, ...probers].flatMap((one) => one.failures);
const asked = load.count + safe.count;
console.log(`requests: ${asked}, failed ${failures.length}, connections closed ${load.closed + safe.closed}`);
console.log(
  `streams: ${open}, cut or wrong ${streams.failures.length}, least events ${least}; changes lost ${lost.length}`,
);
const seconds = (end.at - start.at) / 1000;
const per = (from: number, to: number): string => `${((to - from) / changes).toFixed(1)} ms CPU a change`;
const megabytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(0);
console.log(
  `control plane: ${per(start.cpu, end.cpu)}, ${((end.cpu - start.cpu) / seconds / 10).toFixed(0)} % of a core`,
);
console.log(
  `control plane: ${megabytes(start.memory)} MB at the begin, ${megabytes(end.memory)} at the end, most ${megabytes(most)}`,
);
console.log(`Envoy: ${per(start.envoy, end.envoy)}, requests included; ${megabytes(memoryOf(envoy.pid))} MB`);
console.log(`${seconds.toFixed(0)} s, load average ${loadavg()[0]?.toFixed(1)}`);
for (const failure of [...failures, ...streams.failures, ...lost].slice(0, 20)) console.log(`  ${failure}`);
await envoy.stop();
await gateway.stop();
rmSync(folder, { recursive: true, force: true });
process.exit(failures.length + streams.failures.length + lost.length === 0 ? 0 : 1);

/** A busy machine may take longer than tests are patient for. */
async function listening(tries = 8): Promise<void> {
  try {
    await gateway.listening();
  } catch (error) {
    if (tries === 0) throw error;
    await listening(tries - 1);
  }
}

async function bring(change: Change, last: Promise<void> | undefined): Promise<void> {
  await last;
  for (const object of change.before) put(object);
  if (change.before.length > 0) await Bun.sleep(BEFORE_MS);
  const prober = idle.pop() ?? fresh();
  const from = performance.now();
  for (const object of change.put) put(object);
  for (const object of change.removed) server.delete(collectionOf(object), object.metadata.name);
  while (!(await change.isUsed(prober))) {
    if (performance.now() - from > LOST_MS) {
      lost.push(`${change.kind} ${change.subject}`);
      break;
    }
    await Bun.sleep(3);
  }
  times.set(change.kind, [...(times.get(change.kind) ?? []), performance.now() - from]);
  idle.push(prober);
}

function fresh(): Prober {
  const prober = new Prober(plain, secure);
  probers.push(prober);
  return prober;
}

function put(object: KubeObject): void {
  server.put(collectionOf(object), object);
}

function collectionOf(object: KubeObject): string {
  const name = kindNameOf(object);
  const kind = KUBE_KINDS.find((one) => one.kind === name);
  if (kind === undefined) throw new Error(`nothing is known of ${name}`);
  return collectionPath(kind, object.apiVersion.replace(/^.*\//, ""), object.metadata.namespace);
}

function kubeconfig(): string {
  const file = join(folder, "kubeconfig");
  const config = {
    "current-context": "bench",
    contexts: [{ name: "bench", context: { cluster: "bench", user: "bench" } }],
    clusters: [{ name: "bench", cluster: { server: server.url } }],
    users: [{ name: "bench", user: { token: server.token } }],
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
}

function shares(own: readonly number[]): string {
  const sorted = own.toSorted((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(0);
  return `${own.length} changes, p50 ${at(0.5)} ms, p90 ${at(0.9)}, p99 ${at(0.99)}, most ${at(1)}`;
}
