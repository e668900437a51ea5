/** So many changes are put in place one by one; with more of them sorting anew is cheaper. */
const FEW = 64;

/** Things in an order in which no two of them are equal. What changes is put in place when the list is next looked at. */
export class SortedList<T> {
  readonly #compare: (a: T, b: T) => number;
  #items: readonly T[] = [];
  readonly #added = new Set<T>();
  readonly #removed = new Set<T>();

  constructor(compare: (a: T, b: T) => number, items: readonly T[] = []) {
    this.#compare = compare;
    for (const item of items) this.#added.add(item);
  }

  add(item: T): void {
    if (!this.#removed.delete(item)) this.#added.add(item);
  }

  /** Takes out what was added, the same object. */
  remove(item: T): void {
    if (!this.#added.delete(item)) this.#removed.add(item);
  }

  /** In order; the same array for as long as nothing changes. */
  get items(): readonly T[] {
    const changes = this.#added.size + this.#removed.size;
    if (changes > 0) {
      this.#items = changes > FEW ? this.#sorted() : this.#mended();
      this.#added.clear();
      this.#removed.clear();
    }
    return this.#items;
  }

  #sorted(): readonly T[] {
    const kept = this.#removed.size === 0 ? this.#items : this.#items.filter((item) => !this.#removed.has(item));
    return [...kept, ...this.#added].sort(this.#compare);
  }

  #mended(): readonly T[] {
    const items = [...this.#items];
    for (const item of this.#removed) {
      const at = this.#placeIn(items, item);
      if (items[at] === item) items.splice(at, 1);
    }
    for (const item of this.#added) items.splice(this.#placeIn(items, item), 0, item);
    return items;
  }

  /** Where the first one is that does not come before `item`. */
  #placeIn(items: readonly T[], item: T): number {
    let [low, high] = [0, items.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(items[middle] as T, item) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
