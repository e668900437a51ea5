import { isObject } from "#src/core/json.ts";
import type { UpstreamHost } from "#src/core/route.ts";
import { hostAndPort } from "./connected.ts";

/**
 * What an endpoint speaks, as its registry says: services are registered with `protocol`, whole applications with `dubbo.endpoints`, which has
 * it for each port. Where nothing is said it is the Dubbo protocol.
 */
export function protocolAt({ address, metadata = {} }: UpstreamHost): "dubbo" | "triple" {
  const said = metadata["protocol"] ?? atPort(hostAndPort(address).port, metadata["dubbo.endpoints"]);
  return said === "tri" ? "triple" : "dubbo";
}

function atPort(port: number, endpoints: string | undefined): unknown {
  if (endpoints === undefined) return undefined;
  try {
    const read: unknown = JSON.parse(endpoints);
    const listed = Array.isArray(read) ? read.filter((one) => isObject(one)) : [];
    return listed.find((one) => one["port"] === port)?.["protocol"];
  } catch {
    return undefined;
  }
}
