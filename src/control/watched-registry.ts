import type { RegistryConfig, RegistryProxy, ServiceConfig } from "#config/model.ts";
import type { LoadKind } from "#config/registries/kinds.ts";
import type { DiscoveredService, RegistryStatus, RegistryWatcher, RegistryWorld } from "#config/registries/registry.ts";

/** One registry of a configuration, and what it has found. */
export class WatchedRegistry {
  readonly config: RegistryConfig;
  readonly #proxy: RegistryProxy | undefined;
  #services: readonly ServiceConfig[];
  readonly #made = new WeakMap<DiscoveredService, ServiceConfig>();
  readonly #first = Promise.withResolvers<void>();
  #watcher: RegistryWatcher | undefined;
  #closed = false;

  /** `services` are those of its predecessor, which are used until it knows something itself. */
  constructor(config: RegistryConfig, proxy: RegistryProxy | undefined, services: readonly ServiceConfig[]) {
    this.config = config;
    this.#proxy = proxy;
    this.#services = services;
  }

  get services(): readonly ServiceConfig[] {
    return this.#services;
  }

  get status(): RegistryStatus {
    const { name, type } = this.config;
    return this.#watcher?.status ?? { name, type, healthy: false, ready: false };
  }

  /** Resolves when it has told something, or never will. */
  get first(): Promise<void> {
    return this.#first.promise;
  }

  /** Never rejects. */
  async start(world: RegistryWorld, load: LoadKind | undefined, changed: () => void): Promise<void> {
    try {
      const watcher = await this.#watch(world, load, changed);
      this.#watcher = watcher;
      if (this.#closed) await watcher?.close();
    } catch (error) {
      const { name, type } = this.config;
      const reason = error instanceof Error ? error.message : String(error);
      world.log.error("The registry is not watched.", { registry: name, type, reason });
      this.#first.resolve();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#first.resolve();
    await this.#watcher?.close();
  }

  async #watch(
    world: RegistryWorld,
    load: LoadKind | undefined,
    changed: () => void,
  ): Promise<RegistryWatcher | undefined> {
    const { config } = this;
    if (load === undefined) throw new Error("this version runs no registries of its type");
    // Without the proxy its services would be asked on a way that nobody has asked for.
    if (config.proxyName !== undefined && this.#proxy === undefined) {
      throw new Error(`there is no proxy ${config.proxyName}`);
    }
    const kind = await load();
    if (this.#closed) return undefined;
    return kind.watch(config, world, {
      services: (all) => {
        this.#services = all.map((service) => this.#service(service));
        this.#first.resolve();
        changed();
      },
    });
  }

  #service(found: DiscoveredService): ServiceConfig {
    const made = this.#made.get(found) ?? serviceOf(found, this.#proxy);
    this.#made.set(found, made);
    return made;
  }
}

function serviceOf(found: DiscoveredService, proxy: RegistryProxy | undefined): ServiceConfig {
  const { name, protocol, endpoints, sni } = found;
  return {
    name,
    protocol,
    endpoints,
    loadBalance: "round_robin",
    ...(sni === undefined ? {} : { tls: { sni, verify: true } }),
    ...(proxy === undefined ? {} : { proxy: proxyOf(proxy) }),
  };
}

function proxyOf({ serverAddress, serverPort, connectTimeout }: RegistryProxy): NonNullable<ServiceConfig["proxy"]> {
  return { host: serverAddress, port: serverPort, connectTimeout };
}
