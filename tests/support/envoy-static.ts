import type { TranslatedResources } from "#src/control/envoy/resources.ts";
import { isObject, type Json, type JsonObject } from "#src/core/json.ts";

/** A bootstrap that has all of the resources in itself, so that an Envoy can run them without a control plane. */
export function staticBootstrap(resources: TranslatedResources): JsonObject {
  const inlined = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(inlined);
    if (!isObject(value)) return value;
    const own = inline(value, resources);
    return Object.fromEntries(Object.entries(own).map(([key, one]) => [key, inlined(one)]));
  };
  return {
    node: { id: "test", cluster: "test" },
    bootstrap_extensions: [
      {
        name: "envoy.bootstrap.internal_listener",
        typed_config: {
          "@type": "type.googleapis.com/envoy.extensions.bootstrap.internal_listener.v3.InternalListener",
        },
      },
    ],
    static_resources: {
      listeners: [...resources.lds.values()].map(inlined),
      clusters: [...resources.cds.values()].map(inlined),
      secrets: [...resources.sds.values()].map(inlined),
    },
  };
}

/** A message whose references are resolved. */
function inline(message: JsonObject, resources: TranslatedResources): JsonObject {
  const { rds, eds_cluster_config: eds, sds_config: sds, config_discovery: discovery, ...rest } = message;
  const name = typeof message["name"] === "string" ? message["name"] : "";
  if (isObject(rds)) {
    const [config = {}] = resources.rds.values();
    const { vhds: _, ...others } = config;
    return { ...rest, route_config: { virtual_hosts: [...resources.vhds.values()], ...others } };
  }
  if (eds !== undefined) {
    return { ...rest, type: "STATIC", load_assignment: resources.eds.get(name) ?? {} };
  }
  if (discovery !== undefined) return { ...rest, ...resources.ecds.get(name) };
  return sds === undefined ? message : rest;
}
