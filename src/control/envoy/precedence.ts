import type { PathMatch, RouteMatch } from "#src/core/route.ts";
import { segmentsOf } from "./route-match.ts";

/**
 * Envoy takes the first route that fits, the gateway the best one: so routes are put in the order in which the gateway would prefer them
 * (see src/traffic/route-table.ts, whose rules these are). Envoy looks into one virtual host only, the gateway into less specific ones too
 * when nothing fits: so a virtual host has the routes of those behind its own.
 */

/** A route as far as its place is concerned. */
export interface Ordered {
  readonly match: RouteMatch;
}

/** Routes by host pattern, each pattern's list in the order given; with `only`, those patterns alone. */
export function byHost<T extends Ordered>(
  routes: readonly T[],
  extraHosts: readonly string[] = [],
  only?: ReadonlySet<string>,
): Map<string, T[]> {
  const hosts = new Map<string, T[]>();
  for (const route of routes) {
    const own = route.match.hosts;
    for (const host of own.length === 1 ? own : new Set(own)) {
      if (only?.has(host) === false) continue;
      const list = hosts.get(host);
      if (list === undefined) hosts.set(host, [route]);
      else list.push(route);
    }
  }
  for (const host of extraHosts) {
    if (!hosts.has(host) && coveringHosts(host).some((wider) => hosts.has(wider))) hosts.set(host, []);
  }
  return hosts;
}

/** The patterns that take what a host pattern takes and more, the narrower first. */
export function coveringHosts(host: string): string[] {
  if (host === "*") return [];
  const wider: string[] = [];
  const name = host.startsWith("*.") ? host.slice(2) : host;
  for (let dot = name.indexOf("."); dot !== -1; dot = name.indexOf(".", dot + 1))
    wider.push(`*.${name.slice(dot + 1)}`);
  return [...wider, "*"];
}

/** The better first; of equals the one that comes first. */
export function inOrder<T extends Ordered>(routes: readonly T[]): T[] {
  return routes
    .map((route) => ({ route, rank: rankOf(route.match.path), weight: weightOf(route.match) }))
    .sort((a, b) => a.rank[0] - b.rank[0] || b.rank[1] - a.rank[1] || byPath(a.route, b.route) || b.weight - a.weight)
    .map(({ route }) => route);
}

/** Takes everything, so that nothing behind it is ever reached. */
export function takesAll({ match }: Ordered): boolean {
  const { path, methods, headers = [], query = [], listeners } = match;
  const anyPath = "prefix" in path && segmentsOf(path.prefix) === "";
  return anyPath && methods === undefined && listeners === undefined && headers.length + query.length === 0;
}

/** The kind of path, and among prefixes the length: exact, prefixes, expressions, then the root. */
function rankOf(path: PathMatch): readonly [kind: number, length: number] {
  if ("exact" in path) return [0, 0];
  if ("regex" in path) return [2, 0];
  const prefix = segmentsOf(path.prefix);
  return prefix === "" ? [3, 0] : [1, prefix.length];
}

/** Keeps what is said of one path together; which of two paths comes first matters only when both fit, and then they are the same. */
function byPath(a: Ordered, b: Ordered): number {
  const [first, second] = [textOf(a.match.path), textOf(b.match.path)];
  return first < second ? -1 : first > second ? 1 : 0;
}

function textOf(path: PathMatch): string {
  if ("exact" in path) return path.exact;
  return "prefix" in path ? segmentsOf(path.prefix) : "";
}

/** Methods, then headers, then query parameters; and what is for models before what is not, since the tier will know the model. */
function weightOf({ methods, headers = [], query = [], models }: RouteMatch): number {
  const conditions = (methods === undefined ? 0 : 1) * 1e12 + headers.length * 1e6 + query.length;
  return conditions * 2 + (models === undefined ? 0 : 1);
}
