import type { Config, ServiceConfig } from "../model.ts";
import { isOfRegistry } from "./service-name.ts";

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
  if (own === config.services && services.length === 0 && missing.length === 0) return config;
  return { ...config, services: [...own, ...services, ...missing] };
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

/** Kept, so that what is built of a service that has not changed can stay. */
const TOGETHER = new WeakMap<ServiceConfig, { readonly found: ServiceConfig; readonly service: ServiceConfig }>();

/** What is found, used as is written; `http` is what an entry says that says nothing of its protocol. */
function together(written: ServiceConfig, found: ServiceConfig): ServiceConfig {
  const kept = TOGETHER.get(written);
  if (kept?.found === found) return kept.service;
  const protocol = written.protocol === "http" ? found.protocol : written.protocol;
  const tls =
    found.tls === undefined && written.tls === undefined ? {} : { tls: { verify: true, ...found.tls, ...written.tls } };
  const service = { ...found, ...written, ...tls, protocol, endpoints: found.endpoints };
  TOGETHER.set(written, { found, service });
  return service;
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
