/** A kind of resource, by the discovery service that carries it. */
export type ResourceType = "cds" | "eds" | "lds" | "rds" | "srds" | "vhds" | "sds" | "ecds" | "rtds";

/** What the protocol says of a kind of resource. */
export interface ResourceKind {
  readonly type: ResourceType;
  readonly typeUrl: string;
  /** The message's full name. */
  readonly message: string;
  /** In the state of the world an answer holds all of them, and what is not in it is gone; of the others it may hold only what changed. */
  readonly full: boolean;
  /** A client that names none gets all; of the others it has to say `*`. */
  readonly wildcard: boolean;
  /** When it is sent, relative to the routes that lead to it. */
  readonly stage: "before routes" | "routes";
}

const PREFIX = "type.googleapis.com/";

function kind(type: ResourceType, message: string, stage: ResourceKind["stage"], full = false): ResourceKind {
  // Envoy cannot name the route configuration whose virtual hosts it wants, and so asks for all.
  return { type, typeUrl: PREFIX + message, message, full, wildcard: full || type === "vhds", stage };
}

/** Every kind, in the order in which what is new is sent: nothing is named before it is there. */
export const RESOURCE_KINDS: readonly ResourceKind[] = [
  kind("sds", "envoy.extensions.transport_sockets.tls.v3.Secret", "before routes"),
  kind("cds", "envoy.config.cluster.v3.Cluster", "before routes", true),
  kind("eds", "envoy.config.endpoint.v3.ClusterLoadAssignment", "before routes"),
  kind("rtds", "envoy.service.runtime.v3.Runtime", "before routes"),
  kind("ecds", "envoy.config.core.v3.TypedExtensionConfig", "before routes"),
  kind("lds", "envoy.config.listener.v3.Listener", "routes", true),
  kind("srds", "envoy.config.route.v3.ScopedRouteConfiguration", "routes", true),
  kind("rds", "envoy.config.route.v3.RouteConfiguration", "routes"),
  kind("vhds", "envoy.config.route.v3.VirtualHost", "routes"),
];

const BY_URL: ReadonlyMap<string, ResourceKind> = new Map(RESOURCE_KINDS.map((one) => [one.typeUrl, one]));

/** The kind a type URL stands for. */
export function kindOf(typeUrl: string): ResourceKind | undefined {
  return BY_URL.get(typeUrl);
}
