import type { Config, ServiceConfig } from "../model.ts";
import { isOfRegistry } from "./service-name.ts";
import { withSubsets } from "./subsets.ts";
import { together } from "./together.ts";

/**
 * The configuration with the services that registries have found; those that it has itself win. An entry of its own that is called like a
 * registry's and has no endpoints says how that one is to be used. Services of registries that routes name and nobody has found (yet) are
 * there without endpoints, so that the routes answer with 503 until they are found.
 */
export function withFound(config: Config, found: readonly ServiceConfig[]): Config {
  const own = withEndpoints(config.services, found);
  const known = new Set(own.map(({ name }) => name));
  const services = found.filter(({ name }) => !known.has(name));
  for (const { name } of services) known.add(name);
  const missing = [...namedIn(config)].filter((name) => !known.has(name)).map(awaited);
  const all = services.length === 0 && missing.length === 0 ? own : [...own, ...services, ...missing];
  const settled = withSubsets(all);
  return settled === config.services ? config : { ...config, services: settled };
}

/** The same list where no entry waits for a registry's endpoints. */
function withEndpoints(own: readonly ServiceConfig[], found: readonly ServiceConfig[]): readonly ServiceConfig[] {
  const waits = ({ name, endpoints }: ServiceConfig): boolean => endpoints.length === 0 && isOfRegistry(name);
  if (found.length === 0 || !own.some(waits)) return own;
  const byName = new Map(found.map((service) => [service.name, service]));
  return own.map((service) => {
    const discovered = waits(service) ? byName.get(service.name) : undefined;
    return discovered === undefined ? service : together(service, discovered);
  });
}

/** Kept, so that a service that is still not there is the same object as before. */
const AWAITED = new Map<string, ServiceConfig>();
const MOST_KEPT = 1000;

function awaited(name: string): ServiceConfig {
  const kept = AWAITED.get(name);
  if (kept !== undefined) return kept;
  const service: ServiceConfig = { name, protocol: "http", endpoints: [], loadBalance: "round_robin" };
  if (AWAITED.size >= MOST_KEPT) AWAITED.clear();
  AWAITED.set(name, service);
  return service;
}

/** The registries' services that are named: by routes, and as those that others are a part of. */
function namedIn({ routes, tcpRoutes, services: own }: Config): ReadonlySet<string> {
  const names = new Set<string>();
  const note = (name: string): void => {
    if (isOfRegistry(name)) names.add(name);
  };
  for (const { http } of routes) {
    if (http === undefined) continue;
    for (const { name } of http.services) note(name);
    for (const { service } of http.mirror ?? []) note(service);
    if (http.fallback !== undefined) note(http.fallback.service);
  }
  for (const { subsetOf } of own) if (subsetOf !== undefined) note(subsetOf.service);
  for (const { services } of tcpRoutes) for (const { name } of services) note(name);
  return names;
}
