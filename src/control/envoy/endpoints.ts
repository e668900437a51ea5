import { isIP } from "node:net";
import type { ServiceConfig } from "#config/model.ts";
import type { EndpointConfig } from "#config/model/services.ts";
import type { JsonObject } from "#src/core/json.ts";
import { socketAddress } from "./resources.ts";

/** What of an endpoint's metadata picks how its connections are secured. */
const SOCKET_MATCH = "envoy.transport_socket_match";

/** Whether a host is an address and no name. */
export function isAddress(host: string): boolean {
  return isIP(host.replace(/^\[|\]$/g, "")) !== 0;
}

/** A `ClusterLoadAssignment`. */
export function loadAssignment(service: ServiceConfig): JsonObject {
  return { cluster_name: service.name, endpoints: endpointGroups(service) };
}

/** The endpoints that get something, as `LocalityLbEndpoints`. */
function endpointGroups({ endpoints }: ServiceConfig): JsonObject[] {
  const used = endpoints.filter(({ weight }) => weight > 0);
  return used.length === 0 ? [] : [{ lb_endpoints: used.map(lbEndpoint) }];
}

function lbEndpoint({ host, port, weight, metadata = {} }: EndpointConfig): JsonObject {
  const known: Readonly<Record<string, string>> = metadata;
  return {
    endpoint: { address: socketAddress(host, port), hostname: host },
    load_balancing_weight: weight,
    metadata: {
      filter_metadata: {
        [SOCKET_MATCH]: { host },
        ...(Object.keys(known).length === 0 ? {} : { "envoy.lb": { ...known } }),
      },
    },
  };
}

/** The way to an endpoint behind a proxy: a listener within Envoy, which asks the proxy for a tunnel. */
export function tunnelName({ name }: ServiceConfig, { host, port }: EndpointConfig): string {
  return `sluice/tunnel/${name}/${host}:${port}`;
}

/** The endpoints of a service behind a proxy. */
export function staticAssignment(service: ServiceConfig): JsonObject {
  const used = service.endpoints.filter(({ weight }) => weight > 0);
  const lbEndpoints = used.map((endpoint) => {
    const { endpoint: address, ...others } = lbEndpoint(endpoint);
    const internal = { envoy_internal_address: { server_listener_name: tunnelName(service, endpoint) } };
    return { ...others, endpoint: { ...(address as JsonObject), address: internal } };
  });
  return {
    cluster_name: service.name,
    endpoints: used.length === 0 ? [] : [{ lb_endpoints: lbEndpoints }],
  };
}
