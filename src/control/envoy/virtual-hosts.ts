import type { JsonObject } from "#src/core/json.ts";
import { byHost, coveringHosts, inOrder, takesAll } from "./precedence.ts";
import { type MadeRoute, makeRoute, type RouteWorld } from "./route.ts";
import { virtualHost } from "./route-configuration.ts";
import { type Entry, isSame, type RoutesMade, touchedHosts } from "./touched-hosts.ts";

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
  readonly name: string;
  readonly entries: readonly Entry[];
  readonly made: readonly MadeRoute[];
  readonly body: JsonObject;
}

interface KnownRoute extends MadeRoute {
  readonly world: RouteWorld;
  /** The services it was made with. */
  readonly services: readonly unknown[];
}

/** Makes virtual hosts, one after the other configuration; what was not touched stays the same object, and costs next to nothing. */
export class VirtualHosts {
  readonly #nameOf: (host: string) => string;
  readonly #routes = new WeakMap<Entry, Map<string, KnownRoute>>();
  readonly #ordered = new Map<string, HostOrder>();
  #hosts: ReadonlyMap<string, KnownHost> = new Map();
  #bodies: ReadonlyMap<string, JsonObject> = new Map();
  #last: RoutesMade | undefined;

  constructor(nameOf: (host: string) => string) {
    this.#nameOf = nameOf;
  }

  /** By name. */
  make(entries: readonly Entry[], world: RouteWorld): ReadonlyMap<string, JsonObject> {
    const now = { entries, world };
    const touched = this.#last === undefined ? undefined : touchedHosts(this.#last, now, this.#hosts.keys());
    this.#last = now;
    if (touched === undefined || !this.#change(touched, now)) this.#all(now, touched);
    return this.#bodies;
  }

  /** Makes these hosts anew; answers false, and does nothing, where hosts come or go: their order is that of the routes. */
  #change(touched: ReadonlySet<string>, { entries, world }: RoutesMade): boolean {
    if (touched.size === 0) return true;
    const lists = byHost(entries, [], touched);
    for (const host of touched) if (lists.has(host) !== this.#hosts.has(host)) return false;
    for (const [host, given] of lists) this.#sort(host, given);
    const hosts = new Map(this.#hosts);
    const bodies = new Map(this.#bodies);
    for (const host of lists.keys()) {
      const made = this.#host(host, world);
      hosts.set(host, made);
      bodies.set(made.name, made.body);
    }
    this.#hosts = hosts;
    this.#bodies = bodies;
    return true;
  }

  #all({ entries, world }: RoutesMade, touched: ReadonlySet<string> | undefined): void {
    const lists = byHost(entries, world.plugins.hosts);
    for (const host of this.#ordered.keys()) if (!lists.has(host)) this.#ordered.delete(host);
    for (const [host, given] of lists) if (touched?.has(host) !== false) this.#sort(host, given);
    const hosts = new Map<string, KnownHost>();
    for (const host of lists.keys()) {
      const known = touched?.has(host) === false ? this.#hosts.get(host) : undefined;
      hosts.set(host, known ?? this.#host(host, world));
    }
    this.#hosts = hosts;
    this.#bodies = new Map(Array.from(hosts.values(), ({ name, body }) => [name, body]));
  }

  placements(): Placement[] {
    return [...this.#hosts].flatMap(([host, { entries, made }]) =>
      entries.map(({ name }, index) => ({ route: name, host, why: made[index]?.why })),
    );
  }

  #sort(host: string, given: readonly Entry[]): void {
    const before = this.#ordered.get(host);
    if (before === undefined || !isSame(before.given, given))
      this.#ordered.set(host, { given, sorted: inOrder(given) });
  }

  #host(host: string, world: RouteWorld): KnownHost {
    const before = this.#hosts.get(host);
    const entries = this.#entriesOf(host);
    const made = entries.map((entry) => this.#route(entry, host, world));
    if (before !== undefined && isSame(before.made, made)) return { ...before, entries };
    const bodies = made.flatMap((one) => one.bodies);
    const name = this.#nameOf(host);
    return { name, entries, made, body: virtualHost(name, host, bodies) };
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
