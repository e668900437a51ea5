import type { Resource } from "../resource.ts";
import type { Lookup } from "../translator.ts";
import { attach } from "./attachment.ts";
import { mappingAt, mappingsAt, textAt } from "./fields.ts";
import { GATEWAY_GROUP, ROUTE_KINDS, routeKindName, type RouteKind } from "./kinds.ts";
import { listenersOf } from "./listeners.ts";

/** Names of a Gateway's listeners by the routes they take, kept for as long as both objects stay as they are. */
type Taken = WeakMap<Resource, ReadonlySet<string>>;

const known = new WeakMap<Resource, Taken>();

/** How many routes each listener of a Gateway has. */
export function attachedRoutes(gateway: Resource, lookup: Lookup): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const memo = selectsByLabel(gateway) ? undefined : takenBy(gateway);
  for (const kind of ROUTE_KINDS) {
    for (const route of lookup.list(routeKindName(kind))) {
      const taken = memo?.get(route) ?? listenersTaking(route, kind, gateway, lookup);
      memo?.set(route, taken);
      for (const name of taken) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  return counts;
}

function takenBy(gateway: Resource): Taken {
  let taken = known.get(gateway);
  if (taken === undefined) known.set(gateway, (taken = new WeakMap()));
  return taken;
}

/** Then it depends on the labels of namespaces too. */
function selectsByLabel(gateway: Resource): boolean {
  return listenersOf(gateway).some(
    ({ written }) => textAt(mappingAt(mappingAt(written, "allowedRoutes"), "namespaces"), "from") === "Selector",
  );
}

function listenersTaking(route: Resource, kind: RouteKind, gateway: Resource, lookup: Lookup): ReadonlySet<string> {
  const taken = new Set<string>();
  for (const parentRef of mappingsAt(route.spec, "parentRefs")) {
    if (!isMeant(parentRef, route, gateway)) continue;
    for (const { listener } of attach(route, kind, parentRef, gateway, lookup).listeners) taken.add(listener.name);
  }
  return taken;
}

function isMeant(ref: Readonly<Record<string, unknown>>, route: Resource, gateway: Resource): boolean {
  const { group = GATEWAY_GROUP, kind = "Gateway" } = ref;
  return (
    group === GATEWAY_GROUP &&
    kind === "Gateway" &&
    textAt(ref, "name") === gateway.metadata.name &&
    (textAt(ref, "namespace") ?? route.metadata.namespace) === gateway.metadata.namespace
  );
}
