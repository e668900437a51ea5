/**
 * Finds the route of a request. Of all routes that match, the best one is taken, as the Gateway API orders them (HTTPRouteSpec.hostnames
 * and HTTPRouteRule.matches): the more specific host, then the more specific path (see {@link PathIndex}), then a match with methods,
 * with more headers, with more query parameters; then one with models before one without, the better pattern first; then the order in
 * the list. A host whose routes all fail does not end the search: less specific paths and then less specific hosts follow, since the
 * Gateway API orders matches and gives no host a claim to what it cannot serve.
 */
import type { Pattern } from "#src/core/pattern.ts";
import type { Route } from "#src/core/route.ts";
import { HostIndex, normalizeHost } from "./host-index.ts";
import { checkPath } from "./normalize-path.ts";
import { PathIndex } from "./path-index.ts";
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

/** The routes of one host. */
interface HostRoutes {
  /** In their order. */
  readonly routes: readonly Route[];
  readonly paths: PathIndex<RouteGroup>;
}

type Hosts = HostIndex<HostRoutes>;

/** A table that another one may be made of. */
export interface IndexedRouteTable extends RouteTable {
  /** By the hosts' names as they were written. */
  readonly byHost: ReadonlyMap<string, HostRoutes>;
}

/**
 * Indexes routes; hosts that have the same routes as in `before` are taken from there. Throws an Error naming the route when a host, a path
 * or an expression is not valid.
 */
export function createRouteTable(routes: readonly Route[], before?: IndexedRouteTable): IndexedRouteTable {
  const byHost = new Map<string, HostRoutes>();
  const hosts: Hosts = new HostIndex();
  for (const [host, own] of routesByHost(routes)) {
    const known = before?.byHost.get(host);
    const indexed = known !== undefined && sameRoutes(known.routes, own) ? known : indexedHost(own);
    byHost.set(host, indexed);
    try {
      hosts.ensure(host, () => indexed);
    } catch (error) {
      throw named(own[0] as Route, error);
    }
  }
  const own = new Set(routes);
  return {
    byHost,
    find: (input) => find(hosts, input),
    has: (route) => own.has(route),
    allowedMethods: (input) => allowedMethods(hosts, input),
  };
}

/** Hosts that are written in several ways are one. */
function routesByHost(routes: readonly Route[]): ReadonlyMap<string, readonly Route[]> {
  const byHost = new Map<string, Route[]>();
  for (const route of routes) {
    for (const name of hostNames(route)) {
      const own = byHost.get(name);
      if (own === undefined) byHost.set(name, [route]);
      else if (own.at(-1) !== route) own.push(route);
    }
  }
  return byHost;
}

const namesOf = new WeakMap<Route, readonly string[]>();

function hostNames(route: Route): readonly string[] {
  let names = namesOf.get(route);
  if (names === undefined) {
    const { hosts } = route.match;
    const normal = (host: string): string =>
      host.startsWith("*.") ? `*.${normalizeHost(host.slice(2))}` : normalizeHost(host);
    names = hosts.length === 1 ? hosts.map(normal) : [...new Set(hosts.map(normal))];
    namesOf.set(route, names);
  }
  return names;
}

function sameRoutes(a: readonly Route[], b: readonly Route[]): boolean {
  return a.length === b.length && a.every((route, index) => route === b[index]);
}

function indexedHost(routes: readonly Route[]): HostRoutes {
  const paths = new PathIndex<RouteGroup>();
  const groups: RouteGroup[] = [];
  const make = (): RouteGroup => {
    const group: RouteGroup = { members: [], tiers: [] };
    groups.push(group);
    return group;
  };
  for (const [order, route] of routes.entries()) {
    try {
      paths.ensure(route.match.path, make).members.push({ route, order });
    } catch (error) {
      throw named(route, error);
    }
  }
  for (const group of groups) buildGroup(group, named);
  return { routes, paths };
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
  return hosts.search(view.input.host, ({ paths }) => paths.search(view.input.path, inGroup));
}

function all(hosts: Hosts, view: RequestView): readonly Route[] {
  const routes = new Set<Route>();
  hosts.search(view.input.host, ({ paths }) =>
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
  hosts.search(input.host, ({ paths }) =>
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
