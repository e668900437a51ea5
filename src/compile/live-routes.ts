import type { Config, RouteConfig, ServiceConfig } from "#config/model.ts";
import { changedServices, servicesNamed, Users } from "#config/users.ts";
import { changeOf, edited, editsBetween } from "../core/list-edits.ts";
import { PersistentMap } from "../core/persistent-map.ts";
import type { Route } from "../core/route.ts";
import type { OwnPlugin } from "./route-plugins.ts";

/** What of a route goes on over reloads while it and its services stay the same, and how its hold on shared state is given up. */
export interface OpenRoute {
  /** Left out for AI routes, which are made anew with each configuration: they lead to its providers. */
  readonly route?: Route;
  readonly plugins: readonly OwnPlugin[];
  close(): void;
}

/** What routes are opened with. */
export type OpenRouteWith = (route: RouteConfig, services: Services) => OpenRoute | Promise<OpenRoute>;

/** By name. */
export type Services = Pick<PersistentMap<ServiceConfig>, "get">;

/** The routes of the configuration that is in use, and what they were made of. */
interface InUse {
  readonly configs: readonly RouteConfig[];
  /** Of each of them, in their order. */
  readonly open: readonly OpenRoute[];
  readonly services: readonly ServiceConfig[];
  readonly byName: PersistentMap<ServiceConfig>;
  /** What else all of them are made of. */
  readonly world: readonly unknown[];
}

/** The routes of a configuration, ready and not in use yet. One of the two ends it. */
export interface PreparedRoutes {
  /** In the order of the configuration. */
  readonly open: readonly OpenRoute[];
  readonly services: Services;
  /** Some route has plugins of its own. */
  readonly plugged: boolean;
  /** They are in use: those that are not any more are closed. */
  commit(): void;
  discard(): void;
}

/**
 * The routes at work, over reloads: of 10,000 a reload mostly changes one, and nothing is done for the others. Configurations follow each
 * other: one is prepared after the one before came into use, or was discarded.
 */
export class LiveRoutes {
  #used: InUse = { configs: [], open: [], services: [], byName: PersistentMap.from<ServiceConfig>([]), world: [] };
  readonly #open = new Map<RouteConfig, OpenRoute>();
  readonly #users = new Users<RouteConfig>();
  #plugged = 0;

  /** Opens what is new, or was made of what has changed. Rejects with what `open` throws; then nothing has changed. */
  async prepare(
    { routes, services }: Pick<Config, "routes" | "services">,
    world: readonly unknown[],
    open: OpenRouteWith,
  ): Promise<PreparedRoutes> {
    const used = this.#used;
    const edits = editsBetween(used.configs, routes);
    const { gone, come } = changeOf(edits);
    const otherServices = changeOf(editsBetween(used.services, services));
    const changed = changedServices(otherServices.gone, otherServices.come);
    const byName = used.byName.with(changed);
    const again = this.#madeOf(world, changed.keys(), gone);
    const opened = await openAll([...come, ...again], (route) => open(route, byName));
    const ofConfig = (route: RouteConfig): OpenRoute => opened.get(route) ?? (this.#open.get(route) as OpenRoute);
    const all = edited(used.open, edits, ofConfig);
    const next: InUse = {
      configs: routes,
      open: again.size === 0 ? all : routes.map(ofConfig),
      services,
      byName,
      world,
    };
    return {
      open: next.open,
      services: byName,
      plugged: this.#plugged + pluggedOf(opened.values()) > pluggedOf(this.#replaced(gone, opened)),
      commit: () => this.#commit(next, gone, opened),
      discard: () => closeAll(opened.values()),
    };
  }

  /** Gives everything up. */
  close(): void {
    closeAll(this.#open.values());
    this.#open.clear();
  }

  /** The routes that are there already and were made of what is another thing now. */
  #madeOf(
    world: readonly unknown[],
    services: Iterable<string>,
    gone: ReadonlySet<RouteConfig>,
  ): ReadonlySet<RouteConfig> {
    const same = this.#used.world.every((part, index) => part === world[index]);
    const again = new Set(same ? [] : this.#open.keys());
    for (const name of services) for (const route of this.#users.of(name)) again.add(route);
    return again.difference(gone);
  }

  *#replaced(gone: ReadonlySet<RouteConfig>, opened: ReadonlyMap<RouteConfig, OpenRoute>): Iterable<OpenRoute> {
    for (const route of [...gone, ...opened.keys()]) {
      const open = this.#open.get(route);
      if (open !== undefined) yield open;
    }
  }

  #commit(next: InUse, gone: ReadonlySet<RouteConfig>, opened: ReadonlyMap<RouteConfig, OpenRoute>): void {
    const replaced = [...this.#replaced(gone, opened)];
    this.#used = next;
    this.#plugged += pluggedOf(opened.values()) - pluggedOf(replaced);
    for (const route of gone) {
      this.#open.delete(route);
      this.#users.remove(route, servicesNamed(route));
    }
    for (const [route, open] of opened) {
      this.#open.set(route, open);
      this.#users.add(route, servicesNamed(route));
    }
    closeAll(replaced);
  }
}

/** One after the other: few are new at a time, and what was opened before an error can be given back. */
async function openAll(
  routes: Iterable<RouteConfig>,
  open: (route: RouteConfig) => OpenRoute | Promise<OpenRoute>,
): Promise<ReadonlyMap<RouteConfig, OpenRoute>> {
  const opened = new Map<RouteConfig, OpenRoute>();
  try {
    for (const route of routes) {
      const one = open(route);
      opened.set(route, one instanceof Promise ? await one : one);
    }
  } catch (error) {
    closeAll(opened.values());
    throw error;
  }
  return opened;
}

function closeAll(routes: Iterable<OpenRoute>): void {
  for (const route of routes) route.close();
}

function pluggedOf(routes: Iterable<OpenRoute>): number {
  let count = 0;
  for (const { plugins } of routes) if (plugins.length > 0) count++;
  return count;
}
