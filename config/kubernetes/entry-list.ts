import type { Resource } from "./resource.ts";
import type { Written } from "./translator.ts";

/** An entry with the object it was made of. */
export interface MergedEntry {
  readonly written: Written;
  readonly from: Resource;
}

/** Entries in their order, as a map by their names. It is indexed when it is first asked for a name: most lists never are. */
export class EntryList implements ReadonlyMap<string, MergedEntry> {
  readonly items: readonly MergedEntry[];
  readonly #nameOf: (entry: MergedEntry) => string;
  #index: ReadonlyMap<string, MergedEntry> | undefined;

  constructor(items: readonly MergedEntry[], nameOf: (entry: MergedEntry) => string) {
    this.items = items;
    this.#nameOf = nameOf;
  }

  get size(): number {
    return this.items.length;
  }

  get(name: string): MergedEntry | undefined {
    return this.#indexed().get(name);
  }

  has(name: string): boolean {
    return this.#indexed().has(name);
  }

  entries(): MapIterator<[string, MergedEntry]> {
    return this.#indexed().entries();
  }

  keys(): MapIterator<string> {
    return this.#indexed().keys();
  }

  values(): MapIterator<MergedEntry> {
    return this.items.values();
  }

  [Symbol.iterator](): MapIterator<[string, MergedEntry]> {
    return this.entries();
  }

  forEach(visit: (entry: MergedEntry, name: string, all: ReadonlyMap<string, MergedEntry>) => void): void {
    for (const [name, entry] of this) visit(entry, name, this);
  }

  #indexed(): ReadonlyMap<string, MergedEntry> {
    return (this.#index ??= new Map(this.items.map((entry) => [this.#nameOf(entry), entry])));
  }
}
