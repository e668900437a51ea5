import type { JsonObject } from "#src/core/json.ts";

/** What an Envoy has to know to get the rest from Sluice. */
export interface BootstrapOptions {
  readonly node: {
    readonly id: string;
    readonly cluster: string;
    readonly metadata: Readonly<Record<string, string>>;
    readonly region?: string;
    readonly zone?: string;
  };
  /** Sluice's xDS servers; replicas of one another. */
  readonly servers: readonly { readonly host: string; readonly port: number }[];
  readonly admin: { readonly host: string; readonly port: number };
  readonly protocol: "sotw" | "delta";
  /** Stands in the bootstrap as it is: Envoy reads it from nowhere else. */
  readonly token?: string;
  readonly tls?: {
    /** Paths on Envoy's machine. */
    readonly ca: string;
    readonly client?: { readonly cert: string; readonly key: string };
    /** What the server's certificate has to be for. */
    readonly serverName: string;
  };
  /** The most connections of clients; what comes after is closed. */
  readonly maxConnections: number;
}

/** The name of the cluster that leads to Sluice's xDS servers. */
const XDS_CLUSTER = "sluice-xds";

const ADS = { ads: {}, resource_api_version: "V3" };

/** A whole bootstrap, as Envoy reads it from a file. */
export function envoyBootstrap(options: BootstrapOptions): JsonObject {
  const { node, admin, protocol, maxConnections } = options;
  return {
    node: {
      id: node.id,
      cluster: node.cluster,
      ...(Object.keys(node.metadata).length === 0 ? {} : { metadata: { ...node.metadata } }),
      ...localityOf(node),
    },
    admin: { address: addressOf(admin) },
    dynamic_resources: {
      ads_config: {
        api_type: protocol === "delta" ? "DELTA_GRPC" : "GRPC",
        transport_api_version: "V3",
        set_node_on_first_message_only: true,
        grpc_services: [{ envoy_grpc: { cluster_name: XDS_CLUSTER }, ...tokenOf(options) }],
      },
      cds_config: ADS,
      lds_config: ADS,
    },
    static_resources: { clusters: [xdsCluster(options)] },
    // Services behind HTTP CONNECT proxies are reached by listeners within Envoy.
    bootstrap_extensions: [
      {
        name: "envoy.bootstrap.internal_listener",
        typed_config: {
          "@type": "type.googleapis.com/envoy.extensions.bootstrap.internal_listener.v3.InternalListener",
        },
      },
    ],
    overload_manager: {
      resource_monitors: [
        {
          name: "envoy.resource_monitors.global_downstream_max_connections",
          typed_config: {
            "@type":
              "type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
            max_active_downstream_connections: String(maxConnections),
          },
        },
      ],
    },
  };
}

function xdsCluster({ servers, tls }: BootstrapOptions): JsonObject {
  return {
    name: XDS_CLUSTER,
    type: servers.every(({ host }) => isAddress(host)) ? "STATIC" : "STRICT_DNS",
    connect_timeout: "5s",
    typed_extension_protocol_options: {
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        explicit_http_config: {
          // A server that is gone without a word is noticed by this alone: streams are quiet for as long as nothing changes.
          http2_protocol_options: { connection_keepalive: { interval: "30s", timeout: "10s" } },
        },
      },
    },
    load_assignment: {
      cluster_name: XDS_CLUSTER,
      endpoints: [{ lb_endpoints: servers.map((server) => ({ endpoint: { address: addressOf(server) } })) }],
    },
    ...(tls === undefined ? {} : { transport_socket: transportSocket(tls) }),
  };
}

function transportSocket({ ca, client, serverName }: NonNullable<BootstrapOptions["tls"]>): JsonObject {
  const matches = { san_type: isAddress(serverName) ? "IP_ADDRESS" : "DNS", matcher: { exact: serverName } };
  return {
    name: "envoy.transport_sockets.tls",
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
      ...(isAddress(serverName) ? {} : { sni: serverName }),
      common_tls_context: {
        alpn_protocols: ["h2"],
        validation_context: { trusted_ca: { filename: ca }, match_typed_subject_alt_names: [matches] },
        ...(client === undefined
          ? {}
          : {
              tls_certificates: [
                { certificate_chain: { filename: client.cert }, private_key: { filename: client.key } },
              ],
            }),
      },
    },
  };
}

function tokenOf({ token }: BootstrapOptions): JsonObject {
  return token === undefined ? {} : { initial_metadata: [{ key: "authorization", value: `Bearer ${token}` }] };
}

function localityOf({ region, zone }: BootstrapOptions["node"]): JsonObject {
  if (region === undefined && zone === undefined) return {};
  return { locality: { ...(region === undefined ? {} : { region }), ...(zone === undefined ? {} : { zone }) } };
}

function addressOf({ host, port }: { readonly host: string; readonly port: number }): JsonObject {
  return { socket_address: { address: host, port_value: port } };
}

/** An IPv4 or IPv6 address, not a name. */
function isAddress(host: string): boolean {
  return host.includes(":") || /^[\d.]+$/.test(host);
}
