import type { ResourceKind } from "./resource-types.ts";
import type { ResourceMap, XdsResource } from "./snapshot.ts";
import { virtualHostsFor } from "./virtual-hosts.ts";

/** The name that stands for all. */
const WILDCARD = "*";

/** The most names a client may ask for of one type; virtual hosts' names come from whoever sends requests to an Envoy. */
const MAX_NAMES = 100_000;

/** What a subscription comes to. */
export interface Wanted {
  readonly resources: ResourceMap;
  /** By resource, the names it was asked for by that are not its own. */
  readonly aliases: ReadonlyMap<string, readonly string[]>;
}

const NO_ALIASES: Wanted["aliases"] = new Map();

/** What a client wants of one type. */
export class Subscription {
  readonly #kind: ResourceKind;
  readonly #names = new Set<string>();
  #wildcard = false;
  /** Once a client has named something, an empty list means nothing; before, it means all. */
  #named = false;
  /** What was wanted of a map, for as long as neither changes: it is asked for several times before and after each answer. */
  #found: { readonly all: ResourceMap; readonly wanted: Wanted } | undefined;

  constructor(kind: ResourceKind) {
    this.#kind = kind;
  }

  get wildcard(): boolean {
    return this.#wildcard;
  }

  get names(): ReadonlySet<string> {
    return this.#names;
  }

  has(name: string): boolean {
    return this.#wildcard || this.#names.has(name);
  }

  /** State of the world: all that is wanted from now on. Answers what is newly wanted by name. */
  replace(names: readonly string[]): string[] {
    this.#found = undefined;
    if (names.length === 0 && !this.#named) {
      this.#wildcard = this.#kind.wildcard;
      return [];
    }
    this.#named = true;
    const wanted = new Set(names);
    this.#wildcard = wanted.delete(WILDCARD);
    const added = [...wanted].filter((name) => !this.#names.has(name));
    this.#names.clear();
    for (const name of wanted) this.#add(name);
    return added;
  }

  /** Incremental. Answers what has to be sent, known or not: what was subscribed to, and what is still wanted although it was let go of. */
  change(subscribe: readonly string[], unsubscribe: readonly string[]): string[] {
    this.#found = undefined;
    if (subscribe.length === 0 && unsubscribe.length === 0 && !this.#named) this.#wildcard = this.#kind.wildcard;
    if (subscribe.length > 0) this.#named = true;
    const asked = subscribe.filter((name) => name !== WILDCARD);
    if (asked.length < subscribe.length) this.#wildcard = true;
    for (const name of asked) this.#add(name);
    if (unsubscribe.includes(WILDCARD)) this.#wildcard = false;
    const left = unsubscribe.filter((name) => this.#names.delete(name));
    // Whoever lets a name go cannot know whether "*" covers it.
    return this.#wildcard ? [...asked, ...left] : asked;
  }

  /** Of what there is, what the client wants. */
  wanted(all: ResourceMap): Wanted {
    if (this.#found?.all !== all) this.#found = { all, wanted: this.#find(all) };
    return this.#found.wanted;
  }

  #find(all: ResourceMap): Wanted {
    if (this.#kind.type === "vhds") return virtualHostsFor(this.#names, all, this.#wildcard);
    if (this.#wildcard) return { resources: all, aliases: NO_ALIASES };
    const resources = new Map<string, XdsResource>();
    for (const name of this.#names) {
      const resource = all.get(name);
      if (resource !== undefined) resources.set(name, resource);
    }
    return { resources, aliases: NO_ALIASES };
  }

  #add(name: string): void {
    if (this.#names.size < MAX_NAMES) this.#names.add(name);
  }
}
