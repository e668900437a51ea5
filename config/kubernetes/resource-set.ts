import { byAge, type KindName, kindNameOf, type Resource } from "./resource.ts";

/** What an object is known by, and what lists of objects are. */
export type ResourceKey = string;

/** The key of one object. */
export function keyOf(kind: KindName, namespace: string, name: string): ResourceKey {
  return `${kind} ${namespace}/${name}`;
}

/** The key of a list: of one namespace, or of all. */
export function listKeyOf(kind: KindName, namespace?: string): ResourceKey {
  return namespace === undefined ? `${kind} *` : `${kind} ${namespace}/*`;
}

/** All objects there are, with what has changed since somebody looked. */
export class ResourceSet {
  readonly #kinds = new Map<KindName, Map<ResourceKey, Resource>>();
  readonly #sorted = new Map<ResourceKey, readonly Resource[]>();
  #changed = new Set<ResourceKey>();

  get(kind: KindName, namespace: string, name: string): Resource | undefined {
    return this.#kinds.get(kind)?.get(keyOf(kind, namespace, name));
  }

  /** The older first. */
  list(kind: KindName, namespace?: string): readonly Resource[] {
    const key = listKeyOf(kind, namespace);
    let sorted = this.#sorted.get(key);
    if (sorted === undefined) {
      const all = [...(this.#kinds.get(kind)?.values() ?? [])];
      const inside = namespace === undefined ? all : all.filter(({ metadata }) => metadata.namespace === namespace);
      this.#sorted.set(key, (sorted = inside.sort(byAge)));
    }
    return sorted;
  }

  put(resource: Resource): void {
    const kind = kindNameOf(resource);
    const { namespace, name } = resource.metadata;
    const key = keyOf(kind, namespace, name);
    let objects = this.#kinds.get(kind);
    if (objects === undefined) this.#kinds.set(kind, (objects = new Map()));
    if (objects.get(key) === resource) return;
    objects.set(key, resource);
    this.#touch(kind, namespace, key);
  }

  delete(resource: Resource): void {
    const kind = kindNameOf(resource);
    const { namespace, name } = resource.metadata;
    const key = keyOf(kind, namespace, name);
    if (this.#kinds.get(kind)?.delete(key) === true) this.#touch(kind, namespace, key);
  }

  /** The keys, of objects and of lists, that changed since the last call. */
  takeChanges(): ReadonlySet<ResourceKey> {
    const changed = this.#changed;
    this.#changed = new Set();
    return changed;
  }

  #touch(kind: KindName, namespace: string, key: ResourceKey): void {
    const lists = [listKeyOf(kind), listKeyOf(kind, namespace)];
    for (const list of lists) this.#sorted.delete(list);
    for (const touched of [key, ...lists]) this.#changed.add(touched);
  }
}
