import type { Json, JsonObject } from "#src/core/json.ts";
import type { Messages } from "../messages.ts";
import { redacted } from "../redacted.ts";
import { RESOURCE_KINDS, type ResourceKind, type ResourceType } from "../resource-types.ts";
import type { XdsResource, XdsSnapshot } from "../snapshot.ts";

/** How Envoy's own `/config_dump` shows a type: the message, the list in it, and an element. */
interface DumpShape {
  readonly message: string;
  readonly list: string;
  element(resource: XdsResource, body: JsonObject): JsonObject;
}

/** An element that holds the resource in a field and nothing of its own. */
function field(name: string): DumpShape["element"] {
  return ({ version }, body) => ({ version_info: version, [name]: body });
}

const SHAPES: Readonly<Record<ResourceType, DumpShape>> = {
  cds: { message: "ClustersConfigDump", list: "dynamic_active_clusters", element: field("cluster") },
  eds: { message: "EndpointsConfigDump", list: "dynamic_endpoint_configs", element: field("endpoint_config") },
  lds: {
    message: "ListenersConfigDump",
    list: "dynamic_listeners",
    element: ({ name, version }, body) => ({ name, active_state: { version_info: version, listener: body } }),
  },
  rds: { message: "RoutesConfigDump", list: "dynamic_route_configs", element: field("route_config") },
  srds: {
    message: "ScopedRoutesConfigDump",
    list: "dynamic_scoped_route_configs",
    element: ({ name, version }, body) => ({ name, version_info: version, scoped_route_configs: [body] }),
  },
  sds: {
    message: "SecretsConfigDump",
    list: "dynamic_active_secrets",
    element: ({ name, version }, body) => ({ name, version_info: version, secret: body }),
  },
  ecds: { message: "EcdsConfigDump", list: "ecds_filters", element: field("ecds_filter") },
  // Envoy shows these within the routes and the runtime; here they stand as they are sent.
  vhds: { message: "RoutesConfigDump.VirtualHosts", list: "dynamic_virtual_hosts", element: field("virtual_host") },
  rtds: { message: "RuntimeConfigDump", list: "dynamic_runtimes", element: field("runtime") },
};

/** A snapshot in the form of Envoy's `/config_dump`, so that tools for that read it. Secrets are not shown. */
export function configDump(messages: Messages, snapshot: XdsSnapshot, types: readonly ResourceType[]): JsonObject {
  const kinds = RESOURCE_KINDS.filter(({ type }) => types.includes(type) && snapshot[type].size > 0);
  return { configs: kinds.map((kind) => dumpOf(messages, kind, snapshot)) };
}

function dumpOf({ registry }: Messages, { type, typeUrl, message }: ResourceKind, snapshot: XdsSnapshot): Json {
  const shape = SHAPES[type];
  const description = registry.getMessage(message);
  const elements = [...snapshot[type].values()].map((resource) =>
    shape.element(resource, {
      "@type": typeUrl,
      ...(description === undefined ? {} : redacted(registry, description, resource.body)),
    }),
  );
  return { "@type": `type.googleapis.com/envoy.admin.v3.${shape.message}`, [shape.list]: elements };
}
