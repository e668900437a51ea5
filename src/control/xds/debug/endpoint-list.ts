import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import type { ResourceMap } from "../snapshot.ts";

/** The endpoints of each cluster that gets them by EDS, one line each. */
export function endpointList(assignments: ResourceMap): JsonObject[] {
  return [...assignments.values()].map(({ name, version, body }) => ({
    cluster: name,
    version,
    endpoints: listIn(body, "endpoints").flatMap((locality) =>
      listIn(locality, "lb_endpoints", "lbEndpoints").map((endpoint) => lineOf(locality, endpoint)),
    ),
  }));
}

function lineOf(locality: JsonObject, endpoint: JsonObject): JsonObject {
  const inner = objectIn(endpoint, "endpoint");
  const address = objectIn(inner, "address");
  const socket = objectIn(address, "socket_address", "socketAddress");
  const pipe = objectIn(address, "pipe");
  return {
    address: valueIn(socket, "address") ?? valueIn(pipe, "path") ?? "",
    port: valueIn(socket, "port_value", "portValue") ?? 0,
    weight: valueIn(endpoint, "load_balancing_weight", "loadBalancingWeight") ?? 1,
    health: valueIn(endpoint, "health_status", "healthStatus") ?? "UNKNOWN",
    priority: valueIn(locality, "priority") ?? 0,
    zone: valueIn(objectIn(locality, "locality"), "zone") ?? "",
  };
}

/** Messages may be written with proto's names or with JSON's. */
function valueIn(object: JsonObject, ...names: readonly string[]): Json | undefined {
  const name = names.find((one) => object[one] !== undefined);
  return name === undefined ? undefined : object[name];
}

function objectIn(object: JsonObject, ...names: readonly string[]): JsonObject {
  const value = valueIn(object, ...names);
  return isObject(value) ? value : {};
}

function listIn(object: JsonObject, ...names: readonly string[]): JsonObject[] {
  const value = valueIn(object, ...names);
  return Array.isArray(value) ? value.filter(isObject) : [];
}
