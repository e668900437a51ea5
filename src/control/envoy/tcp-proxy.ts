import type { ServiceConfig, TcpRoute } from "#config/model.ts";
import type { JsonObject } from "#src/core/json.ts";
import { tunnelName } from "./endpoints.ts";
import { duration, socketAddress, typed } from "./resources.ts";

/** The filter chains of connections that are passed on as they are. */
export interface TcpChains {
  readonly chains: JsonObject[];
  /** Nothing is left for HTTP. */
  readonly all: boolean;
}

/**
 * The chains of a listener: by the name asked for in TLS, or for every connection. TLS stays closed, but for routes that have it end here.
 * The first route of a name counts.
 */
export function tcpChains(listener: string, routes: readonly TcpRoute[], socket: JsonObject | undefined): TcpChains {
  const own = routes.filter(({ listeners }) => listeners.includes(listener));
  const taken = new Set<string>();
  const chains: JsonObject[] = [];
  for (const route of own) {
    const names = (route.sni ?? []).filter((name) => !taken.has(name));
    for (const name of names) taken.add(name);
    if (names.length === 0) continue;
    const hosts: JsonObject = names.includes("*") ? {} : { server_names: names };
    chains.push({ ...chainOf(route, socket), filter_chain_match: { ...hosts, transport_protocol: "tls" } });
  }
  const rest = own.find(({ sni = [] }) => sni.length === 0);
  if (rest !== undefined) chains.push(chainOf(rest, socket));
  return { chains, all: rest !== undefined };
}

function chainOf(route: TcpRoute, socket: JsonObject | undefined): JsonObject {
  const opened: JsonObject = route.terminate && socket !== undefined ? { transport_socket: socket } : {};
  return { name: `tcp/${route.name}`, filters: [tcpProxy(route)], ...opened };
}

function tcpProxy({ name, services }: TcpRoute): JsonObject {
  const [only] = services;
  const target: JsonObject =
    only !== undefined && services.length === 1
      ? { cluster: only.name }
      : {
          weighted_clusters: {
            clusters: services.filter((one) => one.weight > 0).map(({ name: own, weight }) => ({ name: own, weight })),
          },
        };
  return proxyFilter({ stat_prefix: `tcp/${name}`, ...target, idle_timeout: duration(0) });
}

function proxyFilter(fields: JsonObject): JsonObject {
  return {
    name: "envoy.filters.network.tcp_proxy",
    typed_config: typed("envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy", fields),
  };
}

/** The cluster of an HTTP CONNECT proxy. */
const proxyName = (host: string, port: number): string => `sluice/proxy/${host}:${port}`;

/** What services behind HTTP CONNECT proxies need: a listener within Envoy for each endpoint, which asks for a tunnel to it. */
export function tunnels(services: readonly ServiceConfig[]): { listeners: JsonObject[]; clusters: JsonObject[] } {
  const listeners: JsonObject[] = [];
  const clusters = new Map<string, JsonObject>();
  for (const service of services) {
    const { proxy, endpoints } = service;
    if (proxy === undefined) continue;
    const cluster = proxyName(proxy.host, proxy.port);
    clusters.set(cluster, proxyCluster(cluster, proxy));
    for (const endpoint of endpoints) {
      const name = tunnelName(service, endpoint);
      const hostname = `${endpoint.host}:${endpoint.port}`;
      const filter = proxyFilter({ stat_prefix: name, cluster, tunneling_config: { hostname }, idle_timeout: "0s" });
      listeners.push({ name, internal_listener: {}, filter_chains: [{ filters: [filter] }] });
    }
  }
  return { listeners, clusters: [...clusters.values()] };
}

function proxyCluster(name: string, { host, port, connectTimeout }: NonNullable<ServiceConfig["proxy"]>): JsonObject {
  return {
    name,
    type: "STRICT_DNS",
    dns_lookup_family: "V4_PREFERRED",
    connect_timeout: duration(connectTimeout),
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: socketAddress(host, port) } }] }],
    },
  };
}
