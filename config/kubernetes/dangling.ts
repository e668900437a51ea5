import { changeOf, editsBetween } from "#src/core/list-edits.ts";
import type { Config, ProviderConfig, RouteConfig, ServiceConfig } from "../model.ts";
import { servicesNamed, Users } from "../users.ts";
import type { ResourceFinding } from "./checked-entries.ts";
import { isOfRegistry } from "../registries/service-name.ts";
import type { Resource } from "./resource.ts";

/** Finds routes that name services or providers which are not there. Only those are looked at for which something may have changed. */
export class DanglingRoutes {
  readonly #services = new Names<ServiceConfig>(({ name }) => name);
  readonly #providers = new Names<ProviderConfig>(({ id }) => id);
  readonly #ofServices = new Users<RouteConfig>();
  readonly #ofProviders = new Users<RouteConfig>();
  /** What each of them lacks. */
  readonly #dangling = new Map<RouteConfig, string>();
  #routes: readonly RouteConfig[] = [];

  /** The configuration without such routes: those of objects are left out, each with a finding. */
  leftOut(
    config: Config,
    originOf: (route: RouteConfig) => Resource | undefined,
    found: (finding: ResourceFinding) => void,
  ): Config {
    this.#update(config);
    if (this.#dangling.size === 0) return config;
    const routes = config.routes.filter((route) => {
      const missing = this.#dangling.get(route);
      const resource = missing === undefined ? undefined : originOf(route);
      if (resource === undefined) return true;
      found({ resource, field: "", severity: "error", message: `the route ${route.name} is left out: ${missing}` });
      return false;
    });
    return { ...config, routes };
  }

  #update({ routes, services, providers }: Config): void {
    const touched = new Set<RouteConfig>();
    const look = (route: RouteConfig): void => void touched.add(route);
    for (const name of this.#services.update(services)) for (const route of this.#ofServices.of(name)) look(route);
    for (const name of this.#providers.update(providers)) for (const route of this.#ofProviders.of(name)) look(route);
    const { gone, come } = changeOf(editsBetween(this.#routes, routes));
    this.#routes = routes;
    for (const route of gone) {
      this.#ofServices.remove(route, servicesNamed(route));
      this.#ofProviders.remove(route, providersNamed(route));
      this.#dangling.delete(route);
      touched.delete(route);
    }
    for (const route of come) {
      this.#ofServices.add(route, servicesNamed(route));
      this.#ofProviders.add(route, providersNamed(route));
      look(route);
    }
    for (const route of touched) {
      const missing = this.#missingIn(route);
      if (missing === undefined) this.#dangling.delete(route);
      else this.#dangling.set(route, missing);
    }
  }

  #missingIn(route: RouteConfig): string | undefined {
    const service = servicesNamed(route).find((name) => !this.#services.has(name) && !isOfRegistry(name));
    if (service !== undefined) return `there is no service ${service}`;
    const provider = providersNamed(route).find((id) => !this.#providers.has(id));
    return provider === undefined ? undefined : `there is no provider ${provider}`;
  }
}

function providersNamed({ ai }: RouteConfig): readonly string[] {
  if (ai === undefined) return [];
  return [...ai.upstreams, ...(ai.fallback?.upstreams ?? [])].map(({ provider }) => provider);
}

/** The names that a list has. */
class Names<T extends object> {
  #list: readonly T[] = [];
  readonly #names = new Set<string>();
  readonly #nameOf: (entry: T) => string;

  constructor(nameOf: (entry: T) => string) {
    this.#nameOf = nameOf;
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  /** Answers the names that were not there before, or are not there any more. */
  update(list: readonly T[]): Iterable<string> {
    const { gone, come } = changeOf(editsBetween(this.#list, list));
    this.#list = list;
    const [left, there] = [new Set(Array.from(gone, this.#nameOf)), new Set(Array.from(come, this.#nameOf))];
    for (const name of left) if (!there.has(name)) this.#names.delete(name);
    for (const name of there) this.#names.add(name);
    return left.symmetricDifference(there);
  }
}
