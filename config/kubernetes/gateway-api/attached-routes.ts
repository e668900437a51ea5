import type { Resource } from "../resource.ts";
import type { Lookup } from "../translator.ts";
import { attach, isOfGateway, selectsByLabel } from "./attachment.ts";
import { mappingsAt } from "./fields.ts";
import { ROUTE_KINDS, routeKindName, type RouteKind } from "./kinds.ts";
import { ownersOfOtherKind } from "./other-kind.ts";

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
      const owners = taken.size === 0 ? undefined : ownersOfOtherKind(route, kind, gateway, lookup);
      for (const name of taken) if (owners?.has(name) !== true) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  return counts;
}

function takenBy(gateway: Resource): Taken {
  let taken = known.get(gateway);
  if (taken === undefined) known.set(gateway, (taken = new WeakMap()));
  return taken;
}

function listenersTaking(route: Resource, kind: RouteKind, gateway: Resource, lookup: Lookup): ReadonlySet<string> {
  const taken = new Set<string>();
  for (const parentRef of mappingsAt(route.spec, "parentRefs")) {
    if (!isOfGateway(parentRef, route, gateway)) continue;
    for (const { listener } of attach(route, kind, parentRef, gateway, lookup).listeners) taken.add(listener.name);
  }
  return taken;
}
