/** Where a plugin's rule holds; the same as the plugin host does at a request, but settled for a route and one of its services. */
export interface RulePlace {
  readonly routes?: readonly string[];
  readonly routePrefixes?: readonly string[];
  readonly domains?: readonly string[];
  readonly services?: readonly string[];
}

/** A route and one of its services. */
export interface PlacedService {
  readonly route: string;
  readonly hosts: readonly string[];
  readonly service: string;
}

/** Whether a rule holds for all requests of a route that go to a service. */
export function holdsFor(
  { routes, routePrefixes, domains, services }: RulePlace,
  { route, hosts, service }: PlacedService,
): boolean {
  const served = services === undefined || services.some((name) => isSameService(name, service));
  if (routes !== undefined) return routes.includes(route) && served;
  if (routePrefixes !== undefined) return routePrefixes.some((prefix) => route.startsWith(prefix)) && served;
  if (domains !== undefined) return hosts.every((host) => domains.some((domain) => includesHosts(domain, host)));
  return services !== undefined && served;
}

/** With its port or without, as in Higress. */
export function isSameService(one: string, other: string): boolean {
  return one === other || withoutPort(one) === other || one === withoutPort(other);
}

/** A service's name without the port behind it. */
export function withoutPort(name: string): string {
  return name.replace(/:\d+$/, "");
}

/** Whether all of a route's host, which may be `*.example.com` or `*`, is within a rule's domain. */
function includesHosts(domain: string, host: string): boolean {
  const pattern = domain.toLowerCase();
  if (pattern.startsWith("*")) return host.endsWith(pattern.slice(1));
  if (pattern.endsWith("*")) return !host.startsWith("*") && host.startsWith(pattern.slice(0, -1));
  return host === pattern;
}
