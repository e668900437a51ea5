import { PersistentMap } from "#src/core/persistent-map.ts";
import type { PathMatch } from "#src/core/route.ts";

/** Where a path match is stored. All expressions share one place. */
export interface PathPlace {
  readonly kind: "exact" | "prefix" | "regex" | "root";
  /** A prefix without its last slash; empty for expressions and the root. */
  readonly path: string;
  /** Equal texts for the same place. */
  readonly key: string;
}

/** The place of a match. Throws an Error when it is no path. */
export function pathPlace(match: PathMatch): PathPlace {
  if ("regex" in match) return REGEX;
  const kind = "prefix" in match ? "prefix" : "exact";
  const path = "prefix" in match ? match.prefix.replace(/\/$/, "") : match.exact;
  if (kind === "prefix" && path === "") return ROOT;
  if (!path.startsWith("/")) throw new Error(`"${path}" is not a path: it must begin with a slash.`);
  return { kind, path, key: `${kind} ${path}` };
}

const REGEX: PathPlace = { kind: "regex", path: "", key: "regex" };
const ROOT: PathPlace = { kind: "root", path: "", key: "root" };

interface Places<T> {
  readonly exact: PersistentMap<T>;
  /** Without their last slash. */
  readonly prefix: PersistentMap<T>;
  /** The most segments among the prefixes: no more of a path is looked at, however many it has. */
  readonly deepest: number;
  readonly regex: T | undefined;
  readonly root: T | undefined;
}

const NOTHING = PersistentMap.from<never>([]);

const NOWHERE: Places<never> = { exact: NOTHING, prefix: NOTHING, deepest: 0, regex: undefined, root: undefined };

/**
 * What is stored under paths, by how well a path fits: the path itself, then prefixes of whole segments, the longest first, then whatever
 * matches by expression, then the prefix `/`. The Gateway API leaves the place of expressions open; before `/` they work beside a
 * catch-all, and behind the other prefixes they cost only requests that nothing else fits.
 * It is never changed: changes make another one.
 */
export class PathIndex<T> {
  readonly #places: Places<T>;

  private constructor(places: Places<T>) {
    this.#places = places;
  }

  static empty<T>(): PathIndex<T> {
    return new PathIndex<T>(NOWHERE);
  }

  get isEmpty(): boolean {
    const { exact, prefix, regex, root } = this.#places;
    return exact.size === 0 && prefix.size === 0 && regex === undefined && root === undefined;
  }

  /** What is stored under the very place. */
  at({ kind, path }: PathPlace): T | undefined {
    const places = this.#places;
    return kind === "regex" || kind === "root" ? places[kind] : places[kind].get(path);
  }

  /** The index with these changes; undefined stands for what is gone. */
  with(changes: Iterable<readonly [PathPlace, T | undefined]>): PathIndex<T> {
    let { deepest, regex, root } = this.#places;
    const own = { exact: new Map<string, T | undefined>(), prefix: new Map<string, T | undefined>() };
    for (const [{ kind, path }, value] of changes) {
      if (kind === "regex") regex = value;
      else if (kind === "root") root = value;
      else own[kind].set(path, value);
      // Not less again when the deepest one goes: it only says how far is looked.
      if (kind === "prefix") deepest = Math.max(deepest, path.split("/").length - 1);
    }
    const { exact, prefix } = this.#places;
    return new PathIndex({ exact: exact.with(own.exact), prefix: prefix.with(own.prefix), deepest, regex, root });
  }

  /** Calls `visit` with what fits, best first, until it answers something. */
  search<R>(path: string, visit: (value: T) => R | undefined): R | undefined {
    const exact = this.#places.exact.get(path);
    const result = exact === undefined ? undefined : visit(exact);
    if (result !== undefined) return result;
    if (this.#places.deepest > 0) {
      const found = this.#searchPrefixes(path, visit);
      if (found !== undefined) return found;
    }
    const matched = this.#places.regex === undefined ? undefined : visit(this.#places.regex);
    if (matched !== undefined) return matched;
    return this.#places.root === undefined ? undefined : visit(this.#places.root);
  }

  #searchPrefixes<R>(path: string, visit: (value: T) => R | undefined): R | undefined {
    let end = 0;
    for (let depth = 0; depth < this.#places.deepest && end < path.length; depth++) {
      const slash = path.indexOf("/", end + 1);
      end = slash === -1 ? path.length : slash;
    }
    for (; end > 0; end = path.lastIndexOf("/", end - 1)) {
      const value = this.#places.prefix.get(end === path.length ? path : path.slice(0, end));
      const result = value === undefined ? undefined : visit(value);
      if (result !== undefined) return result;
    }
    return undefined;
  }
}
