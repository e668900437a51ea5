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

/** What is stored under hosts, by how well a host fits: the name itself, then wildcards, the longest first, then `*`. */
export class HostIndex<T> {
  readonly #exact = new Map<string, T>();
  /** `*.example.com` under `example.com`. */
  readonly #wildcards = new Map<string, T>();
  #any: T | undefined;

  /** What is stored under a pattern, made first when there is nothing. Throws an Error when the pattern is none. */
  ensure(pattern: string, make: () => T): T {
    if (pattern === "*") return (this.#any ??= make());
    const wildcard = pattern.startsWith("*.");
    const name = normalizeHost(wildcard ? pattern.slice(2) : pattern);
    if (name === "" || name.includes("*")) {
      throw new Error(`"${pattern}" is not a host: write api.example.com, *.example.com or *.`);
    }
    const map = wildcard ? this.#wildcards : this.#exact;
    let value = map.get(name);
    if (value === undefined) map.set(name, (value = make()));
    return value;
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
