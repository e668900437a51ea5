import type { RouteConfig } from "#config/model.ts";
import type { JsonObject } from "#src/core/json.ts";
import { byHost, coveringHosts, inOrder, takesAll } from "./precedence.ts";
import { type MadeRoute, makeRoute, type RouteWorld } from "./route.ts";
import { virtualHost } from "./route-configuration.ts";
import type { TierEntry } from "./tier-paths.ts";

/** A route, or a path that Sluice answers without one. */
export type Entry = RouteConfig | TierEntry;

/** Where a route is answered. */
export interface Placement {
  readonly route: string;
  readonly host: string;
  /** Why Sluice answers; undefined where Envoy does. */
  readonly why: string | undefined;
}

/** The routes of one pattern, as given and in their order. */
interface HostOrder {
  readonly given: readonly Entry[];
  readonly sorted: readonly Entry[];
}

interface KnownHost {
  readonly entries: readonly Entry[];
  readonly made: readonly MadeRoute[];
  readonly body: JsonObject;
}

interface KnownRoute extends MadeRoute {
  readonly world: RouteWorld;
  /** The services it was made with. */
  readonly services: readonly unknown[];
}

/** Makes virtual hosts, one after the other configuration; what was not touched stays the same object. */
export class VirtualHosts {
  readonly #nameOf: (host: string) => string;
  readonly #routes = new WeakMap<Entry, Map<string, KnownRoute>>();
  #ordered = new Map<string, HostOrder>();
  #hosts = new Map<string, KnownHost>();

  constructor(nameOf: (host: string) => string) {
    this.#nameOf = nameOf;
  }

  /** By name. */
  make(entries: readonly Entry[], world: RouteWorld): Map<string, JsonObject> {
    const lists = byHost(entries, world.plugins.hosts);
    this.#sort(lists);
    const hosts = new Map<string, KnownHost>();
    for (const host of lists.keys()) hosts.set(host, this.#host(host, world));
    this.#hosts = hosts;
    return new Map([...hosts].map(([host, { body }]) => [this.#nameOf(host), body]));
  }

  placements(): Placement[] {
    return [...this.#hosts].flatMap(([host, { entries, made }]) =>
      entries.map(({ name }, index) => ({ route: name, host, why: made[index]?.why })),
    );
  }

  #sort(lists: ReadonlyMap<string, readonly Entry[]>): void {
    const ordered = new Map<string, HostOrder>();
    for (const [host, given] of lists) {
      const before = this.#ordered.get(host);
      ordered.set(
        host,
        before !== undefined && isSame(before.given, given) ? before : { given, sorted: inOrder(given) },
      );
    }
    this.#ordered = ordered;
  }

  #host(host: string, world: RouteWorld): KnownHost {
    const before = this.#hosts.get(host);
    const entries = this.#entriesOf(host);
    const made = entries.map((entry) => this.#route(entry, host, world));
    if (before !== undefined && isSame(before.made, made)) return { ...before, entries };
    const bodies = made.flatMap((one) => one.bodies);
    return { entries, made, body: virtualHost(this.#nameOf(host), host, bodies) };
  }

  /** A host's own routes, then those of less specific hosts, as far as anything can reach them. */
  #entriesOf(host: string): readonly Entry[] {
    const entries: Entry[] = [];
    for (const one of [host, ...coveringHosts(host)]) {
      for (const entry of this.#ordered.get(one)?.sorted ?? []) {
        entries.push(entry);
        if (takesAll(entry)) return entries;
      }
    }
    return entries;
  }

  #route(entry: Entry, host: string, world: RouteWorld): MadeRoute {
    const known = this.#routes.get(entry) ?? new Map<string, KnownRoute>();
    this.#routes.set(entry, known);
    const before = known.get(host);
    const services = servicesOf(entry, world);
    if (before !== undefined && isUsable(before, world) && isSame(before.services, services)) return before;
    const made = { ...makeRoute(entry, host, world), world, services };
    known.set(host, made);
    return made;
  }
}

/** What of the services a route's own fields are made of. */
function servicesOf(entry: Entry, { services }: RouteWorld): readonly unknown[] {
  if ("why" in entry) return [];
  return (entry.http?.services ?? []).flatMap(({ name }) => {
    const service = services.get(name);
    return [service?.protocol, service?.hash];
  });
}

function isUsable({ world }: KnownRoute, { plugins, timeout }: RouteWorld): boolean {
  return world.plugins === plugins && world.timeout === timeout;
}

function isSame(before: readonly unknown[], after: readonly unknown[]): boolean {
  return before.length === after.length && after.every((one, index) => before[index] === one);
}
