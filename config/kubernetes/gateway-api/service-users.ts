import { byAge, type Resource } from "../resource.ts";
import type { Lookup, TranslatorOptions } from "../translator.ts";
import { attachmentsOf } from "./attachments.ts";
import { mappingsAt, textAt } from "./fields.ts";
import { ROUTE_KINDS, routeKindName } from "./kinds.ts";

const known = new WeakMap<Resource, ReadonlySet<string>>();

/** Services that a route names, as `NAMESPACE/NAME`. */
function servicesOf(route: Resource): ReadonlySet<string> {
  let services = known.get(route);
  if (services === undefined) {
    const refs = mappingsAt(route.spec, "rules").flatMap((rule) => mappingsAt(rule, "backendRefs"));
    services = new Set(
      refs.map((ref) => `${textAt(ref, "namespace") ?? route.metadata.namespace}/${textAt(ref, "name") ?? ""}`),
    );
    known.set(route, services);
  }
  return services;
}

/** This gateway's Gateways with a route to one of the Services, the older first. */
export function gatewaysUsing(
  services: ReadonlySet<string>,
  lookup: Lookup,
  options: TranslatorOptions,
): readonly Resource[] {
  const gateways = new Set<Resource>();
  for (const kind of ROUTE_KINDS) {
    for (const route of lookup.list(routeKindName(kind))) {
      if (![...servicesOf(route)].some((service) => services.has(service))) continue;
      for (const { gateway } of attachmentsOf(route, kind, lookup, options)) gateways.add(gateway);
    }
  }
  return [...gateways].sort(byAge);
}
