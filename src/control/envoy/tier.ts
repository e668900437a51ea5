import type { StickyConfig } from "#config/model/sticky.ts";
import type { JsonObject } from "#src/core/json.ts";
import { protocolFields, UNLIMITED } from "./cluster.ts";
import { isAddress } from "./endpoints.ts";
import { duration, socketAddress, TIER } from "./resources.ts";
import { BACK_OFF, RETRY_HEADER } from "./retry-policy.ts";

/** Sluice's own replicas behind Envoy: they answer what needs Sluice. */
export interface TierConfig {
  /** Addresses, or a name that stands for all of them. */
  readonly endpoints: readonly { readonly host: string; readonly port: number }[];
  /** How they are spoken to. */
  readonly protocol: "http" | "h2c";
  /** The port of their admin API, whose `/ready` says whether they take requests; left out: a connection has to be accepted. */
  readonly readyPort?: number;
}

const CHECKED: JsonObject = {
  timeout: duration(2000),
  interval: duration(2000),
  no_traffic_interval: duration(2000),
  unhealthy_threshold: 2,
  healthy_threshold: 1,
};

/** The cluster of the replicas. One that is being stopped says so at `/ready`, gets nothing new and ends what it has. */
export function tierCluster({ endpoints, protocol, readyPort }: TierConfig): JsonObject {
  const check: JsonObject =
    readyPort === undefined ? { tcp_health_check: {} } : { http_health_check: { path: "/ready", host: "sluice" } };
  const known = endpoints.every(({ host }) => isAddress(host));
  const port: JsonObject = readyPort === undefined ? {} : { health_check_config: { port_value: readyPort } };
  return {
    name: TIER,
    type: known ? "STATIC" : "STRICT_DNS",
    ...(known ? {} : { dns_lookup_family: "V4_PREFERRED" }),
    connect_timeout: duration(2000),
    lb_policy: "RING_HASH",
    ...protocolFields(protocol),
    health_checks: [{ ...CHECKED, ...check }],
    common_lb_config: { healthy_panic_threshold: { value: 1 } },
    circuit_breakers: UNLIMITED,
    load_assignment: {
      cluster_name: TIER,
      endpoints:
        endpoints.length === 0
          ? []
          : [
              {
                lb_endpoints: endpoints.map((one) => ({
                  endpoint: { address: socketAddress(one.host, one.port), ...port },
                })),
              },
            ],
    },
  };
}

/** The header that MCP's clients tell their session in. */
const MCP_SESSION = "mcp-session-id";

/** The fields of a route that Sluice answers: as it came, and for as long as it takes. What may have reached a replica is not sent again. */
export function tierFields(sticky: StickyConfig | undefined): JsonObject {
  return {
    route: {
      cluster: TIER,
      timeout: "0s",
      hash_policy: sessionKeys(sticky),
      retry_policy: {
        retry_on: "connect-failure,refused-stream",
        num_retries: 2,
        retry_back_off: BACK_OFF,
      },
    },
    request_headers_to_remove: [RETRY_HEADER],
  };
}

/** Where the key of a session is, by which its requests meet the same replica; the first that is there counts. */
function sessionKeys({ header, query, cookie }: Partial<StickyConfig> = {}): JsonObject[] {
  return [
    ...(header === undefined ? [] : [{ header: { header_name: header }, terminal: true }]),
    ...(query === undefined ? [] : [{ query_parameter: { name: query }, terminal: true }]),
    ...(cookie === undefined ? [] : [{ cookie: { name: cookie }, terminal: true }]),
    { header: { header_name: MCP_SESSION }, terminal: true },
  ];
}
