import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import process from "node:process";
import { createAdmin } from "../control/admin.ts";
import { createRegistries } from "../control/registries.ts";
import type { Config } from "#config/model.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import type { Connection } from "../core/exchange.ts";
import type { Host } from "../core/host.ts";
import type { Log } from "../core/log.ts";
import { createPrices } from "../observe/prices.ts";
import { createMemoryStore } from "../store/memory.ts";
import { RedisCommands } from "../store/redis-commands.ts";
import { createGateway, type Gateway, type GatewayOptions } from "../gateway.ts";
import { registry } from "../registry.ts";
import { vendorOf } from "../vendor-of.ts";
import type { Command } from "./arguments.ts";
import { banner } from "./banner.ts";
import { Certificates } from "./certificates.ts";
import { type ConfigSource, environmentSource, fileSource, type Loaded, resourcesSource } from "./config-source.ts";
import { EnvoyDriver } from "./envoy-driver.ts";
import { Listeners } from "./listeners.ts";
import { loaderWorld } from "./loader-world.ts";
import { createObservation } from "./observation.ts";
import { overridden } from "./overrides.ts";
import { PluginRetry } from "./plugin-retry.ts";
import { Reloader } from "./reloader.ts";
import type { ResourceLayer } from "./resources.ts";
import { openStore } from "./store.ts";

type Options = Extract<Command, { name: "gateway" }>;
type Good = Extract<Loaded, { ok: true }>;

/** Runs a gateway until a signal ends it. Resolves once it listens; what keeps it from starting is told and ends the process with 1. */
export async function runGateway(host: Host, options: Options): Promise<void> {
  const source = sourceOf(options);
  const loaded = source();
  if (!loaded.ok) return refuse(loaded.problems, options.file);
  try {
    await start(host, options, source, loaded);
  } catch (error) {
    refuse([error instanceof Error ? error.message : String(error)], undefined);
  }
}

async function start(host: Host, options: Options, source: ConfigSource, loaded: Good): Promise<void> {
  const clock = systemClock;
  const prices = createPrices(() => reloader.running.prices);
  const vendor = (id: string): string => vendorOf(reloader.running, registry.providers, id);
  const observation = createObservation(
    clock,
    () => gateway,
    vendor,
    prices,
    () => certificates.status,
  );
  const { log } = observation;
  const resources = await openResources(options, loaded.config, { clock, log });
  const store = await openStore(loaded.config.store, log);
  const loader = loaderWorld(host, options.file, clock, log);
  const gateway: Gateway = createGateway({
    registry,
    clock,
    fetch: (url, init) => host.fetch(url, init),
    decodesBodies: host.runtime === "deno",
    ...(behindProxy(process.env) ? {} : direct(host)),
    ...(host.openServiceClient === undefined ? {} : { openServiceClient: host.openServiceClient }),
    ...(host.openStream === undefined ? {} : { openStream: host.openStream }),
    connectWebSocket: (url, protocols, headers) => host.connectWebSocket(url, protocols, headers),
    observers: observation.observers,
    log,
    onCoolDown: observation.coolDown,
    onMirrored: observation.mirrored,
    onRecovery: observation.recovery,
    onMcpSessionEnd: observation.mcpSessionEnd,
    readFile: (path) => readFileSync(path, "utf8"),
    loader,
    openRedis: (server) => new RedisCommands(server),
    pluginMetrics: observation.plugins,
    ...(options.file === undefined ? {} : { configFile: resolve(options.file) }),
    contextWindow: (id, model) => prices.contextWindow(vendor(id), model, id),
    ...(store === undefined ? {} : { store }),
  });
  const admin = createAdmin({
    token: () => reloader.token,
    reload: () => reloader.reload("the admin API"),
    metrics: observation.metrics,
    status: () => ({
      draining: gateway.draining,
      activeRequests: gateway.active.count,
      staleConfig: reloader.stale,
      ...(envoy.ready ? {} : { waitingFor: "the configuration for Envoys" }),
    }),
    xds: () => envoy.debug,
    registries: () => registries.statuses,
    ...(resources === undefined ? {} : { resources: () => resources.report(gateway.pluginFailures) }),
    certificates: () => certificates.status,
  });
  const own = createMemoryStore({ clock });
  const certificates = new Certificates(async (config, changed) => {
    const { openManager } = await import("./acme.ts");
    const counted = (outcome: "success" | "failure"): void => observation.certificateIssues(outcome);
    const kept = { store: store ?? own, shared: store !== undefined, secrets: config.sessions.keys };
    const cluster = resources === undefined ? {} : { cluster: resources.certificateSecrets };
    return openManager(config.acme, { host, clock, log, ...kept, ...cluster, changed, counted });
  });
  const listeners = new Listeners(host, {
    gateway: (request, connection) => answered(certificates, gateway, request, connection),
    admin: (request) => admin.fetch(request),
  });
  const { reloaded } = observation;
  const asked = { clock, log, fetch: (url: string, init: RequestInit) => host.fetch(url, init), random: Math.random };
  const registries = createRegistries(asked, () => reloader.refresh(), { mcp: registry });
  const over = (config: Config): Config => registries.over(resources?.over(config) ?? config);
  const { modules } = loader;
  const certificatesOf = certificates.gotFor;
  const envoy = new EnvoyDriver({ clock, log, metrics: observation.xds, registry, modules, certificatesOf });
  let running = false;
  const reloader = new Reloader({
    source,
    loaded,
    over,
    settled(config) {
      registries.settle();
      retry.settled(gateway.pluginFailures);
      if (running) envoy.follow(config);
    },
    gateway,
    listeners,
    certificates,
    log,
    clock,
    reloaded,
  });
  const retry = new PluginRetry({ clock, log, random: Math.random, again: () => reloader.refresh() });
  certificates.onChange(() => {
    reloader.showCertificates();
    if (running) envoy.follow(reloader.running);
  });
  await resources?.open(() => reloader.refresh());
  // Requests that come at once find what is there: what registries say first is waited for, if not for long.
  over(loaded.config);
  await registries.ready();
  await reloader.start();
  // At the begin a port that cannot be opened ends the process; later it is told.
  await envoy.start(reloader.running);
  running = true;
  reloader.watch();
  process.on("SIGHUP", () => void reloader.reload("SIGHUP"));
  onStop(log, async (force) => {
    reloader.close();
    retry.close();
    await (force ? undefined : gateway.drain());
    await listeners.stop(force);
    await certificates.close();
    await resources?.close();
    await registries.close();
    await envoy.close();
    await gateway.close();
    await store?.close();
    await observation.flush();
  });
  // Last: whoever waits for these lines may send a signal right after them.
  process.stderr.write(banner(reloader.running, listeners.open, sourceNameOf(options), envoy.port));
}

/** Authorities' checks of names go before all routes. */
function answered(
  certificates: Certificates,
  gateway: Gateway,
  request: Request,
  connection: Connection,
): Response | Promise<Response> {
  const answer = certificates.answer(request);
  if (answer === undefined) return gateway.fetch(request, connection);
  return answer.then((response) => response ?? gateway.fetch(request, connection));
}

/** What the configuration is made of, for people. */
function sourceNameOf({ file, resources, kube }: Options): string {
  const named = [...(file === undefined ? [] : [file]), ...resources, ...(kube ? ["the Kubernetes API server"] : [])];
  return named.length === 0 ? "the environment" : named.join(", ");
}

/** What reads Kubernetes objects; nothing when none are asked for. Loaded only then. */
async function openResources(
  { resources: folders, kube, kubeconfig }: Options,
  { kubernetes: settings }: Config,
  world: { readonly clock: Clock; readonly log: Log },
): Promise<ResourceLayer | undefined> {
  if (folders.length === 0 && !kube) return undefined;
  const { openResourceLayer } = await import("./resource-layers.ts");
  return openResourceLayer({ folders, kube, kubeconfig, settings }, { ...world, registry });
}

/** Behind a proxy only the runtime's fetch knows the way, and a connection to the upstream itself tells nothing. */
function direct(host: Host): Pick<GatewayOptions, "probe" | "transport"> {
  const transport = host.transport?.(systemClock);
  return { probe: (name, port) => host.probe(name, port), ...(transport === undefined ? {} : { transport }) };
}

function behindProxy(env: Readonly<Record<string, string | undefined>>): boolean {
  return ["http_proxy", "https_proxy", "all_proxy"].some((name) => (env[name] ?? env[name.toUpperCase()] ?? "") !== "");
}

/** The configuration's source, with what the command line puts over it. */
function sourceOf(options: Options): ConfigSource {
  const { file, resources, kube } = options;
  const without = resources.length > 0 || kube ? resourcesSource : environmentSource;
  const source = file === undefined ? without(process.env, registry) : fileSource(file, process.env, registry);
  return () => overridden(source(), options);
}

/** Ends the process in peace on the first SIGTERM or SIGINT, at once on the second. */
function onStop(log: Log, stop: (force: boolean) => Promise<void>): void {
  let stopping = false;
  const handle = (signal: string): void => {
    if (stopping) {
      log.warn("A second signal: ending at once.", { signal });
      void stop(true).finally(() => process.exit(1));
      return;
    }
    stopping = true;
    log.info("Draining: no new requests are taken, open ones finish. A second signal ends them.", { signal });
    stop(false).then(
      () => process.exit(0),
      (error: unknown) => {
        log.error("The gateway did not end cleanly.", { error: String(error) });
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", () => handle("SIGTERM"));
  process.on("SIGINT", () => handle("SIGINT"));
}

function refuse(problems: readonly string[], file: string | undefined): void {
  const head =
    file === undefined
      ? "sluice did not start:"
      : `sluice did not start: ${file} has ${problems.length} problem${problems.length === 1 ? "" : "s"}:`;
  process.stderr.write(`${[head, ...problems.map((problem) => `  ${problem}`)].join("\n")}\n`);
  process.exit(1);
}
