import type { RouteConfig } from "#config/model.ts";
import type { JsonObject } from "#src/core/json.ts";
import { typed } from "./resources.ts";

/** The cluster of a service and another one in its place. */
export function fallbackName(service: string, fallback: string): string {
  return `sluice/fallback/${service}/${fallback}`;
}

/** The clusters that routes with a fallback use: the second is asked where the first has no endpoint that works. */
export function fallbackClusters(routes: readonly RouteConfig[]): Map<string, JsonObject> {
  const clusters = new Map<string, JsonObject>();
  for (const { http } of routes) {
    if (http?.fallback === undefined) continue;
    for (const { name } of http.services) {
      const pair = fallbackName(name, http.fallback.service);
      if (!clusters.has(pair)) clusters.set(pair, aggregate(pair, [name, http.fallback.service]));
    }
  }
  return clusters;
}

function aggregate(name: string, clusters: string[]): JsonObject {
  return {
    name,
    connect_timeout: "10s",
    lb_policy: "CLUSTER_PROVIDED",
    cluster_type: {
      name: "envoy.clusters.aggregate",
      typed_config: typed("envoy.extensions.clusters.aggregate.v3.ClusterConfig", { clusters }),
    },
  };
}
