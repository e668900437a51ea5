import { indexPatterns, type PatternHit } from "#src/core/pattern.ts";
import { compileRegex } from "#src/core/regex.ts";
import type { Route } from "#src/core/route.ts";
import { headerReader, type RouteInput } from "./route-input.ts";
import { compileValue, type ValueTest } from "./value-match.ts";

/** A route and its place in its group. */
export interface Member {
  readonly route: Route;
  readonly order: number;
}

interface HeaderTest {
  readonly read: (input: RouteInput) => string | null;
  readonly test: ValueTest;
}

interface QueryTest {
  readonly name: string;
  readonly test: ValueTest;
}

/** What a request must fulfil beside host and path. */
export interface Conditions {
  /** Only of routes whose path is an expression. */
  readonly path: RegExp | undefined;
  readonly methods: ReadonlySet<string> | undefined;
  readonly listeners: ReadonlySet<string> | undefined;
  readonly headers: readonly HeaderTest[];
  readonly query: readonly QueryTest[];
}

/** All routes of a group that have the same conditions: only the model tells them apart. */
export interface Alternative extends Conditions {
  readonly byModel: ((model: string) => PatternHit<Member> | undefined) | undefined;
  /** The first route without models. */
  readonly plain: Member | undefined;
  /** All of them, in their order. */
  readonly members: readonly Member[];
}

/**
 * The routes of one host and one path. Tiers are ordered, better first; within a tier all conditions weigh the same. Alternatives are tried
 * one by one: only here does a look-up grow with the number of routes, those that differ in methods, headers, query or path expression.
 */
export interface RouteGroup {
  /** In their order. */
  readonly routes: readonly Route[];
  readonly tiers: readonly (readonly Alternative[])[];
}

/** The group of some routes. `named` wraps what a route's expressions throw. */
export function buildGroup(routes: readonly Route[], named: (route: Route, error: unknown) => Error): RouteGroup {
  const tiers = new Map<string, Map<string, Member[]>>();
  for (const [order, route] of routes.entries()) {
    const member: Member = { route, order };
    const bySignature = ensure(tiers, weight(member.route), () => new Map<string, Member[]>());
    ensure(bySignature, signature(member.route), () => []).push(member);
  }
  const ordered = [...tiers.entries()].sort(([a], [b]) => (a < b ? 1 : -1));
  return {
    routes,
    tiers: ordered.map(([, same]) => Array.from(same.values(), (members) => alternative(members, named))),
  };
}

function ensure<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}

/** Sorts as text: the greater the better. */
function weight({ match }: Route): string {
  const count = (list: readonly unknown[] | undefined): string => String(list?.length ?? 0).padStart(6, "0");
  return `${match.methods === undefined ? 0 : 1}${count(match.headers)}${count(match.query)}`;
}

function signature({ match }: Route): string {
  const { methods, headers, query, listeners, path } = match;
  const expression = "regex" in path ? path.regex : undefined;
  if ((methods ?? headers ?? query ?? listeners ?? expression) === undefined) return "";
  return JSON.stringify([methods, headers, query, listeners, expression]);
}

function alternative(members: readonly Member[], named: (route: Route, error: unknown) => Error): Alternative {
  const first = members[0] as Member;
  return {
    ...guarded(first, named, () => conditions(first.route)),
    byModel: modelIndex(members, named),
    plain: members.find(({ route }) => route.match.models === undefined),
    members,
  };
}

function modelIndex(
  members: readonly Member[],
  named: (route: Route, error: unknown) => Error,
): Alternative["byModel"] {
  const entries: [string, Member][] = [];
  for (const member of members) {
    for (const pattern of member.route.match.models ?? []) {
      // Compiled here already, so that an error is laid at the right route's door.
      if (pattern.startsWith("~")) guarded(member, named, () => compileRegex(pattern.slice(1), "search"));
      entries.push([pattern, member]);
    }
  }
  const restricted = members.some(({ route }) => route.match.models !== undefined);
  return restricted ? indexPatterns(entries) : undefined;
}

function guarded<T>(member: Member, named: (route: Route, error: unknown) => Error, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw named(member.route, error);
  }
}

function conditions({ match }: Route): Conditions {
  const { path, methods, listeners, headers = [], query = [] } = match;
  return {
    path: "regex" in path ? compileRegex(path.regex, "full") : undefined,
    methods: methods === undefined ? undefined : new Set(methods.map((method) => method.toUpperCase())),
    listeners: listeners === undefined ? undefined : new Set(listeners),
    headers: headers.map((value) => ({ read: headerReader(value.name), test: compileValue(value) })),
    query: query.map((value) => ({ name: value.name, test: compileValue(value) })),
  };
}
