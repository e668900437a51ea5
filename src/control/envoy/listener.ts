import type { ListenerConfig, TcpRoute } from "#config/model.ts";
import type { JsonObject } from "#src/core/json.ts";
import { connectionManager } from "./connection-manager.ts";
import { type DownstreamTls, listenerTls } from "./downstream-tls.ts";
import type { GlobalSettings } from "./global-settings.ts";
import { given, socketAddress, typed } from "./resources.ts";
import { tcpChains } from "./tcp-proxy.ts";

/** What a listener is made of. */
export interface ListenerParts {
  /** Of HTTP, in their order. */
  readonly filters: JsonObject[];
  readonly settings: GlobalSettings;
  readonly tcpRoutes: readonly TcpRoute[];
  readonly tls: DownstreamTls | undefined;
}

/** A listener and the secrets that it needs. */
export interface MadeListener {
  readonly listener: JsonObject;
  readonly secrets: readonly JsonObject[];
}

/** The listener of a port. Connections that a TCP route is for are passed on, all others speak HTTP. */
export function makeListener(config: ListenerConfig, parts: ListenerParts): MadeListener {
  const { name, host, port } = config;
  const tls = parts.tls === undefined ? undefined : listenerTls(name, parts.tls);
  const passed = tcpChains(name, parts.tcpRoutes);
  const http: JsonObject = {
    filters: [connectionManager(name, parts.filters, parts.settings)],
    ...(tls === undefined ? {} : { transport_socket: tls.socket }),
  };
  const chains = passed.all ? passed.chains : [...passed.chains, http];
  const inspected = passed.chains.some((chain) => chain["filter_chain_match"] !== undefined);
  return {
    secrets: passed.all ? [] : (tls?.secrets ?? []),
    listener: {
      name,
      address: socketAddress(host, port),
      ...(inspected || tls !== undefined ? { listener_filters: [TLS_INSPECTOR] } : {}),
      filter_chains: chains,
      ...given({ per_connection_buffer_limit_bytes: parts.settings.downstream?.connectionBufferLimits }),
    },
  };
}

const TLS_INSPECTOR: JsonObject = {
  name: "envoy.filters.listener.tls_inspector",
  typed_config: typed("envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector"),
};
