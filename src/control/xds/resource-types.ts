/** A kind of resource, by the discovery service that carries it. */
export type ResourceType = "cds" | "eds" | "lds" | "rds" | "srds" | "vhds" | "sds" | "ecds" | "rtds";

/** What the protocol says of a kind of resource. */
export interface ResourceKind {
  readonly type: ResourceType;
  readonly typeUrl: string;
  /** The message's full name. */
  readonly message: string;
  /** In the state of the world an answer holds all of them, and what is not in it is gone. */
  readonly full: boolean;
  /** A client that names none gets all. For these it is the rule; the others are asked for by name, or with `*`. */
  readonly wildcard: boolean;
}

const PREFIX = "type.googleapis.com/";

function kind(type: ResourceType, message: string, full: boolean): ResourceKind {
  return { type, typeUrl: PREFIX + message, message, full, wildcard: full };
}

/** Every kind, in the order in which what is new is sent: nothing is named before it is there. */
export const RESOURCE_KINDS: readonly ResourceKind[] = [
  kind("sds", "envoy.extensions.transport_sockets.tls.v3.Secret", false),
  kind("cds", "envoy.config.cluster.v3.Cluster", true),
  kind("eds", "envoy.config.endpoint.v3.ClusterLoadAssignment", false),
  kind("rtds", "envoy.service.runtime.v3.Runtime", false),
  kind("ecds", "envoy.config.core.v3.TypedExtensionConfig", false),
  kind("lds", "envoy.config.listener.v3.Listener", true),
  kind("srds", "envoy.config.route.v3.ScopedRouteConfiguration", false),
  kind("rds", "envoy.config.route.v3.RouteConfiguration", false),
  kind("vhds", "envoy.config.route.v3.VirtualHost", false),
];
