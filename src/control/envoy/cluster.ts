import type { ServiceConfig, UpstreamConfig } from "#config/model.ts";
import type { LoadBalance, OutlierDetection, ServiceProtocol } from "#config/model/services.ts";
import type { JsonObject } from "#src/core/json.ts";
import { isAddress, loadAssignment, staticAssignment } from "./endpoints.ts";
import { ADS, duration, given, typed } from "./resources.ts";
import { transportFields } from "./upstream-tls.ts";

const DEFAULT_CONNECT_TIMEOUT = 10_000;

/** Connections that nobody uses; shorter than servers' own patience, so that none is used that is being closed. */
const DEFAULT_IDLE_TIMEOUT = 10_000;

const POLICIES: Readonly<Record<LoadBalance, JsonObject>> = {
  round_robin: { lb_policy: "ROUND_ROBIN" },
  random: { lb_policy: "RANDOM" },
  least_request: { lb_policy: "LEAST_REQUEST" },
  hash: { lb_policy: "RING_HASH" },
};

/** Protocols that are HTTP/2 from the first byte. */
const HTTP2: ReadonlySet<ServiceProtocol> = new Set(["h2c", "h2", "grpc", "grpcs"]);

/** The cluster of a service. Its endpoints come by EDS when all of them are addresses; names are resolved by Envoy. */
export function serviceCluster(service: ServiceConfig, upstream: UpstreamConfig = {}): JsonObject {
  const { name, connectTimeout, loadBalance, outlierDetection } = service;
  return {
    name,
    ...discoveryFields(service),
    connect_timeout: duration(connectTimeout ?? service.proxy?.connectTimeout ?? DEFAULT_CONNECT_TIMEOUT),
    ...POLICIES[loadBalance],
    ...protocolFields(service.protocol, upstream),
    ...given({ per_connection_buffer_limit_bytes: upstream.connectionBufferLimit }),
    ...transportFields(service),
    // Whether none of the endpoints works is nothing that Envoy can know better: a try is better than none.
    common_lb_config: { healthy_panic_threshold: { value: 1 } },
    circuit_breakers: UNLIMITED,
    outlier_detection: outlierDetection === undefined ? UNREACHABLE : failing(outlierDetection),
  };
}

/** The cluster of a service whose endpoints are told with it. */
export function resolvedCluster(service: ServiceConfig): JsonObject {
  const { eds_cluster_config: _, ...cluster } = serviceCluster(service);
  return { ...cluster, ...resolvedFields(service) };
}

/** Whether a service's endpoints come by EDS. */
export function isDiscovered({ endpoints, proxy }: ServiceConfig): boolean {
  return proxy === undefined && endpoints.every(({ host }) => isAddress(host));
}

function discoveryFields(service: ServiceConfig): JsonObject {
  if (isDiscovered(service)) return { type: "EDS", eds_cluster_config: { eds_config: ADS } };
  if (service.proxy !== undefined) return { type: "STATIC", load_assignment: staticAssignment(service) };
  return resolvedFields(service);
}

function resolvedFields(service: ServiceConfig): JsonObject {
  return { type: "STRICT_DNS", dns_lookup_family: "V4_PREFERRED", load_assignment: loadAssignment(service) };
}

const HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

/** How the endpoints are spoken to. */
export function protocolFields(protocol: ServiceProtocol, { idleTimeout }: UpstreamConfig = {}): JsonObject {
  if (protocol === "tcp") return {};
  const version: JsonObject = HTTP2.has(protocol) ? { http2_protocol_options: {} } : { http_protocol_options: {} };
  const options = typed(HTTP_OPTIONS, {
    common_http_protocol_options: { idle_timeout: duration(idleTimeout ?? DEFAULT_IDLE_TIMEOUT) },
    explicit_http_config: version,
  });
  return { typed_extension_protocol_options: { [HTTP_OPTIONS]: options } };
}

const MOST = 4_294_967_295;

/** Envoy's own limits are low, and the gateway has none. */
export const UNLIMITED: JsonObject = {
  thresholds: [{ max_connections: MOST, max_pending_requests: MOST, max_requests: MOST, max_retries: MOST }],
};

/** As the gateway leaves out endpoints that cannot be reached, for a second at first. */
const UNREACHABLE: JsonObject = {
  split_external_local_origin_errors: true,
  consecutive_local_origin_failure: 3,
  enforcing_consecutive_local_origin_failure: 100,
  enforcing_consecutive_5xx: 0,
  enforcing_consecutive_gateway_failure: 0,
  enforcing_success_rate: 0,
  enforcing_local_origin_success_rate: 0,
  interval: "1s",
  base_ejection_time: "1s",
  max_ejection_time: "60s",
  max_ejection_percent: 100,
};

function failing({ consecutiveErrors, baseEjection, maxEjectionPercent }: OutlierDetection): JsonObject {
  return {
    consecutive_5xx: consecutiveErrors,
    enforcing_consecutive_5xx: 100,
    enforcing_consecutive_gateway_failure: 0,
    enforcing_success_rate: 0,
    interval: "1s",
    base_ejection_time: duration(baseEjection),
    max_ejection_time: duration(Math.max(baseEjection, 300_000)),
    max_ejection_percent: maxEjectionPercent,
    always_eject_one_host: maxEjectionPercent > 0,
  };
}
