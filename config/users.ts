import type { RouteConfig, ServiceConfig } from "./model.ts";

/** The services that a route names, in its order; those it copies requests to and falls back to after those it asks. */
export function servicesNamed({ http }: Pick<RouteConfig, "http">): readonly string[] {
  if (http === undefined) return [];
  const { services, mirror = [], fallback } = http;
  const names = services.map(({ name }) => name);
  if (mirror.length === 0 && fallback === undefined) return names;
  const copies = mirror.map(({ service }) => service);
  return [...names, ...copies, ...(fallback === undefined ? [] : [fallback.service])];
}

/** Who names what, so that of thousands only those are looked at whose named thing has changed. */
export class Users<T> {
  readonly #users = new Map<string, Set<T>>();

  add(user: T, names: readonly string[]): void {
    for (const name of names) {
      const users = this.#users.get(name);
      if (users === undefined) this.#users.set(name, new Set([user]));
      else users.add(user);
    }
  }

  remove(user: T, names: readonly string[]): void {
    for (const name of names) {
      const users = this.#users.get(name);
      if (users?.delete(user) === true && users.size === 0) this.#users.delete(name);
    }
  }

  of(name: string): Iterable<T> {
    return this.#users.get(name) ?? [];
  }

  names(): Iterable<string> {
    return this.#users.keys();
  }
}

/** The services of which another object has the name now, or none, by name. */
export function changedServices(
  gone: Iterable<ServiceConfig>,
  come: Iterable<ServiceConfig>,
): ReadonlyMap<string, ServiceConfig | undefined> {
  const changed = new Map<string, ServiceConfig | undefined>();
  for (const { name } of gone) changed.set(name, undefined);
  for (const service of come) changed.set(service.name, service);
  return changed;
}
