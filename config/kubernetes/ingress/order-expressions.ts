import { mapping } from "../../check-values.ts";
import type { MergedEntry, MergePass } from "../merge.ts";

/**
 * Puts the routes of Ingresses whose paths are expressions in the order that Higress and ingress-nginx ask them in: the longer the path, the
 * earlier. They keep the places that such routes have among all others.
 */
export const orderExpressions: MergePass = (merged) => {
  const { routes } = merged.lists;
  let sorted = known.get(routes);
  if (sorted === undefined) known.set(routes, (sorted = ordered(routes)));
  return sorted === routes ? merged : { ...merged, lists: { ...merged.lists, routes: sorted } };
};

type Routes = ReadonlyMap<string, MergedEntry>;

/** A list that did not change comes to the same list again. */
const known = new WeakMap<Routes, Routes>();

function ordered(routes: Routes): Routes {
  const found: Ranked[] = [];
  for (const named of routes) {
    const rank = rankOf(named[1]);
    if (rank !== undefined) found.push({ named, ...rank });
  }
  const sorted = found.toSorted((a, b) => b.path - a.path || a.whole - b.whole);
  if (sorted.every((one, index) => one === found[index])) return routes;
  const next = sorted.values();
  const places = new Set(found.map(({ named: [name] }) => name));
  const result = new Map<string, MergedEntry>();
  for (const [name, entry] of routes) {
    const [key, value] = places.has(name) ? (next.next().value?.named ?? [name, entry]) : [name, entry];
    result.set(key, value);
  }
  return result;
}

interface Rank {
  /** The length of what is written as the path. */
  readonly path: number;
  readonly whole: number;
}

interface Ranked extends Rank {
  readonly named: readonly [string, MergedEntry];
}

/** What stands around a path that is matched without regard to case, or as a prefix: see `path.ts`. */
const AROUND = /^\(\?i\)|(?:\(\?:\/\.\*\)\?|\.\*)$/g;

function rankOf({ written, from }: MergedEntry): Rank | undefined {
  if (from.kind !== "Ingress") return undefined;
  const { regex } = mapping(mapping(written["match"])["path"]);
  return typeof regex === "string" ? { path: regex.replaceAll(AROUND, "").length, whole: regex.length } : undefined;
}
