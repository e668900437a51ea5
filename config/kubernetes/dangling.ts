import type { Config, RouteConfig } from "../model.ts";
import type { ResourceFinding } from "./checked-entries.ts";
import type { Resource } from "./resource.ts";

/** The configuration without routes that name services or providers which are not there: those of objects are left out, each with a finding. */
export function withoutDangling(
  config: Config,
  originOf: (entry: unknown) => Resource | undefined,
  found: (finding: ResourceFinding) => void,
): Config {
  const services = new Set(config.services.map(({ name }) => name));
  const providers = new Set(config.providers.map(({ id }) => id));
  const routes = config.routes.filter((route) => {
    const missing = missingIn(route, services, providers);
    const resource = missing === undefined ? undefined : originOf(route);
    if (missing === undefined || resource === undefined) return true;
    found({ resource, field: "", severity: "error", message: `the route ${route.name} is left out: ${missing}` });
    return false;
  });
  return routes.length === config.routes.length ? config : { ...config, routes };
}

function missingIn(
  { http, ai }: RouteConfig,
  services: ReadonlySet<string>,
  providers: ReadonlySet<string>,
): string | undefined {
  for (const { name } of http?.services ?? []) if (!services.has(name)) return `there is no service ${name}`;
  for (const { service } of http?.mirror ?? []) if (!services.has(service)) return `there is no service ${service}`;
  const fallback = http?.fallback?.service;
  if (fallback !== undefined && !services.has(fallback)) return `there is no service ${fallback}`;
  for (const { provider } of [...(ai?.upstreams ?? []), ...(ai?.fallback?.upstreams ?? [])]) {
    if (!providers.has(provider)) return `there is no provider ${provider}`;
  }
  return undefined;
}
