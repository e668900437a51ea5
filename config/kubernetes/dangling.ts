import type { Config, RouteConfig } from "../model.ts";
import type { ResourceFinding } from "./checked-entries.ts";
import { isOfRegistry } from "../registries/service-name.ts";
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
  const named = [
    ...(http?.services ?? []).map(({ name }) => name),
    ...(http?.mirror ?? []).map(({ service }) => service),
    ...(http?.fallback === undefined ? [] : [http.fallback.service]),
  ];
  const missing = named.find((name) => !services.has(name) && !isOfRegistry(name));
  if (missing !== undefined) return `there is no service ${missing}`;
  for (const { provider } of [...(ai?.upstreams ?? []), ...(ai?.fallback?.upstreams ?? [])]) {
    if (!providers.has(provider)) return `there is no provider ${provider}`;
  }
  return undefined;
}
