import type { z } from "zod";
import { checkValue } from "#config/issues.ts";
import type { McpServerConfig, RegistryConfig, RegistryProxy, ServiceConfig } from "#config/model.ts";
import type { LoadKind } from "#config/registries/kinds.ts";
import type {
  DiscoveredMcpServer,
  DiscoveredService,
  RegistryStatus,
  RegistryWatcher,
  RegistryWorld,
} from "#config/registries/registry.ts";
import { formatPath } from "#config/report.ts";

/** What a registry is watched with. */
export interface WatchedOptions {
  readonly proxy: RegistryProxy | undefined;
  /** What an entry of `mcpServers` is; undefined: none are looked for. */
  readonly entry: z.ZodType<McpServerConfig> | undefined;
  /** Its predecessor: what that has found is used until it has found something itself. */
  readonly before: WatchedRegistry | undefined;
}

/** Registries that have MCP servers. */
const MCP_TYPES: ReadonlySet<string> = new Set(["nacos2", "nacos3"]);

/** One registry of a configuration, and what it has found. */
export class WatchedRegistry {
  readonly config: RegistryConfig;
  readonly #proxy: RegistryProxy | undefined;
  readonly #entry: z.ZodType<McpServerConfig> | undefined;
  #services: readonly ServiceConfig[];
  #mcpServers: readonly McpServerConfig[];
  readonly #made = new WeakMap<DiscoveredService, ServiceConfig>();
  readonly #first = Promise.withResolvers<void>();
  /** What it has not told yet. */
  readonly #awaited: Set<"services" | "servers">;
  #watcher: RegistryWatcher | undefined;
  #closed = false;

  constructor(config: RegistryConfig, { proxy, entry, before }: WatchedOptions) {
    this.config = config;
    this.#proxy = proxy;
    this.#entry = entry;
    const looks = entry !== undefined && config.enableMCPServer && MCP_TYPES.has(config.type);
    this.#awaited = new Set(looks ? ["services", "servers"] : ["services"]);
    this.#services = before?.services ?? [];
    this.#mcpServers = config.enableMCPServer ? (before?.mcpServers ?? []) : [];
  }

  get services(): readonly ServiceConfig[] {
    return this.#services;
  }

  get mcpServers(): readonly McpServerConfig[] {
    return this.#mcpServers;
  }

  get status(): RegistryStatus {
    const { name, type } = this.config;
    return this.#watcher?.status ?? { name, type, healthy: false, ready: false };
  }

  /** Resolves when it has told all that is looked for, or never will. */
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
    const entry = this.#entry;
    return kind.watch(config, world, {
      services: (all) => {
        this.#services = all.map((service) => this.#service(service));
        this.#told("services", changed);
      },
      ...(entry !== undefined && {
        mcpServers: (all: readonly DiscoveredMcpServer[]) => {
          this.#mcpServers = all.flatMap((server) => readEntry(server, entry, world) ?? []);
          this.#told("servers", changed);
        },
      }),
    });
  }

  #told(what: "services" | "servers", changed: () => void): void {
    this.#awaited.delete(what);
    if (this.#awaited.size === 0) this.#first.resolve();
    changed();
  }

  #service(found: DiscoveredService): ServiceConfig {
    const made = this.#made.get(found) ?? serviceOf(found, this.#proxy);
    this.#made.set(found, made);
    return made;
  }
}

/** Undefined, and told, for what could not be an entry of a configuration. */
function readEntry(
  { name, entry }: DiscoveredMcpServer,
  schema: z.ZodType<McpServerConfig>,
  { log }: RegistryWorld,
): McpServerConfig | undefined {
  const outcome = checkValue(schema, entry);
  if (!("problems" in outcome)) return { ...outcome.data, found: true };
  const [first] = outcome.problems;
  const reason = `${formatPath(first?.path ?? [])} ${first?.message ?? "cannot be read"}`.trim();
  log.warn("An MCP server that a registry has is left out.", { server: name, reason });
  return undefined;
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
