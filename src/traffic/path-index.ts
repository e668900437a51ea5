import type { PathMatch } from "#src/core/route.ts";

/**
 * What is stored under paths, by how well a path fits: the path itself, then prefixes of whole segments, the longest first, then whatever
 * matches by expression, then the prefix `/`. The Gateway API leaves the place of expressions open; before `/` they work beside a
 * catch-all, and behind the other prefixes they cost only requests that nothing else fits.
 */
export class PathIndex<T> {
  readonly #exact = new Map<string, T>();
  /** Without their last slash. */
  readonly #prefixes = new Map<string, T>();
  /** The most segments among the prefixes: no more of a path is looked at, however many it has. */
  #deepest = 0;
  #regex: T | undefined;
  #root: T | undefined;

  /** What is stored under a path match, made first when there is nothing. All expressions share one value. */
  ensure(match: PathMatch, make: () => T): T {
    if ("regex" in match) return (this.#regex ??= make());
    const prefix = "prefix" in match;
    const path = prefix ? match.prefix.replace(/\/$/, "") : match.exact;
    if (prefix && path === "") return (this.#root ??= make());
    if (!path.startsWith("/")) throw new Error(`"${path}" is not a path: it must begin with a slash.`);
    const map = prefix ? this.#prefixes : this.#exact;
    let value = map.get(path);
    if (value === undefined) map.set(path, (value = make()));
    if (prefix) this.#deepest = Math.max(this.#deepest, path.split("/").length - 1);
    return value;
  }

  /** Calls `visit` with what fits, best first, until it answers something. */
  search<R>(path: string, visit: (value: T) => R | undefined): R | undefined {
    const exact = this.#exact.get(path);
    const result = exact === undefined ? undefined : visit(exact);
    if (result !== undefined) return result;
    if (this.#deepest > 0) {
      const found = this.#searchPrefixes(path, visit);
      if (found !== undefined) return found;
    }
    const matched = this.#regex === undefined ? undefined : visit(this.#regex);
    if (matched !== undefined) return matched;
    return this.#root === undefined ? undefined : visit(this.#root);
  }

  #searchPrefixes<R>(path: string, visit: (value: T) => R | undefined): R | undefined {
    let end = 0;
    for (let depth = 0; depth < this.#deepest && end < path.length; depth++) {
      const slash = path.indexOf("/", end + 1);
      end = slash === -1 ? path.length : slash;
    }
    for (; end > 0; end = path.lastIndexOf("/", end - 1)) {
      const value = this.#prefixes.get(end === path.length ? path : path.slice(0, end));
      const result = value === undefined ? undefined : visit(value);
      if (result !== undefined) return result;
    }
    return undefined;
  }
}
