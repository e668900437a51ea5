import type { RegistryConfig } from "../../model/registries.ts";
import { KnownServices } from "../known-services.ts";
import type { DiscoveredMcpServer, RegistryListener, RegistryWatcher, RegistryWorld } from "../registry.ts";
import { watchUntilClosed } from "../watch-until-closed.ts";
import { ConnectedWatch, type ConnectedWatchOptions } from "./connected-watch.ts";
import { Credentials } from "./credentials.ts";
import { McpServers } from "./mcp/mcp-servers.ts";
import type { McpAddress } from "./mcp/read-server.ts";
import { listServerIds } from "./mcp/server-ids.ts";
import { namespaceOf } from "./services.ts";
import { Subscriptions } from "./subscriptions.ts";

const SERVICES = "the connection";
const SERVERS = "the connection for MCP servers";

type Shared = Omit<ConnectedWatchOptions, "what" | "module" | "follow">;

/** Subscribes to every service over one connection and, where they are asked for, follows MCP servers over another one. */
export function watchByPush(config: RegistryConfig, world: RegistryWorld, listener: RegistryListener): RegistryWatcher {
  const known = new KnownServices(config, world, listener, { forgetful: true });
  return watchUntilClosed(known, (closing) => {
    const shared = { config, world, known, closing, credentials: new Credentials(config, world, closing) };
    const told = listener.mcpServers?.bind(listener);
    const watches = [servicesWatch(shared)];
    if (config.enableMCPServer && told !== undefined) watches.push(mcpWatch(shared, told));
    return Promise.all(watches.map((watch) => watch.run()));
  });
}

function servicesWatch(shared: Shared): ConnectedWatch {
  const { config, known } = shared;
  return new ConnectedWatch({
    ...shared,
    what: SERVICES,
    module: "naming",
    follow({ connection, headers }) {
      const subscriptions = new Subscriptions({
        connection,
        config,
        headers,
        tell(instances) {
          known.answered(SERVICES);
          known.tell(instances);
        },
        skipped: (what, reason) => known.skipped(what, reason),
      });
      return {
        refresh: () => subscriptions.refresh(),
        pushed(type, body) {
          if (type === "NotifySubscriberRequest") subscriptions.pushed(body);
        },
      };
    },
  });
}

function mcpWatch(shared: Shared, told: (servers: readonly DiscoveredMcpServer[]) => void): ConnectedWatch {
  const { config, world, known } = shared;
  const namespace = namespaceOf(config);
  const addresses = new Map<string, readonly McpAddress[]>();
  let last: string | undefined;
  return new ConnectedWatch({
    ...shared,
    what: SERVERS,
    module: "config",
    follow({ connection, server, headers, signal }) {
      const newest = config.type === "nacos3";
      const list = async (): Promise<readonly string[]> => {
        const proofs = await headers({ config: `${namespace}+mcp-server-versions` });
        return listServerIds({ world, server, namespace, newest, signal, proofs });
      };
      const skipped = (what: string, reason: string): void => known.skipped(what, reason);
      const tell = (servers: readonly DiscoveredMcpServer[]): void => {
        if (shared.closing.aborted) return;
        known.answered(SERVERS);
        const now = JSON.stringify(servers);
        if (now === last) return;
        last = now;
        told(servers);
      };
      return new McpServers({ connection, config, namespace, signal, headers, list, tell, skipped, addresses });
    },
  });
}
