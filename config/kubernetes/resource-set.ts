import { isDeepStrictEqual } from "node:util";
import { byAge, type KindName, kindNameOf, type Resource } from "./resource.ts";
import type { Label } from "./translator.ts";

/** What an object is known by, and what lists of objects are. */
export type ResourceKey = string;

/** The key of one object. */
export function keyOf(kind: KindName, namespace: string, name: string): ResourceKey {
  return `${kind} ${namespace}/${name}`;
}

/** The key of a list: of one namespace, or of all; of what has a label. */
export function listKeyOf(kind: KindName, namespace?: string, label?: Label): ResourceKey {
  const list = namespace === undefined ? `${kind} *` : `${kind} ${namespace}/*`;
  return label === undefined ? list : `${list} ${label[0]}=${label[1]}`;
}

/** All objects there are, with what has changed since somebody looked. */
export class ResourceSet {
  readonly #kinds = new Map<KindName, Map<ResourceKey, Resource>>();
  readonly #sorted = new Map<ResourceKey, readonly Resource[]>();
  /** Lists by the values of a label, so that thousands of services each find their slices in a step. */
  readonly #labelled = new Map<ResourceKey, Map<string, ReadonlyMap<string, readonly Resource[]>>>();
  #changed = new Set<ResourceKey>();

  get(kind: KindName, namespace: string, name: string): Resource | undefined {
    return this.#kinds.get(kind)?.get(keyOf(kind, namespace, name));
  }

  /** The older first; with `label` those that have it. */
  list(kind: KindName, namespace?: string, label?: Label): readonly Resource[] {
    return label === undefined ? this.#list(kind, namespace) : this.#withLabel(kind, namespace, label);
  }

  #withLabel(kind: KindName, namespace: string | undefined, [name, value]: Label): readonly Resource[] {
    const key = listKeyOf(kind, namespace);
    let byName = this.#labelled.get(key);
    if (byName === undefined) this.#labelled.set(key, (byName = new Map()));
    let byValue = byName.get(name);
    if (byValue === undefined) {
      const having = this.#list(kind, namespace).filter(({ metadata }) => metadata.labels[name] !== undefined);
      byName.set(name, (byValue = Map.groupBy(having, ({ metadata }) => metadata.labels[name] ?? "")));
    }
    return byValue.get(value) ?? [];
  }

  #list(kind: KindName, namespace: string | undefined): readonly Resource[] {
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
    const before = objects.get(key);
    if (before === resource) return;
    objects.set(key, resource);
    if (before === undefined || !isSameButForStatus(before, resource)) this.#touch(kind, resource, before);
    else this.#forgetLists(kind, namespace);
  }

  delete(resource: Resource): void {
    const kind = kindNameOf(resource);
    const { namespace, name } = resource.metadata;
    const key = keyOf(kind, namespace, name);
    const objects = this.#kinds.get(kind);
    const before = objects?.get(key);
    if (objects?.delete(key) === true) this.#touch(kind, before ?? resource, undefined);
  }

  /** The keys, of objects and of lists, that changed since the last call. */
  takeChanges(): ReadonlySet<ResourceKey> {
    const changed = this.#changed;
    this.#changed = new Set();
    return changed;
  }

  #touch(kind: KindName, resource: Resource, before: Resource | undefined): void {
    const { namespace, name } = resource.metadata;
    const labels = [resource, before].flatMap((one) => Object.entries(one?.metadata.labels ?? {}));
    this.#changed.add(keyOf(kind, namespace, name));
    this.#forgetLists(kind, namespace);
    for (const inside of [undefined, namespace]) {
      this.#changed.add(listKeyOf(kind, inside));
      for (const label of labels) this.#changed.add(listKeyOf(kind, inside, label));
    }
  }

  #forgetLists(kind: KindName, namespace: string): void {
    for (const inside of [undefined, namespace]) {
      const list = listKeyOf(kind, inside);
      this.#sorted.delete(list);
      this.#labelled.delete(list);
    }
  }
}

/** Whether only the status is another one: nothing is made of it, and each that is written would come back as a change. */
function isSameButForStatus(one: Resource, other: Resource): boolean {
  return isDeepStrictEqual(withoutStatus(one), withoutStatus(other));
}

function withoutStatus(resource: Resource): unknown {
  const metadata = { ...resource.metadata, resourceVersion: undefined };
  return { ...resource, metadata, status: undefined };
}
