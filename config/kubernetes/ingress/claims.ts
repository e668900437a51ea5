import { byAge, type Resource } from "../resource.ts";

/** Who claims what: hosts, routes, services. Kept up to date object by object. */
export class Claims {
  readonly #claimants = new Map<string, Set<Resource>>();

  add(resource: Resource, keys: Iterable<string>): void {
    for (const key of keys) {
      const claimants = this.#claimants.get(key);
      if (claimants === undefined) this.#claimants.set(key, new Set([resource]));
      else claimants.add(resource);
    }
  }

  remove(resource: Resource, keys: Iterable<string>): void {
    for (const key of keys) {
      const claimants = this.#claimants.get(key);
      if (claimants?.delete(resource) === true && claimants.size === 0) this.#claimants.delete(key);
    }
  }

  has(key: string): boolean {
    return this.#claimants.has(key);
  }

  /** Who claims it, the oldest first. */
  of(key: string): readonly Resource[] {
    return [...this.by(key)].sort(byAge);
  }

  /** Who claims it, in no order. */
  by(key: string): Iterable<Resource> {
    return this.#claimants.get(key) ?? [];
  }
}
