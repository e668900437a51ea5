import type { KindName } from "../resource.ts";

/** The Gateway API's own group. */
export const GATEWAY_GROUP = "gateway.networking.k8s.io";

function own(kind: string): KindName {
  return `${GATEWAY_GROUP}/${kind}`;
}

/** Kinds of the Gateway API. */
export const KINDS: Readonly<
  Record<
    | "gatewayClass"
    | "gateway"
    | "httpRoute"
    | "grpcRoute"
    | "tlsRoute"
    | "tcpRoute"
    | "referenceGrant"
    | "backendTlsPolicy",
    KindName
  >
> = {
  gatewayClass: own("GatewayClass"),
  gateway: own("Gateway"),
  httpRoute: own("HTTPRoute"),
  grpcRoute: own("GRPCRoute"),
  tlsRoute: own("TLSRoute"),
  tcpRoute: own("TCPRoute"),
  referenceGrant: own("ReferenceGrant"),
  backendTlsPolicy: own("BackendTLSPolicy"),
};

/** Kinds of the core group that the Gateway API refers to. */
export const CORE_KINDS: Readonly<Record<"namespace" | "service" | "secret" | "configMap", KindName>> = {
  namespace: "/Namespace",
  service: "/Service",
  secret: "/Secret",
  configMap: "/ConfigMap",
};

/** Routes that listeners may take. */
export const ROUTE_KINDS: readonly RouteKind[] = ["HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute"];

/** One of {@link ROUTE_KINDS}. */
export type RouteKind = "HTTPRoute" | "GRPCRoute" | "TLSRoute" | "TCPRoute";

/** The kind of a route, for look-ups. */
export function routeKindName(kind: RouteKind): KindName {
  return own(kind);
}

/** Protocols of listeners, in upper case. */
export type ListenerProtocol = "HTTP" | "HTTPS" | "TLS" | "TCP";
