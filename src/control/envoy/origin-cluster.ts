import type { JsonObject } from "#src/core/json.ts";
import { resolvedCluster } from "./cluster.ts";
import { sourceCluster } from "./plugins/wasm-filter.ts";

/** The cluster of a URL's server, for what Envoy fetches itself. */
export function originCluster(url: string): JsonObject {
  const { hostname: host, port, protocol } = new URL(url);
  const secure = protocol === "https:";
  return resolvedCluster({
    name: sourceCluster(url),
    protocol: secure ? "https" : "http",
    endpoints: [{ host, port: port === "" ? (secure ? 443 : 80) : Number(port), weight: 1 }],
    loadBalance: "round_robin",
  });
}
