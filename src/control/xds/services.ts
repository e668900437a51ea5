import type { Protocol } from "./push.ts";
import type { ResourceType } from "./resource-types.ts";

/** A method that clients open a stream on. */
export interface DiscoveryMethod {
  readonly path: string;
  readonly protocol: Protocol;
  /** The only type it carries; left out: all. */
  readonly only?: ResourceType;
}

/** By service, the noun in its methods' names and what it carries. */
const SERVICES: readonly (readonly [service: string, noun: string, only: ResourceType])[] = [
  ["secret.v3.SecretDiscoveryService", "Secrets", "sds"],
  ["cluster.v3.ClusterDiscoveryService", "Clusters", "cds"],
  ["endpoint.v3.EndpointDiscoveryService", "Endpoints", "eds"],
  ["runtime.v3.RuntimeDiscoveryService", "Runtime", "rtds"],
  ["extension.v3.ExtensionConfigDiscoveryService", "ExtensionConfigs", "ecds"],
  ["listener.v3.ListenerDiscoveryService", "Listeners", "lds"],
  ["route.v3.ScopedRoutesDiscoveryService", "ScopedRoutes", "srds"],
  ["route.v3.RouteDiscoveryService", "Routes", "rds"],
];

/** Everything a client may call. */
export const METHODS: readonly DiscoveryMethod[] = [
  ...methodsOf("discovery.v3.AggregatedDiscoveryService", "AggregatedResources"),
  ...SERVICES.flatMap(([service, noun, only]) => methodsOf(service, noun, only)),
  { path: "/envoy.service.route.v3.VirtualHostDiscoveryService/DeltaVirtualHosts", protocol: "delta", only: "vhds" },
];

function methodsOf(service: string, noun: string, only?: ResourceType): DiscoveryMethod[] {
  const carries = only === undefined ? {} : { only };
  return [
    { path: `/envoy.service.${service}/Stream${noun}`, protocol: "sotw", ...carries },
    { path: `/envoy.service.${service}/Delta${noun}`, protocol: "delta", ...carries },
  ];
}
