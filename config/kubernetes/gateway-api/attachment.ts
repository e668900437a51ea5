import { mapping } from "../../check-values.ts";
import type { Resource } from "../resource.ts";
import type { Finding, Lookup } from "../translator.ts";
import { mappingAt, mappingsAt, numberAt, textAt, textsAt } from "./fields.ts";
import { commonHosts } from "./hostnames.ts";
import { CORE_KINDS, GATEWAY_GROUP, KINDS, type RouteKind } from "./kinds.ts";
import { selects } from "./label-selector.ts";
import { type GatewayListener, listenersOf } from "./listeners.ts";

/** A listener that takes a route, and the hosts it takes it for. */
export interface AttachedListener {
  readonly listener: GatewayListener;
  readonly hosts: readonly string[];
}

/** Which listeners take a route; why none does. */
export interface Attached {
  /** Empty: none takes it. */
  readonly listeners: readonly AttachedListener[];
  /** Why none takes it. */
  readonly refusal?: Refusal;
}

/** Why no listener of a parent takes a route. */
export interface Refusal {
  readonly reason: "NoMatchingParent" | "NotAllowedByListeners" | "NoMatchingListenerHostname" | "HostnameConflict";
  readonly message: string;
}

/** Parents that are Gateways, and not there. The API has no status for them. */
export function missingParents(route: Resource, lookup: Lookup): readonly Finding[] {
  return mappingsAt(route.spec, "parentRefs").flatMap((parentRef, index): Finding[] => {
    if (!isGateway(parentRef) || gatewayOf(parentRef, route, lookup) !== undefined) return [];
    const { namespace, name } = placeOf(parentRef, route);
    const message = `there is no Gateway ${namespace}/${name}`;
    return [{ field: `spec.parentRefs[${index}]`, message, severity: "warning" }];
  });
}

/** The Gateway that a parentRef names. */
export function gatewayOf(parentRef: unknown, route: Resource, lookup: Lookup): Resource | undefined {
  const { namespace, name } = placeOf(parentRef, route);
  return isGateway(parentRef) ? lookup.get(KINDS.gateway, namespace, name) : undefined;
}

function isGateway(parentRef: unknown): boolean {
  const { group = GATEWAY_GROUP, kind = "Gateway" } = mapping(parentRef);
  return group === GATEWAY_GROUP && kind === "Gateway" && textAt(parentRef, "name") !== undefined;
}

function placeOf(parentRef: unknown, route: Resource): { readonly namespace: string; readonly name: string } {
  const namespace = textAt(parentRef, "namespace") ?? route.metadata.namespace;
  return { namespace, name: textAt(parentRef, "name") ?? "" };
}

/** Whether a route's parentRef means a Gateway. */
export function isOfGateway(parentRef: unknown, route: Resource, { metadata }: Resource): boolean {
  const { namespace, name } = placeOf(parentRef, route);
  return isGateway(parentRef) && name === metadata.name && namespace === metadata.namespace;
}

/** Then which routes a Gateway takes depends on the labels of namespaces too. */
export function selectsByLabel(gateway: Resource): boolean {
  return listenersOf(gateway).some(
    ({ written }) => textAt(mappingAt(mappingAt(written, "allowedRoutes"), "namespaces"), "from") === "Selector",
  );
}

/** Which listeners of a Gateway take a route. */
export function attach(
  route: Resource,
  kind: RouteKind,
  parentRef: unknown,
  gateway: Resource,
  lookup: Lookup,
): Attached {
  const [section, port] = [textAt(parentRef, "sectionName"), numberAt(parentRef, "port")];
  const meant = listenersOf(gateway).filter(
    (listener) =>
      (section === undefined || listener.name === section) && (port === undefined || listener.port === port),
  );
  if (meant.length === 0) return refused("NoMatchingParent", "The Gateway has no listener of that name and port.");
  const allowing = meant.filter(
    (listener) => listener.kinds.includes(kind) && allowsNamespace(listener, gateway, route, lookup),
  );
  if (allowing.length === 0) {
    return refused("NotAllowedByListeners", "No listener takes routes of this kind from this namespace.");
  }
  const hostnames = textsAt(route.spec, "hostnames");
  const listeners = allowing
    .map((listener) => ({ listener, hosts: commonHosts(listener.hostname, hostnames) }))
    .filter(({ hosts }) => hosts.length > 0);
  return listeners.length > 0
    ? { listeners }
    : refused("NoMatchingListenerHostname", "No listener has one of the route's hostnames.");
}

function refused(reason: Refusal["reason"], message: string): Attached {
  return { listeners: [], refusal: { reason, message } };
}

function allowsNamespace({ written }: GatewayListener, gateway: Resource, route: Resource, lookup: Lookup): boolean {
  const namespaces = mappingAt(mappingAt(written, "allowedRoutes"), "namespaces");
  const from = textAt(namespaces, "from") ?? "Same";
  if (from === "All") return true;
  const { namespace } = route.metadata;
  if (from === "Same") return namespace === gateway.metadata.namespace;
  const selector = mappingAt(namespaces, "selector");
  if (from !== "Selector" || selector === undefined) return false;
  const found = lookup.get(CORE_KINDS.namespace, "", namespace);
  // Every namespace has this label in a cluster; in files it may not be there at all.
  return selects(selector, { "kubernetes.io/metadata.name": namespace, ...found?.metadata.labels });
}
