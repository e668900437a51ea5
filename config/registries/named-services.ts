import type { Config, ServiceConfig } from "../model.ts";
import { isOfRegistry } from "./service-name.ts";

/**
 * The configuration with the services that registries have found; those that it has itself win. Services of registries that routes name and
 * nobody has found (yet) are there without endpoints, so that the routes answer with 503 until they are found.
 */
export function withFound(config: Config, found: readonly ServiceConfig[]): Config {
  const known = new Set(config.services.map(({ name }) => name));
  const services = found.filter(({ name }) => !known.has(name));
  for (const { name } of services) known.add(name);
  const missing = [...namedIn(config)].filter((name) => !known.has(name)).map(awaited);
  if (services.length === 0 && missing.length === 0) return config;
  return { ...config, services: [...config.services, ...services, ...missing] };
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

/** The registries' services that routes name. */
function namedIn({ routes, tcpRoutes }: Config): ReadonlySet<string> {
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
  for (const { services } of tcpRoutes) for (const { name } of services) note(name);
  return names;
}
