import type { ListenerConfig, TcpRoute } from "#config/model.ts";
import type { Certificate } from "#src/core/host.ts";
import type { JsonObject } from "#src/core/json.ts";
import { connectionManager } from "./connection-manager.ts";
import { type ListenerTls, listenerTls } from "./downstream-tls.ts";
import type { GlobalSettings } from "./global-settings.ts";
import { given, socketAddress, typed } from "./resources.ts";
import { tcpChains } from "./tcp-proxy.ts";

/** What a listener is made of. */
export interface ListenerParts {
  /** Of HTTP, in their order. */
  readonly filters: JsonObject[];
  readonly settings: GlobalSettings;
  readonly tcpRoutes: readonly TcpRoute[];
  /** Undefined: it does without TLS. */
  readonly certificates: readonly Certificate[] | undefined;
}

/** A listener and the secrets that it needs. */
export interface MadeListener {
  readonly listener: JsonObject;
  readonly secrets: readonly JsonObject[];
}

/** The listener of a port; undefined where nothing would be done with its connections. Those that a TCP route is for are passed on. */
export function makeListener(config: ListenerConfig, parts: ListenerParts): MadeListener | undefined {
  const { name, host, port } = config;
  // It shall be TLS, and there is nothing to show yet.
  if (parts.certificates?.length === 0) return undefined;
  const tls = parts.certificates === undefined ? undefined : listenerTls(name, parts.certificates);
  const passed = tcpChains(name, parts.tcpRoutes, tls?.chains.at(-1)?.socket);
  const http = passed.all || config.protocol === "tcp" ? [] : httpChains(name, parts, tls);
  const chains = [...passed.chains, ...http];
  if (chains.length === 0) return undefined;
  const inspected = tls !== undefined || passed.chains.some((chain) => chain["filter_chain_match"] !== undefined);
  return {
    secrets: tls?.secrets ?? [],
    listener: {
      name,
      address: socketAddress(host, port),
      ...(inspected ? { listener_filters: [TLS_INSPECTOR] } : {}),
      filter_chains: chains,
      ...given({ per_connection_buffer_limit_bytes: parts.settings.downstream.connectionBufferLimit }),
    },
  };
}

function httpChains(name: string, { filters, settings }: ListenerParts, tls: ListenerTls | undefined): JsonObject[] {
  const manager = connectionManager(name, filters, settings);
  if (tls === undefined) return [{ filters: [manager] }];
  return tls.chains.map(({ names, socket }) => ({
    ...(names === undefined ? {} : { filter_chain_match: { server_names: [...names] } }),
    filters: [manager],
    transport_socket: socket,
  }));
}

const TLS_INSPECTOR: JsonObject = {
  name: "envoy.filters.listener.tls_inspector",
  typed_config: typed("envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector"),
};
