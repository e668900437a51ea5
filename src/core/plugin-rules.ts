/** What rules tell routes apart by. */
export interface RuledRoute {
  readonly name: string;
  /** Names of services, or of providers. */
  readonly services: readonly string[];
}

/**
 * Where a rule of a plugin holds. As in Higress' rules (its `matchRules`, and `_rules_` in a configuration): routes, or beginnings of
 * their names, go before domains, and those before services; routes (or beginnings) and services together must both match.
 */
export interface RulePlace {
  readonly routes?: readonly string[];
  readonly routePrefixes?: readonly string[];
  /** Exact, `*.example.com` or `www.example.*`. */
  readonly domains?: readonly string[];
  readonly services?: readonly string[];
}

/** Whether a rule holds on a route: always, never, or for requests to these hosts. */
export function holdsOn(place: RulePlace, route: RuledRoute): boolean | readonly string[] {
  const { routes, routePrefixes, domains, services } = place;
  const served = services === undefined || services.some((name) => route.services.some((one) => isService(name, one)));
  if (routes !== undefined) return routes.includes(route.name) && served;
  if (routePrefixes !== undefined) return routePrefixes.some((prefix) => route.name.startsWith(prefix)) && served;
  if (domains !== undefined) return domains;
  return services !== undefined && served;
}

/** Whether a service is what a rule names: with its port or without, as in Higress; a service that has none in its name has but one. */
function isService(named: string, service: string): boolean {
  return named === service || withoutPort(service) === named || withoutPort(named) === service;
}

function withoutPort(name: string): string {
  return name.replace(/:\d+$/, "");
}

/** Whether a host, in lower case, is what a rule's domain says. */
export function hostMatch(domain: string, host: string): boolean {
  const pattern = domain.toLowerCase();
  if (pattern.startsWith("*")) return host.endsWith(pattern.slice(1));
  if (pattern.endsWith("*")) return host.startsWith(pattern.slice(0, -1));
  return host === pattern;
}
