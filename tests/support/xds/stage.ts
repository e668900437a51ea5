import { loadMessages, type Messages } from "#src/control/xds/messages.ts";
import { XdsServer, type XdsServerOptions } from "#src/control/xds/server.ts";
import type { EnvoyResources } from "#src/control/xds/snapshot.ts";
import { SnapshotBuilder } from "#src/control/xds/snapshot-builder.ts";
import { systemClock } from "#src/core/clock.ts";
import type { JsonObject } from "#src/core/json.ts";
import { RawClient, type RawClientOptions } from "./raw-client.ts";

/** An xDS server of the test's own; with `using` it ends with the test. */
export interface XdsStage extends Disposable {
  readonly server: XdsServer;
  readonly messages: Messages;
  /** Shows the resources to every node. */
  publish(resources: EnvoyResources): void;
  connect(protocol: "sotw" | "delta", options?: Partial<RawClientOptions>): RawClient;
}

/** Starts an xDS server on a free port. */
export async function startXds(options: Partial<XdsServerOptions> = {}): Promise<XdsStage> {
  const messages = await loadMessages();
  const builder = new SnapshotBuilder(messages);
  const server = new XdsServer({
    host: "127.0.0.1",
    port: 0,
    messages,
    clock: systemClock,
    log: { info() {}, warn() {}, error() {} },
    metrics: { streams() {}, pushed() {}, settled() {} },
    token: () => undefined,
    ...options,
  });
  await server.listen();
  return {
    server,
    messages,
    publish(resources) {
      const { snapshot, problems } = builder.build(resources);
      if (problems.length > 0) throw new Error(JSON.stringify(problems));
      server.publish(() => snapshot);
    },
    connect: (protocol, other = {}) => new RawClient({ protocol, port: server.port, messages, ...other }),
    [Symbol.dispose]: () => void server.close(),
  };
}

/** Clusters whose endpoints come by EDS, by name and connect timeout in seconds. */
export function clusters(timeouts: Readonly<Record<string, number>>): ReadonlyMap<string, JsonObject> {
  return new Map(
    Object.entries(timeouts).map(([name, timeout]) => [
      name,
      {
        name,
        type: "EDS",
        connect_timeout: `${timeout}s`,
        eds_cluster_config: { eds_config: { ads: {}, resource_api_version: "V3" } },
      },
    ]),
  );
}

/** Endpoints on the loopback, by cluster. */
export function endpoints(ports: Readonly<Record<string, number>>): ReadonlyMap<string, JsonObject> {
  return new Map(
    Object.entries(ports).map(([name, port]) => [
      name,
      {
        cluster_name: name,
        endpoints: [
          {
            lb_endpoints: [{ endpoint: { address: { socket_address: { address: "127.0.0.1", port_value: port } } } }],
          },
        ],
      },
    ]),
  );
}

/** Route configurations that send everything to a cluster. */
export function routes(targets: Readonly<Record<string, string>>): ReadonlyMap<string, JsonObject> {
  return new Map(
    Object.entries(targets).map(([name, cluster]) => [
      name,
      {
        name,
        virtual_hosts: [{ name: "all", domains: ["*"], routes: [{ match: { prefix: "/" }, route: { cluster } }] }],
      },
    ]),
  );
}

/** Listeners on a port of the loopback that get their routes by RDS, under their own name. */
export function listeners(ports: Readonly<Record<string, number>>): ReadonlyMap<string, JsonObject> {
  return new Map(
    Object.entries(ports).map(([name, port]) => [
      name,
      {
        name,
        address: { socket_address: { address: "127.0.0.1", port_value: port } },
        filter_chains: [
          {
            filters: [
              {
                name: "envoy.filters.network.http_connection_manager",
                typed_config: {
                  "@type":
                    "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
                  stat_prefix: name,
                  rds: { route_config_name: name, config_source: { ads: {}, resource_api_version: "V3" } },
                  http_filters: [
                    {
                      name: "envoy.filters.http.router",
                      typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
                    },
                  ],
                },
              },
            ],
          },
        ],
      },
    ]),
  );
}
