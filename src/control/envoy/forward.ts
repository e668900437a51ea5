import type { HttpRoute, ServiceConfig } from "#config/model.ts";
import type { Mirror, ServiceShare } from "#config/model/http-route.ts";
import type { HashKey } from "#config/model/services.ts";
import type { PathMatch } from "#src/core/route.ts";
import type { JsonObject } from "#src/core/json.ts";
import { fallbackName } from "./fallback.ts";
import { changedHost, headerFields, joinedFields } from "./header-changes.ts";
import { rewriteFields } from "./path-rewrite.ts";
import { duration } from "./resources.ts";
import { IDEMPOTENT_METHOD, RETRY_HEADER, retryPolicies } from "./retry-policy.ts";

/** Services by name, as far as they are known. */
export type Services = ReadonlyMap<string, ServiceConfig>;

/**
 * The routes that pass requests on to services: their fields, and what their requests must be like beside what the route asks for. Two where
 * idempotent requests are tried again otherwise than others; the first that fits counts.
 */
export function forwardVariants(http: HttpRoute, match: PathMatch, services: Services): readonly Variant[] {
  const fields = actionFields(http, match, services);
  const headers = http.services.some(changesHeaders) ? {} : changeFields(http);
  const aborted = abortVariants(http);
  const policies = http.retry === undefined ? undefined : retryPolicies(http.retry);
  if (policies === undefined) return [...aborted, { fields: { route: fields, ...headers } }];
  const variant = (policy: JsonObject): JsonObject =>
    joinedFields({ route: { ...fields, retry_policy: policy } }, headers, {
      request_headers_to_remove: [RETRY_HEADER],
    });
  const { idempotent, others } = policies;
  if (others === undefined) return [...aborted, { fields: variant(idempotent) }];
  const first = { fields: variant(idempotent), match: { headers: [IDEMPOTENT_METHOD] } };
  return [...aborted, first, { fields: variant(others) }];
}

/** One of the routes of Envoy's that a route becomes. */
export interface Variant {
  readonly fields: JsonObject;
  /** What its requests must be like, too. */
  readonly match?: JsonObject;
}

const MILLION = 1_000_000;

/** `FractionalPercent`. */
function fraction(share: number): JsonObject {
  return { numerator: Math.round(share * MILLION), denominator: "MILLION" };
}

/** The share of requests that get an error. */
function abortVariants({ abort, services }: HttpRoute): readonly Variant[] {
  if (abort === undefined || abort.weight === 0) return [];
  const total = services.reduce((sum, { weight }) => sum + weight, abort.weight);
  const match = { runtime_fraction: { default_value: fraction(abort.weight / total) } };
  return [{ fields: { direct_response: { status: abort.status } }, match }];
}

function actionFields(http: HttpRoute, match: PathMatch, services: Services): JsonObject {
  return {
    ...clusterFields(http),
    timeout: duration(http.timeout ?? 0),
    ...hostFields(changedHost(http.requestHeaders) ?? http.rewrite?.host),
    ...(http.rewrite?.path === undefined ? {} : rewriteFields(http.rewrite.path, match)),
    ...mirrorFields(http.mirror ?? []),
    ...hashFields(http.services.map(({ name }) => services.get(name)?.hash)),
    ...(isGrpc(http, services) ? { max_stream_duration: { grpc_timeout_header_max: "0s" } } : {}),
    ...(http.websocket ? {} : { upgrade_configs: [{ upgrade_type: "websocket", enabled: false }] }),
  };
}

function clusterFields(http: HttpRoute): JsonObject {
  const { services, fallback } = http;
  const clusterOf = (name: string): string => (fallback === undefined ? name : fallbackName(name, fallback.service));
  const [only] = services;
  if (only !== undefined && services.length === 1 && !changesHeaders(only) && only.weight > 0) {
    return { cluster: clusterOf(only.name) };
  }
  // All weights zero: nobody is asked, which Envoy has no words for but a cluster that is not there.
  if (services.every(({ weight }) => weight === 0)) return { cluster: "sluice/nobody" };
  // Envoy makes a cluster's changes before the route's, the gateway after it: so the cluster makes both.
  const before = services.some(changesHeaders) ? changeFields(http) : {};
  const shares = services.map((share) => shareOf(share, clusterOf(share.name), before));
  return { weighted_clusters: { clusters: shares } };
}

function changeFields({ requestHeaders, responseHeaders }: Pick<ServiceShare, "requestHeaders" | "responseHeaders">) {
  return joinedFields(headerFields("request", requestHeaders), headerFields("response", responseHeaders));
}

function changesHeaders({ requestHeaders, responseHeaders }: ServiceShare): boolean {
  return requestHeaders !== undefined || responseHeaders !== undefined;
}

function shareOf(share: ServiceShare, name: string, before: JsonObject): JsonObject {
  return {
    name,
    weight: share.weight,
    ...hostFields(changedHost(share.requestHeaders)),
    ...joinedFields(before, changeFields(share)),
  };
}

function hostFields(host: string | undefined): JsonObject {
  return host === undefined ? {} : { host_rewrite_literal: host };
}

function isGrpc(http: HttpRoute, services: Services): boolean {
  return http.services.some(({ name }) => services.get(name)?.protocol.startsWith("grpc") === true);
}

function mirrorFields(mirrors: readonly Mirror[]): JsonObject {
  if (mirrors.length === 0) return {};
  const policies = mirrors.map(({ service, percent }) => ({
    cluster: service,
    runtime_fraction: { default_value: fraction(percent / 100) },
  }));
  return { request_mirror_policies: policies };
}

function hashFields(keys: readonly (HashKey | undefined)[]): JsonObject {
  const policies = new Map(
    keys.filter((key) => key !== undefined).map((key) => [JSON.stringify(key), hashPolicy(key)] as const),
  );
  return policies.size === 0 ? {} : { hash_policy: [...policies.values()] };
}

/** What equal requests are told by. */
function hashPolicy(key: HashKey): JsonObject {
  if ("header" in key) return { header: { header_name: key.header } };
  if ("query" in key) return { query_parameter: { name: key.query } };
  if ("uri" in key) return { header: { header_name: ":path" } };
  if ("host" in key) return { header: { header_name: ":authority" } };
  if ("source_ip" in key) return { connection_properties: { source_ip: true } };
  const { cookie: name, ttl, path } = key;
  return {
    cookie: {
      name,
      ...(ttl === undefined ? {} : { ttl: duration(ttl), path: path ?? "/" }),
    },
  };
}
