import { guarded } from "#config/guarded-certificates.ts";
import type { Config, ListenerConfig, PluginConfig, ServiceConfig, UpstreamConfig } from "#config/model.ts";
import type { Certificate } from "#src/core/host.ts";
import type { JsonObject } from "#src/core/json.ts";
import { isDiscovered, serviceCluster } from "./cluster.ts";
import { loadAssignment } from "./endpoints.ts";
import { fallbackClusters } from "./fallback.ts";
import { httpFilters } from "./http-filters.ts";
import { makeListener } from "./listener.ts";
import { originCluster } from "./origin-cluster.ts";
import { type PluginKnowledge, PluginPlan } from "./plugins/plugin-plan.ts";
import { type TranslatedResources, type TranslatedType, ROUTES } from "./resources.ts";
import type { RouteWorld } from "./route.ts";
import { routeConfiguration } from "./route-configuration.ts";
import { tracingClusters } from "./tracing.ts";
import { tunnels } from "./tcp-proxy.ts";
import { type TierConfig, tierCluster } from "./tier.ts";
import { challengeEntries, mcpEntries, type TierEntry } from "./tier-paths.ts";
import { serviceSecrets } from "./upstream-tls.ts";
import { type Placement, VirtualHosts } from "./virtual-hosts.ts";

/** What a translation needs beside the configuration. */
export interface TranslatorOptions extends PluginKnowledge {
  readonly tier: TierConfig;
  /** A listener's certificates beside its own: those that were got for it. */
  certificatesOf?(listener: ListenerConfig): readonly Certificate[];
  /** Whether virtual hosts come one by one (VHDS), which needs the incremental protocol, or within their route configuration. */
  readonly virtualHosts: "vhds" | "rds";
}

/** What a configuration is to Envoy. */
export interface Translation {
  readonly resources: TranslatedResources;
  /** For each route at each host, the better first: whether Envoy or Sluice answers. */
  placements(): readonly Placement[];
}

/** Translates one configuration after the other. Whatever did not change is the same object as the time before. */
export class Translator {
  readonly #options: TranslatorOptions;
  readonly #hosts: VirtualHosts;
  readonly #clusters = new WeakMap<ServiceConfig, { readonly upstream: UpstreamConfig; readonly body: JsonObject }>();
  readonly #assignments = new WeakMap<ServiceConfig, JsonObject>();
  #plan: { readonly plugins: readonly PluginConfig[]; readonly plan: PluginPlan } | undefined;
  #entries: { readonly servers: Config["mcpServers"]; readonly mcp: readonly TierEntry[] } | undefined;
  #challenges: readonly TierEntry[] = [];
  #last: TranslatedResources | undefined;

  constructor(options: TranslatorOptions) {
    this.#options = options;
    this.#hosts = new VirtualHosts((host) => (options.virtualHosts === "vhds" ? `${ROUTES}/${host}` : host));
  }

  translate(config: Config): Translation {
    const plugins = this.#pluginPlan(config.plugins);
    const services = new Map(config.services.map((service) => [service.name, service]));
    const world = { services, plugins, timeout: config.downstream.routeTimeout ?? 0 };
    const hosts = this.#hosts.make([...config.routes, ...this.#tierEntries(config)], world);
    const inline = this.#options.virtualHosts === "rds";
    const made = {
      ...this.#listeners(config, plugins),
      cds: this.#cds(config, world),
      eds: named(
        config.services.filter(isDiscovered).map((one) => this.#assignment(one)),
        "cluster_name",
      ),
      rds: new Map([[ROUTES, routeConfiguration(inline ? [...hosts.values()] : undefined, config)]]),
      vhds: inline ? new Map<string, JsonObject>() : hosts,
      ecds: named(plugins.configurations()),
    };
    const resources = settled(this.#last, made);
    this.#last = resources;
    return { resources, placements: () => this.#hosts.placements() };
  }

  #pluginPlan(plugins: readonly PluginConfig[]): PluginPlan {
    if (this.#plan?.plugins !== plugins) this.#plan = { plugins, plan: new PluginPlan(plugins, this.#options) };
    return this.#plan.plan;
  }

  /** The same objects for as long as nothing else is asked for. */
  #tierEntries(config: Config): readonly TierEntry[] {
    const { mcpServers: servers } = config;
    if (this.#entries?.servers !== servers) this.#entries = { servers, mcp: mcpEntries(servers) };
    const challenges = challengeEntries(config);
    if (!isEqual(challenges, this.#challenges)) this.#challenges = challenges;
    return [...this.#entries.mcp, ...this.#challenges];
  }

  #listeners(config: Config, plugins: PluginPlan): Pick<TranslatedResources, "lds" | "sds"> {
    const filters = httpFilters(plugins, config);
    const { tcpRoutes } = config;
    const own = config.listeners.filter(({ behindEnvoy }) => behindEnvoy !== true);
    const made = own.flatMap(
      (listener) =>
        makeListener(listener, { filters, settings: config, tcpRoutes, certificates: this.#certificates(listener) }) ??
        [],
    );
    return {
      lds: named([...made.map(({ listener }) => listener), ...tunnels(config.services).listeners]),
      sds: named([...made.flatMap(({ secrets }) => secrets), ...config.services.flatMap(serviceSecrets)]),
    };
  }

  #certificates(listener: ListenerConfig): readonly Certificate[] | undefined {
    const { tls } = listener;
    if (tls === undefined) return undefined;
    const own = "certificates" in tls ? tls.certificates : [];
    return guarded([...own, ...(this.#options.certificatesOf?.(listener) ?? [])], tls.asked);
  }

  #cds(config: Config, { services, plugins }: RouteWorld): ReadonlyMap<string, JsonObject> {
    return named([
      tierCluster(this.#options.tier),
      ...config.services.map((service) => this.#cluster(service, config.upstream)),
      ...fallbackClusters(config.routes).values(),
      ...tunnels(config.services).clusters,
      ...plugins.origins().map(originCluster),
      ...tracingClusters(config.tracing, services),
    ]);
  }

  #cluster(service: ServiceConfig, upstream: UpstreamConfig): JsonObject {
    const before = this.#clusters.get(service);
    if (before?.upstream === upstream) return before.body;
    const body = serviceCluster(service, upstream);
    this.#clusters.set(service, { upstream, body });
    return body;
  }

  #assignment(service: ServiceConfig): JsonObject {
    const body = this.#assignments.get(service) ?? loadAssignment(service);
    this.#assignments.set(service, body);
    return body;
  }
}

/** Messages by what they call themselves. Of two with one name the first counts: Sluice's own come first. */
function named(messages: readonly JsonObject[], key: "name" | "cluster_name" = "name"): Map<string, JsonObject> {
  const map = new Map<string, JsonObject>();
  for (const message of messages) {
    const name = message[key];
    if (typeof name === "string" && !map.has(name)) map.set(name, message);
  }
  return map;
}

/** Keeps the objects of the time before for what has not changed. */
function settled(before: TranslatedResources | undefined, after: TranslatedResources): TranslatedResources {
  if (before === undefined) return after;
  const keep = (type: TranslatedType) => settledMap(before[type], after[type]);
  return {
    cds: keep("cds"),
    eds: keep("eds"),
    lds: keep("lds"),
    rds: keep("rds"),
    vhds: keep("vhds"),
    sds: keep("sds"),
    ecds: keep("ecds"),
  };
}

function settledMap(
  before: ReadonlyMap<string, JsonObject>,
  after: ReadonlyMap<string, JsonObject>,
): ReadonlyMap<string, JsonObject> {
  if (before === after) return before;
  let same = before.size === after.size;
  const map = new Map<string, JsonObject>();
  for (const [name, message] of after) {
    const known = before.get(name);
    const kept = known !== undefined && isEqual(known, message) ? known : message;
    if (kept !== known) same = false;
    map.set(name, kept);
  }
  return same ? before : map;
}

/** Objects that are the same are not looked into, so that of large messages only what is new costs time. */
function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((one, index) => isEqual(one, b[index]))
    );
  }
  const [left, right] = [Object.entries(a), Object.entries(b)];
  const other = new Map<string, unknown>(right);
  return left.length === right.length && left.every(([key, value]) => other.has(key) && isEqual(value, other.get(key)));
}
