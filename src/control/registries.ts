import type { Config, McpServerConfig, RegistryConfig, RegistryProxy, ServiceConfig } from "#config/model.ts";
import { mcpServer } from "#config/model/mcp-servers.ts";
import type { RegistryType } from "#config/model/registries.ts";
import { FoundServers } from "#config/registries/found-servers.ts";
import { type LoadKind, REGISTRY_KINDS } from "#config/registries/kinds.ts";
import { FoundServices } from "#config/registries/named-services.ts";
import type { RegistryStatus, RegistryWorld } from "#config/registries/registry.ts";
import type { McpParts } from "../core/mcp/host.ts";
import { WatchedRegistry } from "./watched-registry.ts";

/** The longest wait for what new registries say first, in milliseconds. */
const PATIENCE = 1000;

/** The registries of the running configuration, watched over reloads. */
export interface Registries {
  /** What they have found; a service that says the same as before is the same object. */
  readonly services: readonly ServiceConfig[];
  /** In the order of the configuration. */
  readonly statuses: readonly RegistryStatus[];
  /**
   * The configuration with the services and MCP servers that its registries have found. Those that are new in it are watched from now on; an
   * entry that says the same as before goes on with what it knows, and one that has changed keeps what was found before until it says
   * something itself.
   */
  over(config: Config): Config;
  /** Resolves when each registry of what `over` was asked for last has said something, after a second at the latest. */
  ready(): Promise<void>;
  /** The configuration that `over` was asked for last is in use: registries that it does not have are ended. */
  settle(): void;
  /** Ends all of it; nothing is told afterwards. */
  close(): Promise<void>;
}

/** What registries are made of. */
export interface RegistryParts {
  /** Left out: all there are. */
  readonly kinds?: ReadonlyMap<RegistryType, LoadKind>;
  /** What MCP servers that are found can be; left out: none are looked for. */
  readonly mcp?: McpParts;
}

/** Registries of which none is watched yet. `changed` is called whenever they have found other services or MCP servers. */
export function createRegistries(
  world: RegistryWorld,
  changed: () => void,
  { kinds = REGISTRY_KINDS, mcp }: RegistryParts = {},
): Registries {
  const entry = mcp === undefined ? undefined : mcpServer(mcp);
  /** All that are watched, by what they say. */
  const watched = new Map<string, WatchedRegistry>();
  let named: readonly WatchedRegistry[] = [];
  const foundServices = new FoundServices();
  const foundServers = new FoundServers(complaints(world));
  let closed = false;

  const watch = (config: RegistryConfig, proxies: readonly RegistryProxy[]): WatchedRegistry => {
    const proxy = proxies.find(({ name }) => name === config.proxyName);
    const says = JSON.stringify([config, proxy]);
    const known = watched.get(says);
    if (known !== undefined) return known;
    const before = named.find((one) => one.config.type === config.type && one.config.name === config.name);
    const registry = new WatchedRegistry(config, { proxy, entry, before });
    watched.set(says, registry);
    void registry.start(world, kinds.get(config.type), () => {
      if (!closed) changed();
    });
    return registry;
  };

  const services = (): readonly ServiceConfig[] => distinct(named.flatMap((registry) => registry.services));

  const servers = (): readonly McpServerConfig[] => named.flatMap((registry) => registry.mcpServers);

  return {
    get services() {
      return services();
    },
    get statuses() {
      return named.map(({ status }) => status);
    },
    over(config) {
      named = config.registries.map((registry) => watch(registry, config.proxies));
      return foundServers.over(foundServices.over(config, services()), servers());
    },
    async ready() {
      const limit = Promise.withResolvers<void>();
      const stop = world.clock.after(PATIENCE, limit.resolve);
      await Promise.race([Promise.all(named.map((registry) => registry.first)), limit.promise]);
      stop();
    },
    settle() {
      for (const [says, registry] of watched) {
        if (named.includes(registry)) continue;
        watched.delete(says);
        void registry.close();
      }
    },
    async close() {
      closed = true;
      await Promise.all([...watched.values()].map((registry) => registry.close()));
    },
  };
}

/** Each is told once. */
function complaints({ log }: RegistryWorld): (server: string, reason: string) => void {
  const told = new Map<string, string>();
  return (server, reason) => {
    if (told.get(server) === reason) return;
    told.set(server, reason);
    log.warn("An MCP server that a registry has is left out.", { server, reason });
  };
}

/** Where two registries know a name, the first one's counts. */
function distinct(services: readonly ServiceConfig[]): readonly ServiceConfig[] {
  const names = new Set<string>();
  return services.filter(({ name }) => {
    if (names.has(name)) return false;
    names.add(name);
    return true;
  });
}
