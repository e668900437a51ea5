import type { Clock } from "#src/core/clock.ts";
import type { Log } from "#src/core/log.ts";
import type { RegistryConfig, RegistryType } from "../model/registries.ts";
import type { EndpointConfig, ServiceProtocol } from "../model/services.ts";

/** A service that a registry knows. */
export interface DiscoveredService {
  /** As Higress names it: `NAME.static`, `NAME.dns`, `SERVICE.GROUP.NAMESPACE.nacos`, … */
  readonly name: string;
  readonly protocol: ServiceProtocol;
  /** Without duplicates, sorted by host and port, so that an unchanged service looks unchanged. */
  readonly endpoints: readonly EndpointConfig[];
  readonly sni?: string;
}

/** An MCP server that a registry knows. */
export interface DiscoveredMcpServer {
  readonly name: string;
  /** An entry of `mcpServers`, as it could be written there. */
  readonly entry: Readonly<Record<string, unknown>>;
}

/** What a watcher needs of the world. */
export interface RegistryWorld {
  readonly clock: Clock;
  readonly log: Log;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Numbers from 0 to below 1, for jitter. */
  readonly random: () => number;
  /** `ip:port` of the servers that host names are looked up at; left out: the system's, and its hosts file. */
  readonly dnsServers?: readonly string[];
}

/** What a watcher tells. */
export interface RegistryListener {
  /**
   * All services, whenever one has changed; never called with the same list twice in a row. While the registry is away nothing is told,
   * so that what was known last goes on being used.
   */
  services(all: readonly DiscoveredService[]): void;
  /** All MCP servers, by the same rules; left out: nobody asks for them. */
  mcpServers?(all: readonly DiscoveredMcpServer[]): void;
}

/** How a watcher does, as Higress' `/registry/watcherStatus` tells it. */
export interface RegistryStatus {
  readonly name: string;
  readonly type: RegistryType;
  /** The registry answers at the moment. */
  readonly healthy: boolean;
  /** All that it knows was told at least once. */
  readonly ready: boolean;
}

/** A registry being watched. It goes on trying, with a growing pause, for as long as it is open; it throws nothing. */
export interface RegistryWatcher {
  readonly status: RegistryStatus;
  close(): Promise<void>;
}

/** A kind of registry. */
export interface RegistryKind {
  readonly types: readonly RegistryType[];
  watch(config: RegistryConfig, world: RegistryWorld, listener: RegistryListener): RegistryWatcher;
}
