import { isObject, type JsonObject } from "#src/core/json.ts";

/** The name by which a cluster's endpoints are asked for; undefined when they do not come by EDS. */
export function endpointsNameOf(cluster: JsonObject): string | undefined {
  if (cluster["type"] !== "EDS" && cluster["type"] !== 3) return undefined;
  const config = cluster["eds_cluster_config"] ?? cluster["edsClusterConfig"];
  const service = isObject(config) ? (config["service_name"] ?? config["serviceName"]) : undefined;
  if (typeof service === "string" && service !== "") return service;
  return typeof cluster["name"] === "string" ? cluster["name"] : undefined;
}
