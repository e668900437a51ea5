import type { JsonObject } from "#src/core/json.ts";
import { ACCESS_LOG } from "./access-log.ts";
import type { GlobalSettings } from "./global-settings.ts";
import { LOCAL_REPLIES } from "./local-replies.ts";
import { ADS, duration, ROUTES, typed } from "./resources.ts";
import { LISTENER_HEADER } from "./route-match.ts";
import { tracingFields } from "./tracing.ts";

/** Higress' own. */
const IDLE_TIMEOUT = 180_000;
const MAX_REQUEST_HEADERS = 60 * 1024;
const HTTP2 = {
  maxConcurrentStreams: 100,
  initialStreamWindowSize: 65_535,
  initialConnectionWindowSize: 1_048_576,
} as const;

/** The filter of a listener that speaks HTTP. It names no route, so that a route's change leaves the listener as it is. */
export function connectionManager(listener: string, filters: JsonObject[], settings: GlobalSettings): JsonObject {
  const { idleTimeout = IDLE_TIMEOUT, maxRequestHeaders = MAX_REQUEST_HEADERS } = settings.downstream;
  const http2 = { ...HTTP2, ...settings.downstream.http2 };
  return {
    name: "envoy.filters.network.http_connection_manager",
    typed_config: typed("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", {
      stat_prefix: listener,
      rds: { config_source: ADS, route_config_name: ROUTES },
      http_filters: filters,
      ...tracingFields(settings.tracing),
      // The gateway is the edge: who connects is the client.
      use_remote_address: true,
      // The route configuration does it: Envoy itself would write its own address in the place of the loopback's.
      skip_xff_append: true,
      normalize_path: true,
      merge_slashes: true,
      path_with_escaped_slashes_action: "KEEP_UNCHANGED",
      strip_trailing_host_dot: true,
      preserve_external_request_id: true,
      always_set_request_id_in_response: true,
      server_header_transformation: "PASS_THROUGH",
      request_headers_timeout: "60s",
      // Streams may be silent for as long as they like.
      stream_idle_timeout: "0s",
      max_request_headers_kb: Math.ceil(maxRequestHeaders / 1024),
      common_http_protocol_options: { idle_timeout: duration(idleTimeout) },
      http_protocol_options: { accept_http_10: true },
      http2_protocol_options: {
        allow_connect: true,
        max_concurrent_streams: http2.maxConcurrentStreams,
        initial_stream_window_size: http2.initialStreamWindowSize,
        initial_connection_window_size: http2.initialConnectionWindowSize,
      },
      upgrade_configs: [{ upgrade_type: "websocket" }],
      early_header_mutation_extensions: [saysListener(listener)],
      access_log: ACCESS_LOG,
      local_reply_config: LOCAL_REPLIES,
    }),
  };
}

/** Before a route is looked for, every request is told the listener that it came by: routes may ask for it. */
function saysListener(listener: string): JsonObject {
  return {
    name: "envoy.http.early_header_mutation.header_mutation",
    typed_config: typed("envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation", {
      mutations: [
        {
          append: { header: { key: LISTENER_HEADER, value: listener }, append_action: "OVERWRITE_IF_EXISTS_OR_ADD" },
        },
      ],
    }),
  };
}
