import { kindNameOf, type Resource } from "../kubernetes/resource.ts";
import { keyOf, type ResourceKey, type ResourceSet } from "../kubernetes/resource-set.ts";

/** Objects of several files in one set: of those that say they are the same, the first file's counts, by name. */
export class SharedObjects {
  readonly #set: ResourceSet;
  readonly #files = new Map<string, ReadonlyMap<ResourceKey, Resource>>();
  readonly #holders = new Map<ResourceKey, Set<string>>();

  constructor(set: ResourceSet) {
    this.#set = set;
  }

  get files(): readonly string[] {
    return [...this.#files.keys()];
  }

  /** Puts a file's objects in the place of those it had. */
  update(file: string, resources: readonly Resource[]): void {
    const before = this.#files.get(file) ?? new Map<ResourceKey, Resource>();
    const now = new Map(resources.map((resource) => [resourceKey(resource), resource]));
    if (now.size === 0) this.#files.delete(file);
    else this.#files.set(file, now);
    for (const key of now.keys()) this.#holdersOf(key).add(file);
    for (const key of before.keys()) if (!now.has(key)) this.#holdersOf(key).delete(file);
    for (const key of new Set([...before.keys(), ...now.keys()])) this.#settle(key, before.get(key));
  }

  /** Objects of a file that another file's stand for. */
  hidden(file: string): readonly { readonly resource: Resource; readonly by: string }[] {
    return [...(this.#files.get(file) ?? [])].flatMap(([key, resource]) => {
      const by = this.#winner(key);
      return by === undefined || by === file ? [] : [{ resource, by }];
    });
  }

  #settle(key: ResourceKey, gone: Resource | undefined): void {
    const winner = this.#winner(key);
    const resource = winner === undefined ? undefined : this.#files.get(winner)?.get(key);
    if (resource !== undefined) this.#set.put(resource);
    else if (gone !== undefined) {
      this.#set.delete(gone);
      this.#holders.delete(key);
    }
  }

  #winner(key: ResourceKey): string | undefined {
    const holders = this.#holders.get(key);
    if (holders === undefined || holders.size < 2) return holders?.values().next().value;
    return [...holders].sort()[0];
  }

  #holdersOf(key: ResourceKey): Set<string> {
    let holders = this.#holders.get(key);
    if (holders === undefined) this.#holders.set(key, (holders = new Set()));
    return holders;
  }
}

function resourceKey(resource: Resource): ResourceKey {
  return keyOf(kindNameOf(resource), resource.metadata.namespace, resource.metadata.name);
}
