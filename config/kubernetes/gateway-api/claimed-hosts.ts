import { covers } from "./hostnames.ts";

/** Hostnames that are taken on a listener, and by whom. */
export class ClaimedHosts<Owner> {
  readonly #hosts = new Map<string, Owner>();
  /** Wildcards that a taken name is below of. */
  readonly #above = new Map<string, Owner>();

  /** Who was first keeps a name. */
  add(host: string, owner: Owner): void {
    if (!this.#hosts.has(host)) this.#hosts.set(host, owner);
    for (const wildcard of wildcardsOver(host)) if (!this.#above.has(wildcard)) this.#above.set(wildcard, owner);
  }

  /** Who has a name that `host` stands for as well. */
  ownerOf(host: string): Owner | undefined {
    const own = this.#hosts.get(host) ?? this.#above.get(host);
    if (own !== undefined) return own;
    for (const wildcard of wildcardsOver(host)) {
      const owner = this.#hosts.get(wildcard);
      if (owner !== undefined) return owner;
    }
    return undefined;
  }
}

/** `*.b.c`, `*.c` and `*` over `a.b.c`. */
function wildcardsOver(host: string): readonly string[] {
  const labels = host.split(".");
  const all = labels.map((_, index) => (index === 0 ? "*" : `*.${labels.slice(index).join(".")}`));
  return all.filter((wildcard) => wildcard !== host && covers(wildcard, host));
}
