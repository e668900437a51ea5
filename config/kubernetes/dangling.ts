import type { Config, RouteConfig } from "../model.ts";
import type { ResourceFinding } from "./checked-entries.ts";
import { isOfRegistry } from "../registries/service-name.ts";
import type { Resource } from "./resource.ts";

/** Finds routes that name services or providers which are not there. */
export class DanglingRoutes {
  /** Routes that lack nothing while services and providers are these. */
  #good = new WeakSet<RouteConfig>();
  #services: ReadonlySet<string> = new Set();
  #providers: ReadonlySet<string> = new Set();
  #known: readonly unknown[] = [];

  /** The configuration without such routes: those of objects are left out, each with a finding. */
  leftOut(
    config: Config,
    originOf: (route: RouteConfig) => Resource | undefined,
    found: (finding: ResourceFinding) => void,
  ): Config {
    this.#renew(config);
    const routes = config.routes.filter((route) => {
      if (this.#good.has(route)) return true;
      const missing = missingIn(route, this.#services, this.#providers);
      const resource = missing === undefined ? undefined : originOf(route);
      if (missing === undefined || resource === undefined) {
        this.#good.add(route);
        return true;
      }
      found({ resource, field: "", severity: "error", message: `the route ${route.name} is left out: ${missing}` });
      return false;
    });
    return routes.length === config.routes.length ? config : { ...config, routes };
  }

  #renew({ services, providers }: Config): void {
    const [knownServices, knownProviders] = this.#known;
    const same = providers.length === 0 && Array.isArray(knownProviders) && knownProviders.length === 0;
    if (knownServices === services && (same || knownProviders === providers)) return;
    this.#known = [services, providers];
    this.#services = new Set(services.map(({ name }) => name));
    this.#providers = new Set(providers.map(({ id }) => id));
    this.#good = new WeakSet();
  }
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
