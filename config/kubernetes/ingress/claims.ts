import { byAge, type Resource } from "../resource.ts";

/** Who claims what: hosts, routes, services. Kept up to date object by object, so that finding what is contested costs nothing more. */
export class Claims {
  readonly #claimants = new Map<string, Set<Resource>>();
  readonly #contested = new Set<string>();

  add(resource: Resource, keys: Iterable<string>): void {
    for (const key of keys) {
      const claimants = this.#claimants.get(key);
      if (claimants === undefined) this.#claimants.set(key, new Set([resource]));
      else if (claimants.add(resource).size > 1) this.#contested.add(key);
    }
  }

  remove(resource: Resource, keys: Iterable<string>): void {
    for (const key of keys) {
      const claimants = this.#claimants.get(key);
      if (claimants?.delete(resource) !== true) continue;
      if (claimants.size < 2) this.#contested.delete(key);
      if (claimants.size === 0) this.#claimants.delete(key);
    }
  }

  /** What several claim, with who they are, the oldest first. */
  *contested(): Iterable<readonly [key: string, claimants: readonly Resource[]]> {
    for (const key of this.#contested) yield [key, this.of(key)];
  }

  /** Who claims it, the oldest first. */
  of(key: string): readonly Resource[] {
    return [...(this.#claimants.get(key) ?? [])].sort(byAge);
  }
}
