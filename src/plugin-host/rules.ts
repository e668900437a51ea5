import type { CallRoute } from "../core/plugin.ts";

/**
 * Where a rule of a plugin holds. As in Higress' rules (its `matchRules`, and `_rules_` in a configuration): routes, or beginnings of
 * their names, go before domains, and those before services; routes and services together must both match.
 */
export interface RulePlace {
  readonly routes?: readonly string[];
  readonly routePrefixes?: readonly string[];
  /** Exact, `*.example.com` or `www.example.*`. */
  readonly domains?: readonly string[];
  readonly services?: readonly string[];
}

/** Whether a rule holds on a route: always, never, or for requests to these hosts. */
export function holdsOn(place: RulePlace, route: CallRoute): boolean | readonly string[] {
  const { routes, routePrefixes, domains, services } = place;
  const served = services === undefined || services.some((name) => route.services.includes(name));
  if (routes !== undefined) return routes.includes(route.name) && served;
  if (routePrefixes !== undefined) return routePrefixes.some((prefix) => route.name.startsWith(prefix));
  if (domains !== undefined) return domains;
  return services !== undefined && served;
}

/** Whether a host, in lower case, is what a rule's domain says. */
export function hostMatch(domain: string, host: string): boolean {
  const pattern = domain.toLowerCase();
  if (pattern.startsWith("*")) return host.endsWith(pattern.slice(1));
  if (pattern.endsWith("*")) return host.startsWith(pattern.slice(0, -1));
  return host === pattern;
}
