import { isDeepStrictEqual } from "node:util";
import { SortedList } from "#src/core/sorted-list.ts";
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

/** Objects of one kind, of one namespace or of all, in their order. */
class ResourceList {
  readonly #all = new SortedList<Resource>(byAge);
  /** By the values of a label, of those that somebody has asked for: so thousands of services each find their slices in a step. */
  readonly #labelled = new Map<string, Map<string, SortedList<Resource>>>();

  get items(): readonly Resource[] {
    return this.#all.items;
  }

  having([name, value]: Label): readonly Resource[] {
    let byValue = this.#labelled.get(name);
    if (byValue === undefined) {
      this.#labelled.set(name, (byValue = new Map()));
      for (const resource of this.items) note(byValue, name, resource, "add");
    }
    return byValue.get(value)?.items ?? [];
  }

  change(before: Resource | undefined, after: Resource | undefined): void {
    for (const [resource, how] of [[before, "remove"] as const, [after, "add"] as const]) {
      if (resource === undefined) continue;
      this.#all[how](resource);
      for (const [name, byValue] of this.#labelled) note(byValue, name, resource, how);
    }
  }
}

function note(
  byValue: Map<string, SortedList<Resource>>,
  name: string,
  resource: Resource,
  how: "add" | "remove",
): void {
  const value = resource.metadata.labels[name];
  if (value === undefined) return;
  let list = byValue.get(value);
  if (list === undefined) byValue.set(value, (list = new SortedList(byAge)));
  list[how](resource);
  if (how === "remove" && list.items.length === 0) byValue.delete(value);
}

/** All objects there are, with what has changed since somebody looked. */
export class ResourceSet {
  readonly #objects = new Map<ResourceKey, Resource>();
  /** By their keys. */
  readonly #lists = new Map<ResourceKey, ResourceList>();
  #changed = new Set<ResourceKey>();

  get(kind: KindName, namespace: string, name: string): Resource | undefined {
    return this.at(keyOf(kind, namespace, name));
  }

  at(key: ResourceKey): Resource | undefined {
    return this.#objects.get(key);
  }

  /** The older first; with `label` those that have it. What was given out stays as it is. */
  list(kind: KindName, namespace?: string, label?: Label): readonly Resource[] {
    const list = this.#lists.get(listKeyOf(kind, namespace));
    return (label === undefined ? list?.items : list?.having(label)) ?? [];
  }

  put(resource: Resource): void {
    const kind = kindNameOf(resource);
    const { namespace, name } = resource.metadata;
    const key = keyOf(kind, namespace, name);
    const before = this.#objects.get(key);
    if (before === resource) return;
    this.#objects.set(key, resource);
    this.#change(kind, namespace, before, resource);
    if (before === undefined || !isSameButForStatus(before, resource)) this.#touch(kind, resource, before);
  }

  delete(resource: Resource): void {
    const kind = kindNameOf(resource);
    const { namespace, name } = resource.metadata;
    const key = keyOf(kind, namespace, name);
    const before = this.#objects.get(key);
    if (before === undefined) return;
    this.#objects.delete(key);
    this.#change(kind, namespace, before, undefined);
    this.#touch(kind, before, undefined);
  }

  /** The keys, of objects and of lists, that changed since the last call. */
  takeChanges(): ReadonlySet<ResourceKey> {
    const changed = this.#changed;
    this.#changed = new Set();
    return changed;
  }

  #change(kind: KindName, namespace: string, before: Resource | undefined, after: Resource | undefined): void {
    for (const key of [listKeyOf(kind), listKeyOf(kind, namespace)]) {
      let list = this.#lists.get(key);
      if (list === undefined) this.#lists.set(key, (list = new ResourceList()));
      list.change(before, after);
    }
  }

  #touch(kind: KindName, resource: Resource, before: Resource | undefined): void {
    const { namespace, name } = resource.metadata;
    const labels = [resource, before].flatMap((one) => Object.entries(one?.metadata.labels ?? {}));
    this.#changed.add(keyOf(kind, namespace, name));
    for (const inside of [undefined, namespace]) {
      this.#changed.add(listKeyOf(kind, inside));
      for (const label of labels) this.#changed.add(listKeyOf(kind, inside, label));
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
