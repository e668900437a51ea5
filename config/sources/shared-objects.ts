import { kindNameOf, type Resource } from "../kubernetes/resource.ts";
import { keyOf, type ResourceKey, type ResourceSet } from "../kubernetes/resource-set.ts";

/** An object of a file that does not count. */
export interface HiddenObject {
  readonly file: string;
  readonly resource: Resource;
  /** The file whose object stands for it. */
  readonly by: string;
}

/** Objects of several files in one set: of those that say they are the same, the first file's counts, by name. */
export class SharedObjects {
  readonly #set: ResourceSet;
  readonly #files = new Map<string, ReadonlyMap<ResourceKey, Resource>>();
  readonly #holders = new Map<ResourceKey, Set<string>>();
  /** What several files hold. */
  readonly #contested = new Set<ResourceKey>();

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

  has(file: string): boolean {
    return this.#files.has(file);
  }

  /** Objects that another file's stand for. */
  get hidden(): readonly HiddenObject[] {
    return [...this.#contested].sort().flatMap((key) => {
      const [by = "", ...files] = [...(this.#holders.get(key) ?? [])].sort();
      return files.flatMap((file) => {
        const resource = this.#files.get(file)?.get(key);
        return resource === undefined ? [] : [{ file, resource, by }];
      });
    });
  }

  #settle(key: ResourceKey, gone: Resource | undefined): void {
    if (this.#holdersOf(key).size > 1) this.#contested.add(key);
    else this.#contested.delete(key);
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
