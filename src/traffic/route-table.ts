/**
 * Finds the route of a request. Of all routes that match, the best one is taken, as the Gateway API orders them (HTTPRouteSpec.hostnames
 * and HTTPRouteRule.matches): the more specific host, then the more specific path (see {@link PathIndex}), then a match with methods,
 * with more headers, with more query parameters; then one with models before one without, the better pattern first; then the order in
 * the list. A host whose routes all fail does not end the search: less specific paths and then less specific hosts follow, since the
 * Gateway API orders matches and gives no host a claim to what it cannot serve.
 */
import { editsBetween } from "#src/core/list-edits.ts";
import type { Pattern } from "#src/core/pattern.ts";
import type { Route } from "#src/core/route.ts";
import { HostIndex, hostKey } from "./host-index.ts";
import { checkPath } from "./normalize-path.ts";
import { PathIndex, type PathPlace, pathPlace } from "./path-index.ts";
import { buildGroup, type Alternative, type Member, type RouteGroup } from "./route-group.ts";
import { RequestView } from "./request-view.ts";
import type { RouteInput } from "./route-input.ts";

export type { RouteInput } from "./route-input.ts";

/** The answer when the best route depends on the model: the request's body must tell it. */
export interface ModelChoice {
  /** Undefined when no route takes this model, nor any without models. */
  pick(model: string): Route | undefined;
  /** Every route that could be picked for some model, the better first. */
  all(): readonly Route[];
}

/** An immutable set of routes, indexed. */
export interface RouteTable {
  /** Throws the Fault `invalid_request` when the path hides another one (see `checkPath`). */
  find(input: RouteInput): Route | ModelChoice | undefined;
  /** It is one of those that the table was made of. */
  has(route: Route): boolean;
  /** For a request that `find` answered nothing to: the methods for which its host, path, headers and query have a route, sorted. */
  allowedMethods(input: RouteInput): readonly string[];
}

/** Tells the two answers of `find` apart. */
export function isModelChoice(found: Route | ModelChoice): found is ModelChoice {
  return "pick" in found;
}

/** By hosts and then by paths. */
type Hosts = HostIndex<PathIndex<RouteGroup>>;

/** A table that another one may be made of. */
export interface IndexedRouteTable extends RouteTable {
  readonly routes: readonly Route[];
  readonly hosts: Hosts;
}

const EMPTY: Pick<IndexedRouteTable, "routes" | "hosts"> = { routes: [], hosts: HostIndex.empty() };

/**
 * Indexes routes. Made of another table, only the paths of hosts are built for which it has other routes; all else is shared with it. Throws
 * an Error naming the route when a host, a path or an expression is not valid.
 */
export function createRouteTable(
  routes: readonly Route[],
  before: Pick<IndexedRouteTable, "routes" | "hosts"> = EMPTY,
): IndexedRouteTable {
  const hosts = before.hosts.with(changedHosts(routes, before));
  return {
    routes,
    hosts,
    find: (input) => find(hosts, input),
    has: (route) => routesBeside(hosts, route).includes(route),
    allowedMethods: (input) => allowedMethods(hosts, input),
  };
}

/** What a host or a path has to do with an edit: which of the new routes are its. */
interface Touched {
  readonly place: PathPlace;
  readonly added: Route[];
}

function changedHosts(
  routes: readonly Route[],
  before: Pick<IndexedRouteTable, "routes" | "hosts">,
): ReadonlyMap<string, PathIndex<RouteGroup> | undefined> {
  const edits = editsBetween(before.routes, routes);
  const removed = new Set(edits.flatMap((edit) => edit.removed));
  const touched = new Map<string, Map<string, Touched>>();
  for (const route of removed) touch(route, touched);
  for (const { added } of edits) for (const route of added) for (const one of touch(route, touched)) one.push(route);
  const places = new Places(routes);
  const changed = new Map<string, PathIndex<RouteGroup> | undefined>();
  for (const [host, byPath] of touched) {
    const paths = before.hosts.at(host) ?? PathIndex.empty<RouteGroup>();
    const next = paths.with(
      Array.from(byPath.values(), ({ place, added }) => [place, regrouped(paths.at(place), removed, added, places)]),
    );
    changed.set(host, next.isEmpty ? undefined : next);
  }
  return changed;
}

/** Answers the lists of new routes at all places of a route. */
function touch(route: Route, touched: Map<string, Map<string, Touched>>): readonly Route[][] {
  const { hosts, place } = placesOf(route);
  return hosts.map((host) => {
    let byPath = touched.get(host);
    if (byPath === undefined) touched.set(host, (byPath = new Map()));
    let one = byPath.get(place.key);
    if (one === undefined) byPath.set(place.key, (one = { place, added: [] }));
    return one.added;
  });
}

/** The routes of one path, some without others, in the order of all; undefined when none is left. */
function regrouped(
  before: RouteGroup | undefined,
  removed: ReadonlySet<Route>,
  added: readonly Route[],
  places: Places,
): RouteGroup | undefined {
  const kept = before?.routes.filter((route) => !removed.has(route)) ?? [];
  if (kept.length === 0 && added.length === 0) return undefined;
  const routes = kept.length === 0 || added.length === 0 ? [...kept, ...added] : places.sorted([...kept, ...added]);
  return buildGroup(routes, named);
}

/** Where routes stand in a list. */
class Places {
  readonly #routes: readonly Route[];
  #asked = 0;
  #index: ReadonlyMap<Route, number> | undefined;

  constructor(routes: readonly Route[]) {
    this.#routes = routes;
  }

  sorted(some: readonly Route[]): readonly Route[] {
    return some
      .map((route) => ({ route, at: this.#of(route) }))
      .sort((a, b) => a.at - b.at)
      .map(({ route }) => route);
  }

  /** To look for a few is quicker than to index all. */
  #of(route: Route): number {
    if (this.#index === undefined && this.#asked++ < 16) return this.#routes.indexOf(route);
    this.#index ??= new Map(this.#routes.map((one, at) => [one, at]));
    return this.#index.get(route) ?? -1;
  }
}

/** Where a route is stored. */
interface RoutePlaces {
  readonly hosts: readonly string[];
  readonly place: PathPlace;
}

const placesKnown = new WeakMap<Route, RoutePlaces>();

function placesOf(route: Route): RoutePlaces {
  let places = placesKnown.get(route);
  if (places === undefined) {
    const { hosts, path } = route.match;
    try {
      places = {
        hosts: hosts.length === 1 ? hosts.map(hostKey) : [...new Set(hosts.map(hostKey))],
        place: pathPlace(path),
      };
    } catch (error) {
      throw named(route, error);
    }
    placesKnown.set(route, places);
  }
  return places;
}

/** The routes at the same place, itself among them if it is in the table. */
function routesBeside(hosts: Hosts, route: Route): readonly Route[] {
  const {
    hosts: [host = ""],
    place,
  } = placesOf(route);
  return hosts.at(host)?.at(place)?.routes ?? [];
}

function named(route: Route, error: unknown): Error {
  const why = error instanceof Error ? error.message : String(error);
  return new Error(`Route "${route.name}": ${why}`, { cause: error });
}

/** Stands for "ask for the model" while searching without one. */
const NEEDS_MODEL = Symbol("needs model");

function find(hosts: Hosts, input: RouteInput): Route | ModelChoice | undefined {
  checkPath(input.path);
  const view = new RequestView(input);
  const found = search(hosts, view, undefined);
  if (found !== NEEDS_MODEL) return found;
  return { pick: (model) => search(hosts, view, model) as Route | undefined, all: () => all(hosts, view) };
}

function search(hosts: Hosts, view: RequestView, model: string | undefined): Route | typeof NEEDS_MODEL | undefined {
  const inGroup = (group: RouteGroup): Route | typeof NEEDS_MODEL | undefined => searchGroup(group, view, model);
  return hosts.search(view.input.host, (paths) => paths.search(view.input.path, inGroup));
}

function all(hosts: Hosts, view: RequestView): readonly Route[] {
  const routes = new Set<Route>();
  hosts.search(view.input.host, (paths) =>
    paths.search(view.input.path, ({ tiers }) => {
      const passing = tiers.flat().filter((alternative) => view.passes(alternative));
      for (const { route } of passing.flatMap(({ members }) => members)) routes.add(route);
      return undefined;
    }),
  );
  return [...routes];
}

/** The best route of a tier so far, and the pattern that led to it. */
interface Candidate {
  readonly member: Member;
  readonly pattern: Pattern | undefined;
}

function searchGroup(
  group: RouteGroup,
  view: RequestView,
  model: string | undefined,
): Route | typeof NEEDS_MODEL | undefined {
  for (const tier of group.tiers) {
    let best: Candidate | undefined;
    for (const alternative of tier) {
      if (!view.passes(alternative)) continue;
      if (alternative.byModel !== undefined && model === undefined) return NEEDS_MODEL;
      const candidate = candidateOf(alternative, model);
      if (candidate !== undefined && (best === undefined || beats(candidate, best))) best = candidate;
    }
    if (best !== undefined) return best.member.route;
  }
  return undefined;
}

function candidateOf({ byModel, plain }: Alternative, model: string | undefined): Candidate | undefined {
  const hit = model === undefined ? undefined : byModel?.(model);
  if (hit !== undefined) return { member: hit.value, pattern: hit.pattern };
  return plain === undefined ? undefined : { member: plain, pattern: undefined };
}

function beats(a: Candidate, b: Candidate): boolean {
  const rank = rankOf(a) - rankOf(b);
  if (rank !== 0) return rank < 0;
  if (a.pattern?.kind === "prefix" && b.pattern?.kind === "prefix" && a.pattern.text.length !== b.pattern.text.length) {
    return a.pattern.text.length > b.pattern.text.length;
  }
  return a.member.order < b.member.order;
}

/** No pattern at all comes after every kind of pattern. */
function rankOf({ pattern }: Candidate): number {
  return pattern?.rank ?? 4;
}

function allowedMethods(hosts: Hosts, input: RouteInput): readonly string[] {
  const view = new RequestView(input);
  const methods = new Set<string>();
  hosts.search(input.host, (paths) =>
    paths.search(input.path, (group) => {
      for (const tier of group.tiers) {
        for (const alternative of tier) {
          const { methods: taken, members } = alternative;
          if (taken === undefined || members.every(({ route }) => route.hidesMethods === true)) continue;
          if (view.passesBesidesMethod(alternative)) for (const method of taken) methods.add(method);
        }
      }
      return undefined;
    }),
  );
  return [...methods].sort();
}
