import { changeOf, editsBetween } from "#src/core/list-edits.ts";
import type { Config, RouteConfig, ServiceConfig } from "../model.ts";
import { servicesNamed, Users } from "../users.ts";
import { isOfRegistry } from "./service-name.ts";
import { withSubsets } from "./subsets.ts";
import { together } from "./together.ts";

/** Puts services that registries have found into configurations that follow each other. */
export class FoundServices {
  readonly #named = new NamedServices();

  /**
   * The configuration with the services that registries have found; those that it has itself win. An entry of its own that is called like a
   * registry's and has no endpoints says how that one is to be used. Services of registries that are named and nobody has found (yet) are
   * there without endpoints, so that the routes answer with 503 until they are found.
   */
  over(config: Config, found: readonly ServiceConfig[]): Config {
    const all = this.#all(config, found);
    const settled = withSubsets(all);
    return settled === config.services ? config : { ...config, services: settled };
  }

  #all(config: Config, found: readonly ServiceConfig[]): readonly ServiceConfig[] {
    const named = this.#named.in(config);
    if (found.length === 0 && named.size === 0) return config.services;
    const own = withEndpoints(config.services, found);
    const known = new Set(own.map(({ name }) => name));
    const services = found.filter(({ name }) => !known.has(name));
    for (const { name } of services) known.add(name);
    const missing = [...named]
      .filter((name) => !known.has(name))
      .sort()
      .map(awaited);
    return services.length === 0 && missing.length === 0 ? own : [...own, ...services, ...missing];
  }
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

/** The registries' services that are named: by routes, of which only those are looked at that are others than before, and as those that others are a part of. */
class NamedServices {
  readonly #users = new Users<RouteConfig>();
  #routes: readonly RouteConfig[] = [];

  in({ routes, tcpRoutes, services }: Config): ReadonlySet<string> {
    const { gone, come } = changeOf(editsBetween(this.#routes, routes));
    this.#routes = routes;
    for (const route of gone) this.#users.remove(route, servicesNamed(route).filter(isOfRegistry));
    for (const route of come) this.#users.add(route, servicesNamed(route).filter(isOfRegistry));
    const byTcp = tcpRoutes.flatMap((route) => route.services.map(({ name }) => name));
    const named = new Set([...this.#users.names(), ...byTcp.filter(isOfRegistry)]);
    for (const { subsetOf } of services)
      if (subsetOf !== undefined && isOfRegistry(subsetOf.service)) named.add(subsetOf.service);
    return named;
  }
}
