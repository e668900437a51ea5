import { PersistentMap } from "#src/core/persistent-map.ts";

/**
 * A host as the route table wants it: lower case, without port and without the root's dot. `raw` is a `Host` header or the authority of
 * a URL; an IPv6 address keeps its brackets.
 */
export function normalizeHost(raw: string): string {
  const colon = raw.startsWith("[") ? raw.indexOf(":", raw.indexOf("]")) : raw.indexOf(":");
  let end = colon === -1 ? raw.length : colon;
  if (end > 1 && raw.charCodeAt(end - 1) === 46) end -= 1;
  return (end === raw.length ? raw : raw.slice(0, end)).toLowerCase();
}

/** What a host or its wildcard is stored under; hosts that are written in several ways have one. Throws an Error when the pattern is none. */
export function hostKey(pattern: string): string {
  if (pattern === ANY) return ANY;
  const wildcard = pattern.startsWith("*.");
  const name = normalizeHost(wildcard ? pattern.slice(2) : pattern);
  if (name === "" || name.includes("*")) {
    throw new Error(`"${pattern}" is not a host: write api.example.com, *.example.com or *.`);
  }
  return wildcard ? `*.${name}` : name;
}

const ANY = "*";

/** What is stored under hosts, by how well a host fits: the name itself, then wildcards, the longest first, then `*`. Never changed. */
export class HostIndex<T> {
  readonly #exact: PersistentMap<T>;
  /** `*.example.com` under `example.com`. */
  readonly #wildcards: PersistentMap<T>;
  readonly #any: T | undefined;

  private constructor(exact: PersistentMap<T>, wildcards: PersistentMap<T>, any: T | undefined) {
    this.#exact = exact;
    this.#wildcards = wildcards;
    this.#any = any;
  }

  static empty<T>(): HostIndex<T> {
    return new HostIndex<T>(PersistentMap.from<T>([]), PersistentMap.from<T>([]), undefined);
  }

  /** What is stored under the very key. */
  at(key: string): T | undefined {
    if (key === ANY) return this.#any;
    return key.startsWith("*.") ? this.#wildcards.get(key.slice(2)) : this.#exact.get(key);
  }

  /** The index with these changes, by key; undefined stands for what is gone. */
  with(changes: ReadonlyMap<string, T | undefined>): HostIndex<T> {
    const exact = new Map<string, T | undefined>();
    const wildcards = new Map<string, T | undefined>();
    for (const [key, value] of changes) {
      if (key.startsWith("*.")) wildcards.set(key.slice(2), value);
      else if (key !== ANY) exact.set(key, value);
    }
    const any = changes.has(ANY) ? changes.get(ANY) : this.#any;
    return new HostIndex(this.#exact.with(exact), this.#wildcards.with(wildcards), any);
  }

  /** Calls `visit` with what fits, best first, until it answers something. */
  search<R>(host: string, visit: (value: T) => R | undefined): R | undefined {
    const exact = this.#exact.get(host);
    if (exact !== undefined) {
      const result = visit(exact);
      if (result !== undefined) return result;
    }
    if (this.#wildcards.size > 0) {
      for (let dot = host.indexOf("."); dot !== -1; dot = host.indexOf(".", dot + 1)) {
        // The label that `*` stands for must not be empty.
        const value = dot === 0 ? undefined : this.#wildcards.get(host.slice(dot + 1));
        const result = value === undefined ? undefined : visit(value);
        if (result !== undefined) return result;
      }
    }
    return this.#any === undefined ? undefined : visit(this.#any);
  }
}
